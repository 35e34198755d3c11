"""scripts/tidy in a small repository, with a cmake and a clang-tidy of the tests' own."""

import json
import os
import subprocess
import time
import unittest

from small_repository import ENVIRONMENT, SCRIPTS, RepositoryTest

DAY_S = 24 * 3600
PREPROCESSOR = 'cat "$1"'
# Notes what it looks at. It warns of "goto", and cannot do with "asm".
CLANG_TIDY = """
[ "$1" = --version ] && exec echo version 14
echo "$@" >> "$NOTES"
for file; do :; done
grep -H goto "$file" | sed 's/goto/warning: goto/'
! grep -q asm "$file"
"""


class Tidy(RepositoryTest):
    def setUp(self):
        super().setUp()
        self.write("scripts/tidy", (SCRIPTS / "tidy").read_text())
        self.write("src/core/a.cpp", "int a;\n")
        self.write("src/core/b.cpp", "int b;\n")
        self.commit()
        commands = [{"file": str(self.root / path),
                     "command": f"preprocess {self.root / path} -c -o {path}.o"}
                    for path in ("src/core/a.cpp", "src/core/b.cpp")]
        self.write("build/tidy/compile_commands.json", json.dumps(commands))
        self.program("cmake", "")
        self.program("preprocess", PREPROCESSOR)
        self.program("clang-tidy", CLANG_TIDY)
        self.notes = self.folder / "notes"
        self.passed = self.folder / "evenkeel/tidy"

    def tidy(self, *arguments, status=0):
        """Runs it; returns the arguments of every call of clang-tidy, and what was printed."""
        self.notes.write_text("")
        run = subprocess.run(
            ["python3", "scripts/tidy", *arguments], cwd=self.root, text=True,
            capture_output=True, check=False,
            env={**ENVIRONMENT, "PATH": f"{self.folder}:{os.environ['PATH']}",
                 "XDG_CACHE_HOME": str(self.folder), "NOTES": str(self.notes),
                 "EVENKEEL_BASE": "HEAD"})
        self.assertEqual((run.returncode, run.stderr), (status, ""))
        return self.notes.read_text().splitlines(), run.stdout

    def marks(self):
        return list(self.passed.glob("*"))

    def test_looks_at_a_source_again_only_when_it_is_another(self):
        calls, said = self.tidy("--everything")
        self.assertEqual((len(calls), said), (2, "tidy: 2 of 2 sources\n"))
        self.assertEqual(self.tidy("--everything")[0], [])
        self.write("src/core/a.cpp", "int aa;\n")
        [call] = self.tidy()[0]
        self.assertTrue(call.endswith("src/core/a.cpp"), call)
        self.assertNotIn("--line-filter", call)
        self.assertEqual(self.tidy()[0], [])

    def test_what_has_faults_has_not_passed(self):
        for source, fault in [("goto a;\n", "src/core/a.cpp:warning: goto a;\n"),
                              ("asm a;\n", "src/core/a.cpp: clang-tidy left with 1\n")]:
            self.write("src/core/a.cpp", source)
            for _ in range(2):
                calls, said = self.tidy(status=1)
                self.assertEqual(len(calls), 1)
                self.assertTrue(said.endswith(fault), said)
            self.assertEqual(self.marks(), [])

    def test_a_look_at_changed_lines_is_no_pass(self):
        self.write("src/core/a.cpp", "int a;\nint aa;\n")
        for _ in range(2):
            [call] = self.tidy("--lines")[0]
            self.assertIn('--line-filter=[{"name": "/src/core/a.cpp", "lines": [[2, 2]]}]', call)
        self.assertEqual(self.marks(), [])
        self.assertEqual(len(self.tidy()[0]), 1)
        self.assertEqual(self.tidy("--lines")[0], [])  # all lines have passed

    def test_marks_that_no_source_has_needed_for_long_are_deleted(self):
        self.tidy("--everything")
        unused = self.passed / "unused"
        unused.touch()
        for mark in self.marks():
            os.utime(mark, (0, time.time() - 59 * DAY_S))
        self.assertEqual(self.tidy("--everything")[0], [])
        self.assertEqual(len(self.marks()), 3)
        self.assertEqual([mark for mark in self.marks()
                          if mark.stat().st_mtime < time.time() - DAY_S], [unused])
        os.utime(unused, (0, time.time() - 61 * DAY_S))
        self.tidy()
        self.assertEqual(len(self.marks()), 2)
        self.assertFalse(unused.exists())


if __name__ == "__main__":
    unittest.main()
