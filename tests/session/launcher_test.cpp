#include "session/launcher.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace evenkeel {
namespace {

// A process whose environment has these of all the variables that launchers are known by.
class LauncherTest : public testing::Test {
 protected:
  void SetUp() override { set({}); }
  void TearDown() override { set(before_); }

  static void set(const std::map<std::string, std::string>& variables) {
    for (const char* const name : names) ::unsetenv(name);
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  }

 private:
  static constexpr std::array<const char*, 10> names{"OMPI_COMM_WORLD_SIZE",
                                                     "OMPI_MCA_odls_base_sigkill_timeout",
                                                     "SLURM_JOB_ID",
                                                     "PRTE_LAUNCHED",
                                                     "PMIX_RANK",
                                                     "PMI_RANK",
                                                     "OMPI_MCA_orte_enable_recovery",
                                                     "OMPI_MCA_mpi_ft_enable",
                                                     "SMPI_GLOBAL_SIZE",
                                                     "OMPI_MCA_orte_bound_at_launch"};

  static std::map<std::string, std::string> own() {
    std::map<std::string, std::string> found;
    for (const char* const name : names) {
      if (const char* const value = std::getenv(name)) found[name] = value;
    }
    return found;
  }

  std::map<std::string, std::string> before_ = own();
};

TEST_F(LauncherTest, IsNoneWithoutALauncher) { EXPECT_FALSE(Launcher::of_this_process().exists()); }

TEST_F(LauncherTest, IsDetectedFromTheEnvironment) {
  for (const char* const name :
       {"OMPI_COMM_WORLD_SIZE", "PRTE_LAUNCHED", "PMIX_RANK", "PMI_RANK", "SMPI_GLOBAL_SIZE"}) {
    set({{name, "1"}});
    EXPECT_TRUE(Launcher::of_this_process().exists()) << name;
  }
}

TEST_F(LauncherTest, SurvivesDeathsIfAsked) {
  set({{"OMPI_COMM_WORLD_SIZE", "2"}});
  EXPECT_FALSE(Launcher::of_this_process().survives_deaths());
  set({{"OMPI_COMM_WORLD_SIZE", "2"}, {"OMPI_MCA_orte_enable_recovery", "1"}});
  EXPECT_TRUE(Launcher::of_this_process().survives_deaths());
  EXPECT_EQ(Launcher::of_this_process().survival_option(), "--enable-recovery");
  set({{"PRTE_LAUNCHED", "1"}, {"OMPI_MCA_mpi_ft_enable", "1"}});
  EXPECT_TRUE(Launcher::of_this_process().survives_deaths());
  EXPECT_EQ(Launcher::of_this_process().survival_option(), "--with-ft ulfm");
  set({{"PRTE_LAUNCHED", "1"}, {"OMPI_MCA_mpi_ft_enable", "0"}});
  EXPECT_FALSE(Launcher::of_this_process().survives_deaths());
}

TEST_F(LauncherTest, SaysWhatAGraceTakes) {
  set({{"OMPI_COMM_WORLD_SIZE", "2"}});
  EXPECT_EQ(Launcher::of_this_process().grace_remedy(0), std::nullopt);
  EXPECT_EQ(Launcher::of_this_process().grace_remedy(5),
            "mpirun kills the ranks 1 s after SIGTERM; start it with "
            "OMPI_MCA_odls_base_sigkill_timeout=7");
  set({{"OMPI_COMM_WORLD_SIZE", "2"}, {"OMPI_MCA_odls_base_sigkill_timeout", "6"}});
  EXPECT_EQ(Launcher::of_this_process().grace_remedy(5), std::nullopt);
  EXPECT_NE(Launcher::of_this_process().grace_remedy(6), std::nullopt);
  set({{"PRTE_LAUNCHED", "1"}});
  EXPECT_NE(Launcher::of_this_process().grace_remedy(5), std::nullopt);
  set({{"PMIX_RANK", "0"}, {"SLURM_JOB_ID", "7"}});
  EXPECT_EQ(Launcher::of_this_process().grace_remedy(29), std::nullopt);
  EXPECT_NE(Launcher::of_this_process().grace_remedy(30), std::nullopt);
}

TEST_F(LauncherTest, BindsRanksUnlessItIsNoMpirun) {
  set({{"PMIX_RANK", "0"}});
  EXPECT_FALSE(Launcher::of_this_process().may_bind());
  set({{"OMPI_COMM_WORLD_SIZE", "2"}});
  EXPECT_FALSE(Launcher::of_this_process().may_bind());
  set({{"OMPI_COMM_WORLD_SIZE", "2"}, {"OMPI_MCA_orte_bound_at_launch", "1"}});
  EXPECT_TRUE(Launcher::of_this_process().may_bind());
  set({{"PRTE_LAUNCHED", "1"}});
  EXPECT_TRUE(Launcher::of_this_process().may_bind());
}

// What the child of a process with that name finds.
bool is_found(const char* name, bool (*finds)(pid_t parent)) {
  std::fflush(nullptr);
  const pid_t process = ::fork();
  if (process == 0) {
    ::prctl(PR_SET_NAME, name);
    const pid_t child = ::fork();
    if (child == 0) std::_Exit(finds(::getppid()) ? 0 : 1);
    int status = 1;
    ::waitpid(child, &status, 0);
    std::_Exit(WEXITSTATUS(status));
  }
  int status = 1;
  ::waitpid(process, &status, 0);
  return status == 0;
}

TEST_F(LauncherTest, IsKnownByItsName) {
  const auto is_launcher = [](pid_t parent) { return Launcher::process() == parent; };
  for (const char* const name :
       {"mpirun", "mpiexec", "orterun", "prterun", "mpirun.openmpi", "mpiexec.openmpi"}) {
    EXPECT_TRUE(is_found(name, is_launcher)) << name;
    EXPECT_TRUE(is_found(name, Launcher::starts_ranks)) << name;
  }
  for (const char* const name : {"orted", "prted"}) {
    EXPECT_FALSE(is_found(name, is_launcher)) << name;
    EXPECT_TRUE(is_found(name, Launcher::starts_ranks)) << name;
  }
  EXPECT_FALSE(is_found("sh", Launcher::starts_ranks));
}

struct Streams {
  std::string of_launcher, of_rank;
};

std::string all_of(int descriptor) {
  std::string text;
  std::array<char, 100> buffer{};
  ssize_t size = 0;
  while ((size = ::read(descriptor, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

// Where the last words of a rank go whose launcher has that name.
Streams last_words_under(const char* launcher) {
  std::array<int, 2> of_launcher{};
  std::array<int, 2> of_rank{};
  EXPECT_EQ(::pipe(of_launcher.data()), 0);
  EXPECT_EQ(::pipe(of_rank.data()), 0);
  std::fflush(nullptr);
  const pid_t process = ::fork();
  if (process == 0) {
    ::prctl(PR_SET_NAME, launcher);
    ::dup2(of_launcher[1], STDOUT_FILENO);
    ::dup2(of_launcher[1], STDERR_FILENO);
    const pid_t rank = ::fork();
    if (rank == 0) {
      ::dup2(of_rank[1], STDOUT_FILENO);
      ::dup2(of_rank[1], STDERR_FILENO);
      std::fputs("before ", stdout);
      Launcher::of_this_process().prepare_last_words();
      std::fputs("out ", stdout);
      std::fflush(stdout);
      std::fputs("err", stderr);
      std::_Exit(0);
    }
    ::waitpid(rank, nullptr, 0);
    std::_Exit(0);
  }
  ::close(of_launcher[1]);
  ::close(of_rank[1]);
  Streams streams{all_of(of_launcher[0]), all_of(of_rank[0])};
  ::close(of_launcher[0]);
  ::close(of_rank[0]);
  ::waitpid(process, nullptr, 0);
  return streams;
}

TEST_F(LauncherTest, OfOpenMpi5IsBypassedForTheLastOutput) {
  set({{"PRTE_LAUNCHED", "1"}});
  const Streams streams = last_words_under("prterun");
  EXPECT_EQ(streams.of_rank, "before ");
  EXPECT_EQ(streams.of_launcher, "out err");
}

TEST_F(LauncherTest, IsNotBypassedOnAnotherMachine) {
  set({{"PRTE_LAUNCHED", "1"}});
  const Streams streams = last_words_under("prted");
  EXPECT_EQ(streams.of_rank, "before out err");
  EXPECT_EQ(streams.of_launcher, "");
}

TEST_F(LauncherTest, OfOpenMpi4ForwardsTheLastOutput) {
  set({{"OMPI_COMM_WORLD_SIZE", "2"}});
  const Streams streams = last_words_under("prterun");
  EXPECT_EQ(streams.of_rank, "before out err");
  EXPECT_EQ(streams.of_launcher, "");
}

}  // namespace
}  // namespace evenkeel
