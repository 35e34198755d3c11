// Step mode: what the stand-ins of a worker without a part tell of it.
#pragma once

namespace evenkeel {

// A worker whose part is empty may compute with a stand-in: a few samples that do not count. A
// micro-batch takes as long as a stand-in of the same size, and otherwise between as long as any
// stand-in and so many times as long as it is larger. Where in between, the first stand-in after a
// part tells: a change of speed is taken to change both alike.
class StandIn {
 public:
  // The worker did a part: the next stand-in is compared with that.
  void saw_part() { is_compared_ = false; }

  // It did a stand-in of so many micro-batches > 0 in so many seconds > 0. In its last part, a
  // micro-batch took it `micro_batch_s`. Returns what one takes it now.
  double saw(double micro_batches, double seconds, double micro_batch_s);

  // Whether that is known. If not, the speed has changed between the part and the first stand-in,
  // and the longest time that it may be was returned.
  bool is_certain() const { return is_certain_; }

  // How long a stand-in takes where a micro-batch takes so long; 0: none was seen.
  double seconds(double micro_batch_s) const { return ratio_ > 0 ? micro_batch_s / ratio_ : 0; }

 private:
  double ratio_ = 0;  // of a micro-batch's time and a stand-in's; 0: none was seen
  bool is_compared_ = false;
  bool is_certain_ = false;
};

}  // namespace evenkeel
