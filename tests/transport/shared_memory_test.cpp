#include "transport/shared_memory.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace evenkeel {
namespace {

constexpr std::size_t bytes = 100'000;

TEST(SharedMemory, IsVisibleToTheProcessThatMapsIt) {
  const SharedMemory made(bytes);
  ASSERT_TRUE(made.address());
  EXPECT_EQ(made.address()->bytes, std::int64_t{bytes});
  const auto opened = SharedMemory::open(*made.address());
  ASSERT_TRUE(opened);
  EXPECT_NE(opened.get(), made.memory().get());
  made.memory()[bytes - 1] = std::byte{7};
  EXPECT_EQ(opened[bytes - 1], std::byte{7});
  made.memory()[bytes - 1] = std::byte{8};
  EXPECT_EQ(opened[bytes - 1], std::byte{8});
}

TEST(SharedMemory, IsNotFoundUnderAnotherAddress) {
  const SharedMemory made(bytes);
  ASSERT_TRUE(made.address());
  for (const auto part : {&SharedMemory::Address::process, &SharedMemory::Address::descriptor,
                          &SharedMemory::Address::device, &SharedMemory::Address::inode,
                          &SharedMemory::Address::bytes}) {
    SharedMemory::Address address = *made.address();
    address.*part += 1'000'000;
    EXPECT_FALSE(SharedMemory::open(address));
  }
}

TEST(SharedMemory, CannotBeOpenedAfterItsCreatorHasClosedIt) {
  SharedMemory::Address address;
  {
    const SharedMemory made(bytes);
    address = *made.address();
  }
  EXPECT_FALSE(SharedMemory::open(address));
}

// A child makes the memory, and is killed once this process has opened it.
TEST(SharedMemory, OutlivesItsCreator) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const SharedMemory made(bytes);
    made.memory()[bytes - 1] = std::byte{7};
    const SharedMemory::Address address = made.address().value_or(SharedMemory::Address());
    if (::write(ends[1], &address, sizeof address) > 0) ::pause();
    ::_exit(1);
  }
  SharedMemory::Address address;
  ASSERT_EQ(::read(ends[0], &address, sizeof address), std::int64_t{sizeof address});
  const auto opened = SharedMemory::open(address);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened[bytes - 1], std::byte{7});
  EXPECT_FALSE(SharedMemory::open(address));
}

// Sets a limit of the process while it lives.
class Limit {
 public:
  Limit(__rlimit_resource_t resource, rlim_t most) : resource_(resource) {
    ::getrlimit(resource_, &before_);
    rlimit limit = before_;
    limit.rlim_cur = most;
    ::setrlimit(resource_, &limit);
  }
  ~Limit() { ::setrlimit(resource_, &before_); }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

 private:
  __rlimit_resource_t resource_;
  rlimit before_{};
};

TEST(SharedMemory, FallsBackToPrivateMemory) {
  for (const auto resource : {RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_AS}) {
    std::optional<Limit> limit(std::in_place, resource, resource == RLIMIT_FSIZE ? bytes - 1 : 0);
    const SharedMemory made(resource == RLIMIT_AS ? 4096 : bytes);
    limit.reset();
    EXPECT_FALSE(made.address());
    made.memory()[4095] = std::byte{7};
    EXPECT_EQ(made.memory()[4095], std::byte{7});
  }
}

}  // namespace
}  // namespace evenkeel
