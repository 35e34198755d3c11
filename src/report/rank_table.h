// The report's tables of workers and nodes.
#pragma once

#include <cstddef>
#include <string>

#include "report/balance_report.h"
#include "report/text_table.h"

namespace evenkeel {

// With more workers, the report shows nodes, and only those workers that stand out.
inline constexpr std::size_t most_rows = 16;

// A table, and a text about omitted rows; empty if there are none.
struct CutTable {
  TextTable table;
  std::string rest;
};

// All workers, in order of rank.
TextTable rank_table(const BalanceReport& report);

// The workers that stand out: lost, with failed steps, without work, 1.5 times slower than the
// median, in step mode 1.2 times slower than at first, data-bound, or last. The 16 most striking at
// most, in order of rank.
CutTable outstanding_rank_table(const BalanceReport& report);

// The nodes; if more than 16, those that are slowest per worker, slowest first.
CutTable node_table(const BalanceReport& report);

}  // namespace evenkeel
