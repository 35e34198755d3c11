#include "report/spans_writer.h"

#include <fmt/format.h>

#include "core/number_format.h"

namespace evenkeel {

void SpansWriter::on_span(const Span& span) {
  file_.append(fmt::format(
      R"({{"dataset":{},"epoch":{},"begin":{},"end":{},"rank":{},"lease":{},"t0":{},"t1":{}}})"
      "\n",
      span.pass.dataset.value(), span.pass.epoch.value(), span.interval.begin.value(),
      span.interval.end.value(), span.rank.value(), span.lease.value(),
      exact_seconds(span.first_start), exact_seconds(span.last_end)));
}

}  // namespace evenkeel
