"""scripts/test in a small repository, with a cmake and a ctest of the tests' own."""

import os
import signal
import subprocess
import time
import unittest
from contextlib import suppress
from pathlib import Path

from small_repository import ENVIRONMENT, SCRIPTS, RepositoryTest

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
        self.write("scripts/test", (SCRIPTS / "test").read_text())
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

    def start(self, *words):
        process = subprocess.Popen(
            ["bash", "scripts/test", *words], cwd=self.root, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True,
            env={**ENVIRONMENT, "PATH": f"{self.folder}:{os.environ['PATH']}",
                 "SCRATCH": str(self.folder)})
        self.addCleanup(self.kill_session, process.pid)
        return process

    @staticmethod
    def kill_session(pid):
        """Nothing is left in it, unless a test has failed."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has just ended
                session = stat.read_text().rpartition(")")[2].split()[3]
                if int(session) == pid:
                    os.kill(int(stat.parent.name), signal.SIGKILL)

    def run_suites(self, *words, status=0):
        """What was noted, and what was printed."""
        process = self.start(*words)
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, status, out + err)
        return self.notes(), out, err

    def notes(self):
        return (self.folder / "notes").read_text().splitlines()

    def wait_for(self, name):
        deadline = time.monotonic() + 20
        while not (self.folder / name).exists():
            self.assertLess(time.monotonic(), deadline, f"no {name}")
            time.sleep(0.01)
        return (self.folder / name).read_text()

    def assert_ends(self, pid):
        """A process that may just be on its way out."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                os.kill(pid, 0)
                with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                    if stat.read().rpartition(")")[2].split()[0] == "Z":
                        return
            except (ProcessLookupError, FileNotFoundError):
                return
            time.sleep(0.01)
        self.fail(f"process {pid} goes on")

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
        self.does("test-dev", 'while [ ! -f "$SCRATCH/begun" ]; do sleep 0.02; done\n'
                              'touch "$SCRATCH/testing"\nsleep 0.5')
        self.does("build-clang", 'echo $$ > "$SCRATCH/own"; mv "$SCRATCH/own" "$SCRATCH/begun"; '
                                 f"sleep {LONG_S}")
        process = self.start("dev", "clang")
        self.wait_for("testing")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        self.assertNotEqual(process.returncode, 0)
        self.assert_ends(int(self.wait_for("begun")))

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


if __name__ == "__main__":
    unittest.main()
