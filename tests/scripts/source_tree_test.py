"""scripts/source_tree.py, and scripts/check around it, in small repositories made up for it."""

import signal
import subprocess
import sys
import unittest

from small_repository import ENVIRONMENT, SCRIPTS, RepositoryTest, Tree

WHOLE = [[1, 10 ** 9]]  # all lines of a file


class Files(RepositoryTest):
    KEPT = [".gitignore", "apps/command_line/command_line.h", "apps/evenkeel/main.cpp",
            "scripts/source_tree.py"]

    def test_new_files_are_seen_before_git_tracks_them(self):
        self.write("src/core/größe in bytes.cpp", "")
        self.assertEqual(self.ask("all_files"), [*self.KEPT, "src/core/größe in bytes.cpp"])
        self.assertEqual(self.ask("reached", ["src/core/größe in bytes.cpp"]),
                         ["src/core/größe in bytes.cpp"])

    def test_what_builds_leave_behind_is_not_seen(self):
        for path in ("build/a.cpp", "src/core/__pycache__/a.cpp", "pip.log", "dist/a.whl"):
            self.write(path, "")
        self.assertEqual(self.ask("all_files"), self.KEPT)
        self.assertEqual(self.ask("changed", EVENKEEL_BASE="HEAD"), [])

    def test_what_git_tracks_is_seen_wherever_it_is_but_not_if_it_was_deleted(self):
        self.write("at-the-root", "")
        self.write("unexpected/a.cpp", "")
        self.commit()
        (self.root / "apps/evenkeel/main.cpp").unlink()
        self.assertEqual(self.ask("all_files"), [
            ".gitignore", "apps/command_line/command_line.h", "at-the-root",
            "scripts/source_tree.py", "unexpected/a.cpp"])

    def test_a_copy_without_git_has_all_but_what_builds_leave_behind(self):
        """Although git knows the folder around it."""
        self.commit()  # the second one, with something before it
        copy = Tree(self.root / "copy")
        for path in ("build/a.cpp", "src/__pycache__/a.cpp", "src/evenkeel.egg-info/a", "a.log"):
            copy.write(path, "")
        self.assertEqual(copy.ask("all_files"), ["a.log", *self.KEPT[1:]])
        self.assertIsNone(copy.ask("change_base"))
        self.assertEqual(copy.ask("changed"), ["a.log", *self.KEPT[1:]])


class Includes(RepositoryTest):
    def setUp(self):
        super().setUp()
        self.write("include/evenkeel/public.h", "#pragma once\n")
        self.write("src/core/inner.h", "#pragma once\n  #  include  <evenkeel/public.h>\n")
        self.write("src/core/outer.h", '#pragma once\n#include "core/inner.h"\n')
        self.write("src/core/beside.cpp", '#include "outer.h"\n')
        self.write("src/core/inner.cpp", '#include "core/inner.h"\n')
        self.write("src/core/apart.cpp", "#include <vector>\n// #include <evenkeel/public.h>\n")
        self.write("tests/core/samples.h", '#include "core/outer.h"\n')
        self.write("tests/core/outer_test.cpp", '#include "core/samples.h"\n')
        self.write("tests/core/inner.h", "")  # the one of src goes first
        self.write("scripts/example.cpp", '#include "core/inner.h"\n')  # no source of the build

    def test_a_source_includes_directly_or_not(self):
        self.assertEqual(self.ask("included", "tests/core/outer_test.cpp"), [
            "include/evenkeel/public.h", "src/core/inner.h", "src/core/outer.h",
            "tests/core/samples.h"])
        self.assertEqual(self.ask("included", "src/core/apart.cpp"), [])

    def test_headers_that_include_each_other(self):
        self.write("src/core/inner.h", '#include "core/outer.h"\n')
        self.assertEqual(self.ask("included", "src/core/beside.cpp"),
                         ["src/core/inner.h", "src/core/outer.h"])

    def test_a_changed_header_reaches_the_sources_that_include_it(self):
        every = ["src/core/beside.cpp", "src/core/inner.cpp", "tests/core/outer_test.cpp"]
        self.assertEqual(self.ask("reached", ["include/evenkeel/public.h"]), every)
        self.assertEqual(self.ask("reached", ["src/core/inner.h"]), every)
        self.assertEqual(self.ask("reached", ["src/core/outer.h"]), [every[0], every[2]])
        self.assertEqual(self.ask("reached", ["tests/core/inner.h"]), [])
        self.assertEqual(self.ask("reached", ["apps/command_line/command_line.h"]),
                         ["apps/evenkeel/main.cpp"])

    def test_a_changed_source_reaches_itself_alone(self):
        self.assertEqual(self.ask("reached", ["src/core/apart.cpp", "README.md"]),
                         ["src/core/apart.cpp"])


