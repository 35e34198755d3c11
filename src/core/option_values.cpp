#include "core/option_values.h"

#include <array>
#include <utility>

namespace evenkeel {
namespace {

template <typename Option, std::size_t count>
struct Values {
  std::array<Option, count> values;
  std::array<std::string_view, count> names;
};

template <typename Option, std::size_t count>
constexpr Values<Option, count> named(
    const std::pair<Option, std::string_view> (&entries)[count]) {  // NOLINT: deduces the count
  Values<Option, count> result{};
  for (std::size_t i = 0; i < count; ++i) {
    result.values[i] = entries[i].first;
    result.names[i] = entries[i].second;
  }
  return result;
}

template <typename Option>
constexpr auto table = nullptr;

template <>
constexpr auto table<Mode> = named<Mode>({{Mode::lease, "lease"}, {Mode::step, "step"}});

template <>
constexpr auto table<Shuffle> = named<Shuffle>({{Shuffle::none, "none"},
                                                {Shuffle::shards, "shards"},
                                                {Shuffle::block, "block"},
                                                {Shuffle::full, "full"}});

template <>
constexpr auto table<PredictorKind> = named<PredictorKind>({{PredictorKind::last, "last"},
                                                            {PredictorKind::mean, "mean"},
                                                            {PredictorKind::affine, "affine"},
                                                            {PredictorKind::trend, "trend"},
                                                            {PredictorKind::mixture, "mixture"}});

template <>
constexpr auto table<LastBatch> = named<LastBatch>({{LastBatch::partial, "partial"},
                                                    {LastBatch::drop, "drop"}});

template <>
constexpr auto table<Partition> = named<Partition>({{Partition::count, "count"},
                                                    {Partition::cost, "cost"}});

template <>
constexpr auto table<DealOrder> = named<DealOrder>({{DealOrder::fixed, "fixed"},
                                                    {DealOrder::free, "free"}});

}  // namespace

template <typename Option>
std::span<const Option> all_values() {
  return table<Option>.values;
}

template <typename Option>
std::span<const std::string_view> value_names() {
  return table<Option>.names;
}

template std::span<const Mode> all_values();
template std::span<const Shuffle> all_values();
template std::span<const PredictorKind> all_values();
template std::span<const LastBatch> all_values();
template std::span<const Partition> all_values();
template std::span<const DealOrder> all_values();
template std::span<const std::string_view> value_names<Mode>();
template std::span<const std::string_view> value_names<Shuffle>();
template std::span<const std::string_view> value_names<PredictorKind>();
template std::span<const std::string_view> value_names<LastBatch>();
template std::span<const std::string_view> value_names<Partition>();
template std::span<const std::string_view> value_names<DealOrder>();

}  // namespace evenkeel
