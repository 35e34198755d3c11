#include "balance/part_work.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/check.h"

namespace evenkeel {
namespace {

// The work of a new size is expected to be what the curve says, give or take this, and more where
// the nearest known size is far away.
constexpr double usual_error = 0.02;
constexpr double error_per_distance = 0.3;  // of the logarithm

constexpr double least_noise = 0.01;
constexpr double pace_drift = 1.0 / 30;  // a step, in units of the noise
constexpr double first_error = 0.01;
constexpr double least_variance = 2e-4;  // of a part's work: no curve is followed more closely

// A step that is further off is a stall, or the pace has changed.
constexpr double far_off = 0.1;
constexpr double far_off_sigmas = 2.5;
constexpr double credible_sigmas = 1.5;

// Which steps tell how much work a new size is, rather than that the pace has changed.
constexpr std::int32_t new_steps = 2;  // of this size, before it
constexpr std::int32_t known_steps = 3;
constexpr double least_taken = 0.05;
constexpr std::int32_t coincident_steps = 5;  // since the switch
constexpr std::int32_t settled_steps = 8;     // since the pace was believed to have changed
constexpr std::int32_t steady_steps = 24;     // the same: another change would be doubtful
// Beside its neighbours: no less than smaller ones, and no steeper than this power of the size, and
// a jump.
constexpr double steepest = 3;
constexpr double largest_jump = 2.2;
constexpr double slack = 0.1;
constexpr double slack_sigmas = 3;

}  // namespace

void PartWork::visit(double micro_batches, double seconds, const WorkCurve& expected) {
  if (parts_.empty()) return start_with(micro_batches, seconds);
  ++steps_since_change_;
  ++steps_since_switch_;
  if (parts_[at_].micro_batches == micro_batches) return;
  const auto found = std::lower_bound(
      parts_.begin(), parts_.end(), micro_batches,
      [](const MeasuredPart& part, double other) { return part.micro_batches < other; });
  at_ = static_cast<std::size_t>(found - parts_.begin());
  const bool is_known = found != parts_.end() && found->micro_batches == micro_batches;
  if (!is_known) insert(at_, micro_batches, expected.work(micro_batches));
  was_new_ = steps_[at_] < known_steps;
  steps_since_switch_ = 1;
}

void PartWork::start_with(double micro_batches, double seconds) {
  parts_ = {{micro_batches, micro_batches, 1 / least_variance}};
  steps_ = {1};
  state_ = {std::log(seconds / micro_batches), std::log(micro_batches)};
  covariance_ = {first_error * first_error, 0, 0, 0};
  steps_since_switch_ = coincident_steps;
  steps_since_change_ = steady_steps;
}

// Its work is correlated with that of its neighbours, from which it is expected.
void PartWork::insert(std::size_t at, double micro_batches, double work) {
  const std::size_t old = state_.size();
  const auto distance = [&](std::size_t i) {
    return std::abs(std::log(micro_batches / parts_[i].micro_batches));
  };
  std::vector<double> shares(old, 0);
  double nearest = 0;
  if (at == 0 || at == parts_.size()) {
    const std::size_t end = at == 0 ? 0 : at - 1;
    shares[1 + end] = 1;
    nearest = distance(end);
  } else {
    shares[1 + at] = distance(at - 1) / (distance(at - 1) + distance(at));
    shares[at] = 1 - shares[1 + at];
    nearest = std::min(distance(at - 1), distance(at));
  }
  const double far = error_per_distance * nearest;
  double variance = usual_error * usual_error + far * far;
  std::vector<double> with_old(old, 0);
  for (std::size_t i = 0; i < old; ++i) {
    for (std::size_t j = 0; j < old; ++j) with_old[i] += shares[j] * covariance(j, i);
  }
  for (std::size_t i = 0; i < old; ++i) variance += shares[i] * with_old[i];

  with_old.insert(with_old.begin() + static_cast<std::ptrdiff_t>(at + 1), variance);
  std::vector<double> next;
  for (std::size_t i = 0; i <= old; ++i) {
    for (std::size_t j = 0; j <= old; ++j) {
      if (i == at + 1 || j == at + 1) {
        next.push_back(with_old[i == at + 1 ? j : i]);
      } else {
        next.push_back(covariance(i > at ? i - 1 : i, j > at ? j - 1 : j));
      }
    }
  }
  covariance_ = std::move(next);
  const auto place = static_cast<std::ptrdiff_t>(at);
  state_.insert(state_.begin() + place + 1, std::log(work));
  parts_.insert(parts_.begin() + place, {micro_batches, work, 1 / (least_variance + variance)});
  steps_.insert(steps_.begin() + place, 0);
  if (parts_.size() > most_sizes) erase(least_useful());
}

// The one whose neighbours are nearest to each other.
std::size_t PartWork::least_useful() const {
  std::size_t least = 0;
  for (std::size_t i = 1; i + 1 < parts_.size(); ++i) {
    const auto gap = [this](std::size_t k) {
      return parts_[k + 1].micro_batches / parts_[k - 1].micro_batches;
    };
    if (i != at_ && (least == 0 || gap(i) < gap(least))) least = i;
  }
  return least;
}

void PartWork::erase(std::size_t at) {
  std::vector<double> next;
  for (std::size_t i = 0; i < state_.size(); ++i) {
    for (std::size_t j = 0; j < state_.size(); ++j) {
      if (i != at + 1 && j != at + 1) next.push_back(covariance(i, j));
    }
  }
  covariance_ = std::move(next);
  const auto place = static_cast<std::ptrdiff_t>(at);
  state_.erase(state_.begin() + place + 1);
  parts_.erase(parts_.begin() + place);
  steps_.erase(steps_.begin() + place);
  if (at < at_) --at_;
}

bool PartWork::is_new() const { return steps_[at_] <= known_steps; }

bool PartWork::takes_for_work(double seconds, double noise) {
  const bool is_new = steps_[at_] < new_steps && parts_.size() > 1;
  if (!is_new || steps_since_change_ <= settled_steps) return false;
  noise = std::max(noise, least_noise);
  const double ln_work = std::log(seconds) - state_[0];
  const double off = ln_work - state_[at_ + 1];
  if (std::abs(off) < std::max(least_taken, far_off_sigmas * noise)) return false;
  if (!is_plausible(ln_work, noise)) return false;
  ++steps_[at_];
  covariance(at_ + 1, at_ + 1) += off * off;
  update(off, noise * noise);
  return true;
}

bool PartWork::is_plausible(double ln_work, double noise) const {
  const double give = slack + slack_sigmas * noise;
  const double jump = std::log(largest_jump) + give;
  const auto steep = [this](std::size_t low) {
    return steepest * std::log(parts_[low + 1].micro_batches / parts_[low].micro_batches);
  };
  if (at_ > 0) {
    const double below = state_[at_];
    if (ln_work < below - give || ln_work > below + steep(at_ - 1) + jump) return false;
  }
  if (at_ + 1 == parts_.size()) return true;
  const double above = state_[at_ + 2];
  return ln_work <= above + give && ln_work >= above - steep(at_) - jump;
}

void PartWork::learn(double seconds, double noise) {
  noise = std::max(noise, least_noise);
  const double variance = noise * noise;
  ++steps_[at_];
  covariance(0, 0) += variance * pace_drift * pace_drift;
  const std::size_t own = at_ + 1;
  const double off = std::log(seconds) - state_[0] - state_[own];
  const double sigma =
      std::sqrt(covariance(0, 0) + covariance(own, own) + 2 * covariance(0, own) + variance);
  if (std::abs(off) > std::max(far_off, far_off_sigmas * sigma)) return;
  update(std::clamp(off, -credible_sigmas * sigma, credible_sigmas * sigma), variance);
}

PartWork::Change PartWork::judge_change(double times, double noise) {
  noise = std::max(noise, least_noise);
  const double off = std::log(times);
  const bool coincides = was_new_ && steps_since_switch_ <= coincident_steps;
  const bool is_settled = steps_since_change_ > settled_steps;
  if (coincides && is_settled && is_plausible(state_[at_ + 1] + off, noise)) {
    steps_[at_] = known_steps;
    covariance(at_ + 1, at_ + 1) += off * off;
    update(off, noise * noise / 2);
    return Change::of_size;
  }
  const bool is_doubtful = steps_since_change_ < steady_steps && parts_.size() > 1;
  steps_since_change_ = 0;
  covariance(0, 0) += off * off;
  update(off, noise * noise / 2);
  if (!is_doubtful) return Change::of_pace;
  while (parts_.size() > 1) erase(at_ == 0 ? 1 : 0);
  return Change::doubtful;
}

// The present step's logarithm is off by so much from what is expected.
void PartWork::update(double off, double variance) {
  const std::size_t size = state_.size();
  const std::size_t own = at_ + 1;
  std::array<double, most_sizes + 1> gain{};
  for (std::size_t i = 0; i < size; ++i) gain[i] = covariance(i, 0) + covariance(i, own);
  const double sum = gain[0] + gain[own] + variance;
  for (std::size_t i = 0; i < size; ++i) {
    state_[i] += gain[i] * off / sum;
    for (std::size_t j = 0; j < size; ++j) covariance(i, j) -= gain[i] * gain[j] / sum;
  }
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    parts_[i].work = std::exp(state_[i + 1]);
    parts_[i].certainty = 1 / (least_variance + std::max(0.0, covariance(i + 1, i + 1)));
  }
}

}  // namespace evenkeel
