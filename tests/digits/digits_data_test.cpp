// The handwritten digits, as read from their file.
#include "digits_data.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "evenkeel/error.h"
#include "report/scratch_folder.h"

namespace evenkeel::digits {
namespace {

using evenkeel::testing::ScratchFolder;

// A line whose pixels are all `pixel`.
std::string line(const std::string& pixel, const std::string& label) {
  std::string text;
  for (int i = 0; i < pixels_per_digit; ++i) text += pixel + ",";
  return text + label;
}

Digits read(const std::string& text) {
  const ScratchFolder folder;
  std::ofstream(folder.file("d.csv")) << text;
  return read_digits(folder.file("d.csv"));
}

// What is said of a file with this text, after the file's name.
std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const UserError& error) {
    const std::string what = error.what();
    return what.substr(what.find("d.csv"));
  }
  return "accepted";
}

TEST(ReadDigits, ScalesInkToOneAndKeepsTheOrderOfPixelsAndSamples) {
  std::string first = line("0", "3");
  first.replace(0, 3, "16,4");
  const Digits digits = read(first + "\n" + line("8", "9") + "\n");
  ASSERT_EQ(digits.samples(), 2);
  EXPECT_EQ(digits.pixels.rows(), pixels_per_digit);
  EXPECT_EQ(digits.pixels(0, 0), 1);
  EXPECT_EQ(digits.pixels(1, 0), 0.25);
  EXPECT_EQ(digits.pixels.col(0).sum(), 1.25);
  EXPECT_EQ(digits.pixels.col(1), Eigen::VectorXd::Constant(pixels_per_digit, 0.5));
  EXPECT_EQ(digits.labels, (std::vector<std::int32_t>{3, 9}));
}

TEST(ReadDigits, NeedsNoNewlineAtTheEnd) { EXPECT_EQ(read(line("1", "2")).samples(), 1); }

TEST(ReadDigits, RefusesALineThatIsTooShortOrTooLong) {
  const std::string good = line("0", "3") + "\n";
  const std::string said =
      "d.csv:2: does not have 65 numbers; scripts/digits-data writes the files anew";
  EXPECT_EQ(refusal(good + "1,2,3\n"), said);
  EXPECT_EQ(refusal(good + line("0", "3,4") + "\n"), said);
  EXPECT_EQ(refusal(good + "\n" + good), said);
}

TEST(ReadDigits, RefusesInvalidPixelsAndDigits) {
  EXPECT_EQ(refusal(line("17", "3")),
            "d.csv:1: number 1 is '17', which is not a whole number from 0 to 16; "
            "scripts/digits-data writes the files anew");
  EXPECT_NE(refusal(line("-1", "3")).find("number 1 is '-1'"), std::string::npos);
  EXPECT_NE(refusal(line("2.5", "3")).find("number 1 is '2.5'"), std::string::npos);
  EXPECT_NE(refusal(line("0", "10")).find("number 65 is '10'"), std::string::npos);
  EXPECT_NE(refusal(line("0", "")).find("number 65 is ''"), std::string::npos);
}

TEST(ReadDigits, RefusesAnEmptyFile) {
  EXPECT_EQ(refusal(""), "d.csv: is empty; scripts/digits-data writes the files anew");
}

TEST(ReadDigits, RefusesAFileThatIsNotThere) {
  EXPECT_THROW(read_digits("/nowhere/d.csv"), UserError);
}

}  // namespace
}  // namespace evenkeel::digits