class ChangeBase(RepositoryTest):
    def setUp(self):
        super().setUp()
        self.write("src/core/a.cpp", "")
        self.before = self.git("rev-parse", "HEAD")
        self.on_main = self.commit()

    def branch(self):
        """A branch, two commits long, from the last commit of main."""
        self.git("switch", "--quiet", "--create", "work")
        self.write("src/core/b.cpp", "")
        first = self.commit()
        self.write("src/core/c.cpp", "")
        return first, self.commit()

    def test_of_a_branch_is_where_it_left_main(self):
        self.branch()
        self.git("switch", "--quiet", "main")
        self.commit()  # main has gone on
        self.git("switch", "--quiet", "work")
        self.write("src/core/a.cpp", "// altered\n")
        self.write("src/core/d.cpp", "")
        self.assertEqual(self.ask("change_base"), self.on_main)
        self.assertEqual(self.ask("changed"), [f"src/core/{name}.cpp" for name in "abcd"])

    def test_of_a_branch_is_the_main_of_origin_if_there_is_one(self):
        first, _ = self.branch()
        clone = self.repository.clone("clone", "work")
        self.assertEqual(clone.ask("change_base"), self.on_main)
        clone.git("branch", "main", first)  # never brought up to date
        self.assertEqual(clone.ask("change_base"), self.on_main)

    def test_on_main_is_the_commit_before(self):
        self.write("src/core/new.cpp", "")
        self.assertEqual(self.ask("change_base"), self.before)
        self.assertEqual(self.ask("changed"), ["src/core/a.cpp", "src/core/new.cpp"])

    def test_on_main_with_altered_files_is_the_last_commit(self):
        self.write("apps/evenkeel/main.cpp", "")
        self.assertEqual(self.ask("change_base"), self.on_main)
        self.assertEqual(self.ask("changed"), ["apps/evenkeel/main.cpp"])

    def test_on_main_after_a_merge_is_what_it_was_merged_into(self):
        self.branch()
        self.git("switch", "--quiet", "main")
        self.write("src/core/d.cpp", "")
        into = self.commit()
        self.git("merge", "--quiet", "--no-edit", "work")
        self.assertEqual(self.ask("change_base"), into)
        self.assertEqual(self.ask("changed"), ["src/core/b.cpp", "src/core/c.cpp"])

    def test_in_a_shallow_clone_is_the_commit_before(self):
        for _ in range(2):
            self.commit()  # more than the clone has of main
        first, _ = self.branch()
        clone = self.repository.clone("shallow", "work", "--depth=3")
        self.assertEqual(clone.ask("change_base"), first)
        clone.write("src/core/a.cpp", "// altered\n")
        self.assertEqual(clone.ask("change_base"), first)
        self.assertEqual(clone.ask("changed"), ["src/core/a.cpp", "src/core/c.cpp"])

    def test_in_a_clone_of_one_commit_every_file_is_changed(self):
        clone = self.repository.clone("shallow", "main", "--depth=1")
        self.assertIsNone(clone.ask("change_base"))
        self.assertEqual(clone.ask("changed"), [*Files.KEPT, "src/core/a.cpp"])

    def test_is_what_evenkeel_base_names(self):
        self.branch()
        self.assertEqual(self.ask("change_base", EVENKEEL_BASE="HEAD~1~2"), self.before)
        self.assertEqual(self.ask("changed", EVENKEEL_BASE="HEAD~1"), ["src/core/c.cpp"])

    def test_that_git_does_not_know_is_refused(self):
        for unknown in ("nonsense", f"{self.on_main}^{{tree}}"):
            run = self.repository.program(EVENKEEL_BASE=unknown)
            self.assertEqual((run.returncode, run.stdout, run.stderr), (
                1, "", f"EVENKEEL_BASE: git knows no commit '{unknown}'\n"))


class ChangedLines(RepositoryTest):
    def setUp(self):
        super().setUp()
        self.write("src/core/a.cpp", "1\n2\n3\n4\n5\n6\n")
        self.commit()

    def changed_to(self, text):
        self.write("src/core/a.cpp", text)
        return self.ask("changed_lines", "src/core/a.cpp")

    def test_of_an_addition_and_of_what_is_altered(self):
        self.assertEqual(self.changed_to("1\n2\nnew\nnew\n3\n4\naltered\n6\n"), [[3, 4], [7, 7]])

    def test_of_a_deletion_there_are_none(self):
        self.assertEqual(self.changed_to("1\n2\n5\n6\n"), [])

    def test_of_a_new_file_are_all(self):
        self.write("src/core/b.cpp", "1\n")
        self.assertEqual(self.ask("changed_lines", "src/core/b.cpp"), WHOLE)
        self.commit()
        self.assertEqual(self.ask("changed_lines", "src/core/b.cpp"), WHOLE)

    def test_where_there_is_no_base_are_all(self):
        clone = self.repository.clone("shallow", "main", "--depth=1")
        self.assertEqual(clone.ask("changed_lines", "src/core/a.cpp"), WHOLE)


PASSED = "check: passed: style, formatting, tests, and clang-tidy on the changed lines"


