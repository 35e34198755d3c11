#include "report/spans_writer.h"

#include <fmt/format.h>

#include "report/number_format.h"

namespace evenkeel {

void SpansWriter::write(const Span& span) {
  file_.append(fmt::format(
      R"({{"epoch":{},"begin":{},"end":{},"rank":{},"lease":{},"t0":{},"t1":{}}})"
      "\n",
      span.epoch.value(), span.interval.begin.value(), span.interval.end.value(), span.rank.value(),
      span.lease.value(), exact_seconds(span.first_start), exact_seconds(span.last_end)));
}

}  // namespace evenkeel
