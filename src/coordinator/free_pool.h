// The free part of the epochs that may be worked on now: for each of them a cursor and the
// intervals that came back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "balance/cluster.h"
#include "coordinator/corrected_costs.h"
#include "coordinator/dear_steps.h"
#include "coordinator/home_work.h"
#include "coordinator/homes.h"
#include "core/done_work.h"
#include "core/interval.h"
#include "dataset/epoch_order.h"

namespace evenkeel {

enum class EpochOverlap : std::uint8_t {
  allowed,    // when an epoch runs dry, idle workers begin the next
  forbidden,  // every epoch is finished before the next begins
};

// Epochs are live from the earliest that is not finished on, without a gap. With overlap there is
// one ahead of the one that is dealt out, so that nobody waits for a slow worker's step of an
// earlier epoch, as long as their orders fit in little memory; two always do.
class FreePool {
 public:
  struct Piece {
    Pass pass;
    Interval interval;
    double cost = 0;
    bool is_away = false;  // of another home than that of the worker
  };

  // No step is so expensive that it is to be dealt out before others.
  static constexpr double none_is_dear = std::numeric_limits<double>::infinity();

  // The dataset must outlive the pool. `done` is not to be done again. Steps that cost at least
  // `dear` may be dealt out before others: the most expensive ones of each epoch.
  FreePool(const Dataset& dataset, const OrderOptions& order, std::int32_t epochs,
           EpochOverlap overlap, std::int64_t step_samples, DoneWork done = {},
           double dear = none_is_dear, Homes homes = {});

  const FreeWork& view() const { return view_; }

  // Removes a piece from the front, where steps that may be dealt out before others come last, the
  // cheapest first: `samples` ≥ 1 rounded up to the grid, or less if the front interval ends
  // before. Given a `cost`, the piece is lengthened or shortened to cost about that. Precondition:
  // something is free.
  Piece take(std::int64_t samples, const std::optional<double>& cost);

  // The same where data has homes: from that of the worker, then from what is the same to all, then
  // from the home with the most left per worker, of which it gets `away` times less. Of a file that
  // it is to try, it gets no more than that takes.
  Piece take_near(std::int32_t home, std::int64_t samples, std::optional<double> cost, double away);
  bool has_homes() const { return !homes_.empty(); }

  // What this part of a live epoch is to a worker of that home, which may be Homes::none. It begins
  // and ends in the same step.
  Piece piece_for(std::int32_t home, Pass pass, Interval interval) const;

  // The home of the step that this is in, or Homes::none: it is the same to all.
  std::int32_t home_of(Pass pass, Position position) const;

  // Removes a free step of this file, from the front epoch. None: there is none that is whole and
  // in the order of the line, or data has homes.
  std::optional<Piece> take_in(std::int64_t file);

  // Removes the most expensive step that may be dealt out first. Precondition: there is one.
  Piece take_dear();

  // What was taken comes back, not done.
  void put_back(Pass pass, Interval interval);

  // These samples, taken before, are done. A finished epoch makes room for the next.
  void finish(Pass pass, std::int64_t samples);

  // Cost of an interval of a live epoch, with what has been learned.
  double cost(Pass pass, Interval interval) const { return cost(find(pass), interval); }

  // The part of it that the manifest does not declare.
  double learned_cost(Pass pass, Interval interval) const {
    const LivePass& live = find(pass);
    return live.corrected.more(live.order, interval);
  }

  // Files cost other than declared. O(shards + free intervals) per live epoch.
  void learn_costs(std::vector<LearnedCost> learned);

  // Files have these homes from now on, which are not empty. The steps of a file whose home is
  // sought are for workers that have not tried it. O(shards + free intervals) per live epoch.
  void learn_homes(Homes homes);

  bool is_live(Pass pass) const {
    return !live_.empty() && pass >= live_.front().pass && pass <= live_.back().pass;
  }