class Rooms(RepositoryTest):
    def setUp(self):
        super().setUp()
        for room in ("core", "cli", "hosts", "scripts", "session", "slurm", "bench"):
            self.write(f"tests/{room}/CMakeLists.txt", "")
        self.commit()

    def test_a_file_belongs_to_the_tests_of_its_room(self):
        for path, rooms in [
                ("src/core/time.cpp", ["core"]), ("tests/core/time_test.cpp", ["core"]),
                ("include/evenkeel/session.h", ["session"]),
                ("apps/evenkeel/main.cpp", ["cli"]), ("scripts/lab/apart", ["hosts", "slurm"]),
                ("scripts/source_tree.py", ["scripts"])]:
            self.assertEqual(self.ask("rooms_of", path), rooms, path)

    def test_a_file_without_tests_belongs_to_none(self):
        for path in ("src/untested/a.cpp", "scripts/core", "README.md", "tests/CMakeLists.txt",
                     "tests/bench/step_bench.cpp"):
            self.assertEqual(self.ask("rooms_of", path), [], path)

    def test_the_program_names_each_room_once(self):
        for path in ("src/core/a.cpp", "src/core/b.cpp", "apps/evenkeel/a.cpp"):
            self.write(path, "")
        run = self.repository.program(EVENKEEL_BASE="HEAD")
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "cli\ncore\n", ""))
        for path in ("scripts/b", "scripts/a"):
            self.write(path, "")
        run = self.repository.program(EVENKEEL_BASE="HEAD")
        self.assertEqual((run.stdout, run.stderr), (
            "cli\ncore\n",
            "2 changed files belong to no room of tests, scripts/a the first\n"))

    def check(self, **environment):
        """scripts/check, whose steps say what they are and do nothing."""
        for name in ("setup", "style", "test", "tidy"):
            self.write(f"scripts/{name}", f"#!/bin/sh\necho {name} $*\n")
            (self.root / "scripts" / name).chmod(0o755)
        self.copy("check", "process_groups.sh")
        run = subprocess.run(["bash", "scripts/check"], cwd=self.root, text=True, check=False,
                             env={**ENVIRONMENT, **environment}, capture_output=True)
        return run.returncode, sorted(run.stdout.splitlines()), run.stderr

    def test_check_tests_the_rooms_that_the_change_touches(self):
        for path in ("src/core/a.cpp", "apps/evenkeel/a.cpp"):
            self.write(path, "")
        status, steps, _ = self.check(EVENKEEL_BASE="HEAD")
        self.assertEqual((status, steps), (0, [PASSED, "setup", "style", "test cli core scripts",
                                               "tidy --lines"]))

    def test_a_file_that_is_gone_touches_its_room(self):
        for path in ("src/core/gone.h", "src/session/moved.cpp"):
            self.write(path, "a\nb\nc\n")
        self.commit()
        (self.root / "src/core/gone.h").unlink()
        self.git("mv", "src/session/moved.cpp", "tests/cli/moved.cpp")
        self.assertEqual(self.ask("deleted"), ["src/core/gone.h", "src/session/moved.cpp"])
        self.assertEqual(self.ask("changed"), ["tests/cli/moved.cpp"])
        self.assertEqual(self.repository.program().stdout, "cli\ncore\nsession\n")

    def test_a_signal_to_check_leaves_nothing_behind(self):
        for name in ("setup", "style"):
            self.write(f"scripts/{name}", "#!/bin/sh\n")
        begins = '#!/bin/sh\necho $$ > "$SCRATCH/own-{0}"; mv "$SCRATCH/own-{0}" ' \
                 '"$SCRATCH/{0}"; sleep 1000\n'
        for name in ("test", "tidy"):
            self.write(f"scripts/{name}", begins.format(name))
        for name in ("setup", "style", "test", "tidy"):
            (self.root / "scripts" / name).chmod(0o755)
        self.copy("check", "process_groups.sh")
        for signal_number, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            for name in ("test", "tidy"):
                (self.folder / name).unlink(missing_ok=True)
            process = self.start("bash", "scripts/check", EVENKEEL_BASE="HEAD",
                                 SCRATCH=str(self.folder))
            started = [int(self.wait_for(name)) for name in ("test", "tidy")]
            process.send_signal(signal_number)
            process.communicate(timeout=20)
            self.assertEqual(process.returncode, status)
            for pid in started:
                self.assert_ends(pid)

    def test_check_says_if_the_change_touches_no_room(self):
        self.check()
        status, steps, _ = self.check(EVENKEEL_BASE=self.commit())
        self.assertEqual((status, steps), (0, [
            PASSED, "check: the change touches no room that has tests", "setup", "style",
            "tidy --lines"]))

    def test_check_does_not_take_a_failure_for_a_change_that_touches_no_room(self):
        self.assertEqual(self.check(EVENKEEL_BASE="nonsense"), (
            1, ["setup", "style"], "EVENKEEL_BASE: git knows no commit 'nonsense'\n"))

    def test_the_table_names_what_there_is(self):
        """In evenkeel's own tree."""
        sys.path.insert(0, str(SCRIPTS))
        self.addCleanup(sys.path.remove, str(SCRIPTS))
        import source_tree
        for path, rooms in source_tree.TESTED_IN.items():
            self.assertTrue((source_tree.ROOT / path).exists(), path)
            any_file = f"{path}/any" if "/" in path else path
            self.assertEqual(source_tree.rooms_of(any_file), rooms)


if __name__ == "__main__":
    unittest.main()
