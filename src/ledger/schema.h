// The tables of a ledger, and the views for people with sqlite3.
//
//   seal         which job writes (a random number), how often it has, and the number and the
//   checksum
//                of all rows of term, incarnation, generation, span, set_aside and checkpoints
//   term         what must be the same to resume the run: name, value
//   own_file     files of the run itself, which are left out where the dataset is a directory:
//                ledgers, reports, spans and logs of its jobs; relative to that directory
//   files        64 bits per file of a dataset, to name one that has changed; none above a million
//   incarnation  each start of the run: its options, figures and outcome. Ids of its leases are
//                number × 2^40 + n
//   generation   going back to a checkpoint begins a new one, and abandons what its parent did
//                after that checkpoint
//   span         what is done: [begin, end) of a dataset's epoch, by whom. In step mode all
//                workers together (rank and lease are NULL), one row per epoch; so are old rows of
//                lease mode above most_spans
//   plan         step mode: the division of a range of steps: micro-batches per worker ("3,5,8"),
//                or by cost each one's "pace and head start" ("4096+0,8192+12"); the newest
//                most_plans
//   worker       figures of every worker of every incarnation
//   progress     how much each worker of an incarnation had done by a time: sums of steps, cost and
//                seconds of local work; at least a second apart, older rows further apart above
//                most_progress
//   set_aside    samples that failed too often, by file
//   event        the events that the report keeps
//   checkpoint   complete checkpoints, the newest most_checkpoints, and their contents:
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
constexpr std::int32_t ledger_version = 5;

std::string ledger_schema();

}  // namespace evenkeel
