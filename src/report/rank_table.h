// The tables within the report's table: workers and nodes.
#pragma once

#include <cstddef>
#include <string>

#include "report/balance_report.h"
#include "report/text_table.h"

namespace evenkeel {

// With more workers than this, the report shows nodes, and only the workers that stand out.
inline constexpr std::size_t most_rows = 16;

// A table, and what was left out of it in words; empty if nothing was.
struct CutTable {
  TextTable table;
  std::string rest;
};

// All workers, in order of rank.
TextTable rank_table(const BalanceReport& report);

// The workers that stand out: lost, without work, 1.5 times slower than the median (in step mode,
// 1.2 times slower than at first), data-bound, or last. At most 16 of them, the most striking, in
// order of rank.
CutTable outstanding_rank_table(const BalanceReport& report);

// The nodes; of more than 16, those that are slowest a worker, slowest first.
CutTable node_table(const BalanceReport& report);

}  // namespace evenkeel
