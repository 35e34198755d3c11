// The tables of a ledger, and the views for people with sqlite3.
//
//   term         what must be the same whenever the run goes on: name, value
//   incarnation  every start of the run: what the job was, its figures, how it ended. Ids of its
//                leases are number × 2^40 + n
//   generation   going back to a checkpoint begins a new one: what its parent did after that
//                checkpoint is abandoned
//   span         what is done: [begin, end) of a dataset's epoch, by whom. In step mode by all
//   workers
//                together (rank and lease are NULL), an epoch a row; so are old rows of lease mode
//                once there are more than most_spans
//   plan         step mode: who did what of it: micro-batches a worker ("3,5,8"), or by cost "pace
//                and head start" of each ("4096+0,8192+12"); the newest most_plans
//   worker       figures of every worker of every incarnation
//   progress     how much each worker of an incarnation had done by a time: steps, cost, and
//                seconds of local work, summed up; a second apart or more, and what is older
//                further apart once there are more than most_progress
//   set_aside    samples that failed too often, by file
//   event        what happened; the events that the report keeps
//   checkpoint   complete checkpoints, the newest most_checkpoints, with what is in them:
//                the first `epochs` of a dataset (checkpoint_whole), and rows of checkpoint_done
//
//   spans        what counts: each position of an epoch at most once, whatever was abandoned
//   ranks        worker, with its incarnation; the table's columns
//   events       event, the newest incarnation last
//   checkpoints  those that the run can go back to; `counts` is 1 where nothing of it is abandoned
//   plans        plan, as far as it was carried out and counts
//
// Times are seconds: on the run clock of their incarnation, or where a column ends in _at, UTC.
#pragma once

#include <cstdint>
#include <string>

namespace evenkeel {

constexpr std::int32_t ledger_application = 0x45764B4C;  // "EvKL"
constexpr std::int32_t ledger_version = 3;

// The statements that make an empty ledger.
std::string ledger_schema();

}  // namespace evenkeel
