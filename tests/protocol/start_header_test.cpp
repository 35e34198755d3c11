#include "protocol/start_header.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "protocol/wire.h"

namespace evenkeel {
namespace {

const StartHeader own{{{"evenkeel", "0.1.0"}, {"protocol", "1-ab"}, {"--mode", "lease"}}, "a", ""};

StartHeader changed(std::size_t term, const std::string& value) {
  StartHeader header = own;
  header.terms[term].second = value;
  return header;
}

std::string fault_of(const StartHeader& theirs) {
  return start_fault(encode(theirs), own).value_or("none");
}

constexpr const char* remedy =
    "; start the same program with the same options on all ranks (only the command after '--' may "
    "differ)";

// Never to be changed: other builds read it.
TEST(StartHeader, HasTheseBytesInEveryBuild) {
  StartHeaderBytes bytes{};
  const std::string_view text =
      "evenkeel start\r\nevenkeel=0.1.0\nprotocol=1-ab\n--mode=lease\nhost=a\nfault=no\n";
  text.copy(bytes.data(), bytes.size());
  StartHeader header = own;
  header.fault = "no";
  EXPECT_EQ(encode(header), bytes);
  EXPECT_EQ(bytes.size(), 1024U);
  const auto decoded = decode_start_header(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->terms, header.terms);
  EXPECT_EQ(decoded->host, "a");
  EXPECT_EQ(decoded->fault, "no");
}

TEST(StartHeader, IsRecognisedByItsBeginning) {
  StartHeaderBytes bytes{};
  EXPECT_EQ(decode_start_header(bytes), std::nullopt);
  bytes.fill('x');
  EXPECT_EQ(decode_start_header(bytes), std::nullopt);
  EXPECT_EQ(start_fault(bytes, own), std::string("another program or build") + remedy);
}

TEST(StartHeader, NamesTheFirstDifference) {
  EXPECT_EQ(fault_of(own), "none");
  EXPECT_EQ(fault_of(changed(0, "0.2.0")), std::string("evenkeel 0.2.0, on rank 0 0.1.0") + remedy);
  EXPECT_EQ(fault_of(changed(1, "1-cd")), std::string("protocol 1-cd, on rank 0 1-ab") + remedy);
  EXPECT_EQ(fault_of(changed(2, "step")), std::string("--mode step, on rank 0 lease") + remedy);
  StartHeader more = own;
  more.terms.emplace_back("--seed", "7");
  EXPECT_EQ(fault_of(more), std::string("--seed 7, on rank 0 none") + remedy);
  StartHeader less = own;
  less.terms.pop_back();
  EXPECT_EQ(fault_of(less), std::string("--mode none, on rank 0 lease") + remedy);
}

TEST(StartHeader, DoesNotCompareHosts) {
  StartHeader elsewhere = own;
  elsewhere.host = "b";
  EXPECT_EQ(fault_of(elsewhere), "none");
}

TEST(StartHeader, SaysWhyARankCannotTakePart) {
  StartHeader faulty = own;
  faulty.terms.pop_back();  // it has not come so far
  faulty.fault = "--mode: unknown";
  EXPECT_EQ(fault_of(faulty), "--mode: unknown");
  faulty.terms[0].second = "0.2.0";  // which explains it
  EXPECT_EQ(fault_of(faulty), std::string("evenkeel 0.2.0, on rank 0 0.1.0") + remedy);
}

TEST(StartHeader, TakesAnyText) {
  StartHeader header = own;
  header.host = "\x1b[31m\nhost=b\xff";
  header.fault = std::string(5000, 'x');
  const auto decoded = decode_start_header(encode(header));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->terms, own.terms);
  EXPECT_EQ(decoded->host, "\\x1b[31m\\x0ahost=b\\xff");
  EXPECT_GT(decoded->fault.size(), 800U);
}

TEST(WireVersion, DependsOnTheMessages) {
  EXPECT_EQ(wire_version().substr(0, 2), "1-");
  EXPECT_EQ(wire_version().size(), 10U);
}

}  // namespace
}  // namespace evenkeel
