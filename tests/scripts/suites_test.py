"""scripts/test in a small repository, with a cmake and a ctest of the tests' own."""

import os
import signal
import unittest

from small_repository import RepositoryTest

LONG_S = 1000
# Both note what they have done. A build or a test that has a script of its own runs that before.
NOTE = """
preset=$(echo "$*" | sed -n 's/.*--preset \\([a-z]*\\).*/\\1/p')
{case}
mkdir -p "build/$preset/Testing/Temporary"
touch "build/$preset/Testing/Temporary/LastTest.log"
if [ -f "$SCRATCH/{does}-$preset" ]; then . "$SCRATCH/{does}-$preset"; fi
echo "{does} $preset" >> "$SCRATCH/notes"
"""
CMAKE = NOTE.format(does="build", case='[ "$1" = --build ] || exit 0')
CTEST = NOTE.format(does="test", case="")


class Suites(RepositoryTest):
    def setUp(self):
        super().setUp()
        self.copy("test", "process_groups.sh")
        for name in ("setup", "tidy"):
            self.write(f"scripts/{name}", f'#!/bin/sh\necho {name} $* >> "$SCRATCH/notes"\n')
            (self.root / "scripts" / name).chmod(0o755)
        for room in ("core", "cli", "bench"):
            self.write(f"tests/{room}/CMakeLists.txt", "")
        self.program("cmake", CMAKE)
        self.program("ctest", CTEST)
        (self.folder / "notes").touch()

    def does(self, what, script):
        """What a build or a test does, as in "test-dev"."""
        (self.folder / what).write_text(script)

    def start_suites(self, *words):
        return self.start("bash", "scripts/test", *words, SCRATCH=str(self.folder),
                          PATH=f"{self.folder}:{os.environ['PATH']}")

    def run_suites(self, *words, status=0):
        """What was noted, and what was printed."""
        process = self.start_suites(*words)
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, status, out + err)
        return self.notes(), out, err

    def notes(self):
        return (self.folder / "notes").read_text().splitlines()

    def test_all_are_the_suites_in_turn(self):
        notes, out, _ = self.run_suites("all")
        [dev] = [at for at, note in enumerate(notes) if note == "test dev"]
        self.assertEqual(notes[:2], ["setup", "build dev"])
        self.assertEqual(notes[-3:], ["build asan", "test asan", "tidy"])
        self.assertLess(dev, len(notes) - 3)
        self.assertEqual([line for line in out.splitlines() if line.startswith("==")], [
            "== dev: building in build/dev", "== dev: testing", "== asan: building in build/asan",
            "== asan: testing", "== tidy: looking with clang-tidy"])

    def test_what_comes_later_is_built_while_dev_is_tested(self):
        self.does("test-dev", f"""
            for i in $(seq {LONG_S}); do
              grep -q 'tidy --everything' "$SCRATCH/notes" && break
              sleep 0.02
            done""")
        self.does("build-asan", 'chrt --pid $$ >> "$SCRATCH/priority"')
        notes, _, _ = self.run_suites("all", "--everything")
        dev = notes.index("test dev")
        self.assertEqual(notes[2:dev], ["build asan", "build clang", "tidy --everything"])
        self.assertIn("SCHED_IDLE", self.wait_for("priority").splitlines()[0])
        self.assertEqual(notes[-5:], ["build asan", "test asan", "build clang", "test clang",
                                      "tidy --everything"])

    def test_what_is_not_prepared_in_time_is_stopped_and_begun_anew(self):
        self.does("test-dev", 'while [ ! -f "$SCRATCH/begun" ]; do sleep 0.02; done')
        self.does("build-clang", f"""
            if [ -f "$SCRATCH/begun" ]; then
              [ -f "$SCRATCH/ended" ] || exit 4
            else
              trap 'sleep 0.5; touch "$SCRATCH/ended"; exit 1' TERM
              touch "$SCRATCH/begun"
              sleep {LONG_S}
            fi""")
        notes, _, _ = self.run_suites("dev", "clang")
        self.assertEqual(notes, ["setup", "build dev", "test dev", "build clang", "test clang"])

    def test_a_failure_is_the_status_and_leaves_nothing_behind(self):
        self.does("test-dev", 'while [ ! -f "$SCRATCH/begun" ]; do sleep 0.02; done; exit 8')
        self.does("build-asan", 'echo $$ > "$SCRATCH/own"; mv "$SCRATCH/own" "$SCRATCH/begun"; '
                                f"sleep {LONG_S}")
        notes, _, _ = self.run_suites("all", status=8)
        self.assertEqual(notes, ["setup", "build dev"])
        self.assert_ends(int(self.wait_for("begun")))

    def test_a_build_that_fails_while_it_is_prepared_fails_again_and_is_shown(self):
        self.does("build-clang", 'echo a fault in clang; exit 3')
        notes, out, _ = self.run_suites("dev", "clang", status=3)
        self.assertEqual(notes, ["setup", "build dev", "test dev"])
        self.assertEqual(out.count("a fault in clang"), 1)

    def test_a_signal_leaves_nothing_behind(self):
        """Neither of what is prepared, nor of what is waited for."""
        begins = 'echo $$ > "$SCRATCH/own-{0}"; mv "$SCRATCH/own-{0}" "$SCRATCH/{0}"; ' \
                 f"sleep {LONG_S}"
        self.does("test-dev", begins.format("tests"))
        self.does("build-clang", begins.format("builds"))
        for signal_number, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            for name in ("tests", "builds"):
                (self.folder / name).unlink(missing_ok=True)
            process = self.start_suites("dev", "clang")
            tests, builds = int(self.wait_for("tests")), int(self.wait_for("builds"))
            process.send_signal(signal_number)
            process.communicate(timeout=20)
            self.assertEqual(process.returncode, status)
            self.assert_ends(tests)
            self.assert_ends(builds)

    def test_a_signal_ends_the_build_of_a_room(self):
        self.does("build-dev", 'echo $$ > "$SCRATCH/own"; mv "$SCRATCH/own" "$SCRATCH/begun"; '
                               f"sleep {LONG_S}")
        process = self.start_suites("core")
        builds = int(self.wait_for("begun"))
        process.terminate()
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 143)
        self.assert_ends(builds)

    def test_a_group_that_has_ended_is_forgotten(self):
        """Another one may have its id by the time that the script ends."""
        self.copy("process_groups.sh")
        (self.root / "try").write_text("""
            set -euo pipefail
            . scripts/process_groups.sh
            run true
            ! run false
            begin sh -c 'exit 3'; await $! || echo "status $?"
            echo "${#process_groups[@]} run"
            begin sleep 1000; begin sleep 1000; end_group $!
            echo "${#process_groups[@]} run"
            """)
        process = self.start("bash", "try")
        out, err = process.communicate(timeout=20)
        self.assertEqual((process.returncode, out, err), (0, "status 3\n0 run\n1 run\n", ""))

    def test_a_skipped_test_says_why(self):
        self.does("test-dev", "echo 'SKIPPED: there is no reason' > "
                              "build/dev/Testing/Temporary/LastTest.log")
        self.assertTrue(self.run_suites()[1].endswith("\nSKIPPED: there is no reason\n"))

    def test_rooms_and_suites_have_names(self):
        notes, _, _ = self.run_suites("core", "fast")
        self.assertEqual(notes, ["setup", "build dev", "test dev"])
        _, _, err = self.run_suites("bench", status=2)
        self.assertEqual(err, "scripts/test: 'bench' is no suite and no room; the suites are dev, "
                              "asan, clang, tidy, all and fast, the rooms: cli core\n")
        for word in ("", "cli core", "../core", "CMakeLists.txt"):
            _, _, err = self.run_suites(word, status=2)
            self.assertIn(f"'{word}' is no suite and no room", err)


if __name__ == "__main__":
    unittest.main()
