#include "coordinator/kept_events.h"

namespace evenkeel {

void KeptEvents::on_event(const Event& event) {
  if (keeps(event)) {
    list_.push_back(event);
  } else {
    ++left_out_;
  }
}

bool KeptEvents::keeps(const Event& event) {
  if (event.kind != EventKind::slower && event.kind != EventKind::faster) {
    return ++others_ <= most_others;
  }
  const auto rank = static_cast<std::size_t>(event.rank.value());
  if (rank >= has_changed_.size()) has_changed_.resize(rank + 1);
  const bool is_first = !has_changed_[rank];
  has_changed_[rank] = true;
  return ++changes_ <= most_changes || is_first;
}

}  // namespace evenkeel
