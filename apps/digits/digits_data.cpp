#include "digits_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "dataset/text_file.h"

namespace evenkeel::digits {
namespace {

constexpr int most_ink = 16;
constexpr std::int64_t numbers_per_line = pixels_per_digit + 1;
constexpr std::string_view remedy = "scripts/digits-data writes the files anew";

class LineReader {
 public:
  LineReader(const TextFile& file, std::int64_t number, std::string_view line)
      : file_(file), number_(number), line_(line) {}

  // The next of `numbers_per_line` numbers; at most `most`.
  int next(int most) {
    const bool is_last = ++read_ == numbers_per_line;
    const std::size_t comma = std::min(line_.find(','), line_.size());
    if ((comma == line_.size()) != is_last) {
      fail(fmt::format("does not have {} numbers; {}", numbers_per_line, remedy));
    }
    const std::string_view text = line_.substr(0, comma);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > most) {
      fail(fmt::format("number {} is '{}', which is not a whole number from 0 to {}; {}", read_,
                       text, most, remedy));
    }
    line_.remove_prefix(is_last ? comma : comma + 1);
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& fault) const { file_.fail_at_line(number_, fault); }

  const TextFile& file_;
  std::int64_t number_;
  std::string_view line_;
  std::int64_t read_ = 0;
};

}  // namespace

Digits read_digits(const std::filesystem::path& path) {
  const TextFile file(path);
  std::string_view text = file.text();
  if (text.empty()) file.fail(fmt::format("is empty; {}", remedy));
  if (text.ends_with('\n')) text.remove_suffix(1);

  Digits digits;
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  digits.pixels.resize(pixels_per_digit, lines);
  for (std::int64_t sample = 0; sample < lines; ++sample) {
    const std::string_view line = text.substr(0, text.find('\n'));
    LineReader reader(file, sample + 1, line);
    for (std::int64_t pixel = 0; pixel < pixels_per_digit; ++pixel) {
      digits.pixels(pixel, sample) = static_cast<double>(reader.next(most_ink)) / most_ink;
    }
    digits.labels.push_back(reader.next(digit_classes - 1));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return digits;
}

}  // namespace evenkeel::digits
