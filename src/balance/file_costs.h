// Learns which files cost more, or less, than the manifest says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "balance/speed_model.h"
#include "core/per_worker.h"

namespace evenkeel {

struct LearnedCost {
  std::int64_t file = 0;
  double factor = 1;  // true cost / cost in the manifest
};

// A worker that is slow from its first step in a file on may have become slow, or the file is dear:
// it is a witness. A file is believed to be dear once at least two workers of different hosts agree
// on how much, and they are most of those that have been seen in it: a slow host makes what it
// reads slow for all its workers. The median of the witnesses counts, one per host, shrunk by how
// much they differ. A file that costs less than declared is found in the same way, and so is one
// that does not cost any more what was learned.
//
// What witnesses were known to do before is kept, so that what they did in a dear file does not
// count as their speed. Memory: at most `most_witnesses` models and `most_files` files.
class FileCosts {
 public:
  static constexpr std::size_t most_files = 64;
  static constexpr std::size_t most_witnesses = 64;

  // No file is believed to cost less than this share of what is declared: its steps took hardly
  // more than their overhead, and how much less it costs is not known.
  static constexpr double least_factor = 0.01;

  static constexpr std::int32_t no_host = -1;

  // Steps that a worker has done in one report, all of one file.
  struct Piece {
    WorkerIndex worker;
    std::int64_t file = 0;
    std::int32_t steps = 1;
    double cost = 0;  // with what has been learned so far
    double busy_s = 0;
    bool is_first = false;        // what it did before, at its usual speed, was of other files
    std::int32_t host = no_host;  // of the worker; no_host: it shares it with none
  };

  FileCosts();

  // The factors that are not 1, by file.
  const std::vector<LearnedCost>& learned() const { return learned_; }

  // Whether there are witnesses. While there are none, only what stands out needs to be observed.
  bool is_watching() const { return !witnesses_.empty(); }

  // Whether steps took so much longer, or shorter, than the model expects that the file may be why.
  // Precondition: model.measured().
  static bool stands_out(const SpeedModel& model, std::int32_t steps, double cost, double busy_s);

  struct Outcome {
    bool has_learned = false;          // a factor has changed
    std::optional<SpeedModel> before;  // the worker does again what it did before the last file
  };

  // `model` is the worker's, before this piece. Precondition: model.measured().
  Outcome observe(const Piece& piece, const SpeedModel& model);

  // Visits the workers that the last observe() has found not to have changed, as the file has: what
  // they were known to do.
  template <typename Visit>
  void visit_unchanged(Visit visit) const {
    for (const Witness& witness : unchanged_) visit(witness.worker, *witness.before);
  }

  // What the worker has been measured to do says nothing of it any more.
  void forget(WorkerIndex worker);

 private:
  struct Witness {
    WorkerIndex worker;
    std::int32_t host = no_host;
    std::int64_t file = 0;
    double expected_s = 0;  // of what it did in the file, beyond the overhead of its steps
    double took_s = 0;
    std::optional<SpeedModel> before;  // while it is in the file

    double log_factor() const;
    std::int64_t place() const { return host == no_host ? -1 - worker.value() : host; }
    void add(const Piece& piece, const SpeedModel& model);
  };
  struct File {
    LearnedCost cost;
    int changes = 0;
  };

  std::optional<SpeedModel> leave(const Piece& piece);
  Witness* find(WorkerIndex worker, std::int64_t file);
  void add_witness(const Piece& piece, const SpeedModel& model, bool stands_out);
  bool is_in_doubt(std::int64_t file) const;
  void collect_logs(std::int64_t file);
  std::optional<double> agreed_log_factor(std::int64_t file);
  bool judge(std::int64_t file);
  bool learn(std::int64_t file, double log_factor);
  void list_learned();

  std::vector<File> files_;  // by file; also those whose factor is 1 again
  std::vector<LearnedCost> learned_;
  std::vector<Witness> witnesses_;  // the oldest first
  std::vector<Witness> unchanged_;
  std::vector<std::pair<std::int64_t, double>> by_place_;
  std::vector<double> logs_;  // of the witnesses of a file, one per host
};

}  // namespace evenkeel