  // As EpochOrder::only_file, of a live epoch.
  std::optional<std::int64_t> only_file(Pass pass, Interval interval) const {
    return find(pass).order.only_file(interval);
  }

  // What there was to do when the pool was made.
  std::int64_t samples() const { return samples_; }
  double cost() const { return cost_; }
  std::int64_t epoch_samples() const { return dataset_.samples(); }

  bool all_done() const { return live_.empty(); }
  Pass pass() const;  // the earliest that is not finished, or the last

  // The free intervals of a live epoch, in no particular order; and how many samples of it are
  // not done.
  std::vector<Interval> free_intervals(Pass pass) const;
  std::int64_t undone(Pass pass) const { return find(pass).undone; }
  std::vector<Pass> live_passes() const;

  // The epochs before this one are done, and so are these parts of epochs that are not live yet.
  std::int32_t whole_epochs() const {
    return live_.empty() ? epochs_ : live_.front().pass.epoch.value();
  }
  const std::map<Pass, IntervalSet>& parts_of_later_epochs() const { return before_.parts; }

 private:
  struct LivePass {
    Pass pass;
    EpochOrder order;
    CorrectedCosts corrected;
    Position cursor;  // everything from here on is free
    IntervalSet returned;
    std::vector<DearStep> dear;  // free as well; by ascending cost
    HomeWork at_home;            // all that is free, where data has homes
    std::int64_t undone;
    std::int64_t free_samples;
    double free_cost;
  };

  static bool is_away(std::int32_t worker_home, std::int32_t home) {
    return worker_home != Homes::none && home != Homes::none && worker_home != home;
  }
  std::int32_t home_at(std::size_t place) const {
    return place < static_cast<std::size_t>(homes_.count()) ? static_cast<std::int32_t>(place)
                                                            : Homes::none;
  }

  void look();
  void open_epochs();
  bool needs_another() const;
  double cost_between(std::int32_t first, std::int32_t end) const;
  static double cost(const LivePass& live, Interval interval) {
    return live.order.cost(interval) + live.corrected.more(live.order, interval);
  }
  double free_cost_of(const LivePass& live) const;
  Interval cut(const LivePass& live, Interval all, std::int64_t samples,
               const std::optional<double>& cost) const;
  Piece note_taken(LivePass& live, Interval interval);
  void add_free(LivePass& live, std::int64_t samples, double cost);
  LivePass open(Pass pass, const IntervalSet& done) const;
  void forget_finished_epochs();
  bool has_only_dear(const LivePass& live) const;
  Piece take_dear(std::vector<DearStep>::iterator step);  // of the front epoch
  Interval front(const LivePass& live) const;
  std::optional<Interval> step_in(const LivePass& live, Interval part) const;
  std::size_t place_of(Pass pass) const;
  const LivePass& find(Pass pass) const { return live_[place_of(pass)]; }
  LivePass& find(Pass pass) { return live_[place_of(pass)]; }
  Interval front_step() const {
    return {front_work_.begin, std::min(front_work_.end, on_grid(front_work_.begin + 1))};
  }
  Position on_grid(Position position) const;
  Position grid_before(Position position) const;
  Interval fit_to_cost(const LivePass& live, Interval piece, Position limit, double cost) const;

  const Dataset& dataset_;
  OrderOptions order_;
  std::int32_t epochs_;
  std::size_t most_live_;
  std::int64_t step_samples_;
  double dear_;
  Homes homes_;
  std::vector<LearnedCost> learned_;
  double learned_cost_ = 0;  // of an epoch, beyond what is declared
  DoneWork before_;          // by earlier jobs; parts of epochs that are not live yet
  std::int64_t samples_ = 0;
  double cost_ = 0;
  std::int32_t opened_ = 0;
  std::deque<LivePass> live_;      // ascending
  std::size_t front_ = 0;          // the first of them with free work, or their number
  std::int64_t free_samples_ = 0;  // of all
  double free_cost_ = 0;
  Interval front_work_;  // what is dealt out next
  FreeWork view_;
};

}  // namespace evenkeel
