#include "cli/spans.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace evenkeel {

::testing::AssertionResult spans_tile(const std::string& path, std::int64_t epochs,
                                      std::int64_t samples) {
  return spans_tile_up_to(path, epochs * samples, samples);
}

::testing::AssertionResult spans_tile_up_to(const std::string& path, std::int64_t end,
                                            std::int64_t samples_an_epoch) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pieces;  // all epochs on one line
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const nlohmann::json span = nlohmann::json::parse(line);
    const std::int64_t offset = span["epoch"].get<std::int64_t>() * samples_an_epoch;
    pieces.emplace_back(offset + span["begin"].get<std::int64_t>(),
                        offset + span["end"].get<std::int64_t>());
  }
  std::sort(pieces.begin(), pieces.end());
  std::int64_t reached = 0;
  for (const auto& [piece_begin, piece_end] : pieces) {
    if (piece_begin != reached) {
      return ::testing::AssertionFailure() << "after " << reached << " comes " << piece_begin;
    }
    reached = piece_end;
  }
  if (reached == end) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "ends at " << reached;
}

}  // namespace evenkeel
