#include "dataset/tf_records.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/record_files.h"
#include "dataset/temporary_folder.h"

namespace evenkeel {
namespace {

using Fault = TfRecordWalk::Fault;

bool begins(const std::string& text) {
  return begins_tf_record(std::vector<std::uint8_t>(text.begin(), text.end()));
}

TfRecordWalk walk(const std::string& text) {
  const TemporaryFolder folder;
  folder.write("records", text);
  const int descriptor = ::open((folder.path() / "records").c_str(), O_RDONLY | O_CLOEXEC);
  const TfRecordWalk result = walk_tf_records(descriptor, static_cast<std::int64_t>(text.size()));
  ::close(descriptor);
  return result;
}

TEST(TfRecords, AreDetectedByTheChecksumOfTheirLength) {
  EXPECT_TRUE(begins(record_of_three()));
  EXPECT_TRUE(begins(record_of_a_thousand()));
  EXPECT_TRUE(begins(record_of_three().substr(0, 12)));
  EXPECT_FALSE(begins(record_of_three().substr(0, 11)));
  EXPECT_FALSE(begins(std::string(12, '\0')));
  std::string other = record_of_three();
  other[0] = '\x04';
  EXPECT_FALSE(begins(other));
}

TEST(TfRecords, AreCounted) {
  EXPECT_EQ(walk("").records, 0);
  EXPECT_EQ(walk("").fault, Fault::none);
  const std::string text = record_of_three() + record_of_a_thousand() + record_of_three();
  const TfRecordWalk all = walk(text);
  EXPECT_EQ(all.records, 3);
  EXPECT_EQ(all.end, static_cast<std::int64_t>(text.size()));
  EXPECT_EQ(all.fault, Fault::none);
}

TEST(TfRecords, AreMissedWhereverTheFileIsCut) {
  const std::string two = record_of_three() + record_of_three();
  for (std::size_t size = 1; size < two.size(); ++size) {
    if (size == record_of_three().size()) continue;
    const TfRecordWalk result = walk(two.substr(0, size));
    EXPECT_EQ(result.fault, Fault::cut_short) << size;
    EXPECT_EQ(result.records, size > record_of_three().size() ? 1 : 0);
  }
}

TEST(TfRecords, AreMissedWhereSomethingElseStands) {
  const TfRecordWalk result = walk(record_of_three() + std::string(100, 'x'));
  EXPECT_EQ(result.fault, Fault::no_record);
  EXPECT_EQ(result.records, 1);
  EXPECT_EQ(result.end, 19);
}

}  // namespace
}  // namespace evenkeel
