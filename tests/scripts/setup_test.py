#!/usr/bin/env python3
"""What scripts/setup shows, with an apt-get of the tests' own: setup_test.py SETUP [TEST...]"""

import os
import pty
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SETUP = sys.argv[1]

# No package is there yet; a user may use sudo, which passes three descriptors on.
DPKG_QUERY = "exit 1"
SUDO = 'exec 3>&- && exec "$@"'

UPDATED = "exit 0"
INSTALLED = """
echo "0 upgraded, 12 newly installed, 0 to remove and 3 not upgraded."
echo "Need to get 34.5 MB of archives."
echo "dlstatus:1:0:Retrieving file 1 of 12" >&3
echo "dlstatus:12:98.7:Retrieving file 12 of 12" >&3
echo "pmstatus:dpkg-exec:0:Running dpkg" >&3
echo "pmstatus:libfmt-dev:50.4:Unpacking libfmt-dev (amd64)" >&3
"""
FAILED = """
echo "dlstatus:1:0:Retrieving file 1 of 12" >&3
echo "E: Failed to fetch libfmt-dev: 404 Not Found" >&2
exit 100
"""


def all_of(terminal):
    """What was written to it, now that its other end is closed."""
    parts = []
    try:
        while part := os.read(terminal, 4096):
            parts.append(part)
    except OSError:  # the end, for Linux
        pass
    return b"".join(parts).decode()


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.program("dpkg-query", DPKG_QUERY)
        self.program("sudo", SUDO)

    def program(self, name, script):
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def apt_get(self, update, install):
        self.program("apt-get", f'case "$*" in *\\ update) {update} ;; esac\n{install}')

    def run_setup(self, **options):
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}",
                       "TMPDIR": str(self.folder)}
        return subprocess.run([SETUP, "demo"], env=environment, text=True, check=False,
                              stderr=subprocess.PIPE, **options)

    def logs(self):
        return list(self.folder.glob("evenkeel-setup-*"))

    def test_says_how_much_there_is_and_how_far_it_is(self):
        self.apt_get(UPDATED, INSTALLED)
        finished = self.run_setup(stdout=subprocess.PIPE)
        self.assertEqual((finished.returncode, finished.stderr), (0, ""))
        first, *lines = finished.stdout.splitlines()
        self.assertRegex(first, "^setup: installing g[+][+] .*libsqlite3-dev$")
        self.assertEqual(lines, [
            "setup: reading the lists of packages", "setup: 12 packages are needed",
            "setup: downloading 34.5 MB", "setup: downloaded 0 %", "setup: done"])
        self.assertEqual(self.logs(), [])

    def test_shows_every_change_on_a_terminal(self):
        self.apt_get(UPDATED, INSTALLED)
        ours, theirs = pty.openpty()
        self.assertEqual(self.run_setup(stdout=theirs).returncode, 0)
        os.close(theirs)
        shown = all_of(ours)
        os.close(ours)
        self.assertEqual(shown.partition("setup: downloading ")[2], "34.5 MB\r\n" + "".join(
            f"\r\x1b[Ksetup: {line}" for line in [
                "downloaded 0 %", "downloaded 98 %", "installed 0 %: Running dpkg",
                "installed 50 %: Unpacking libfmt-dev (amd64)\r\nsetup: done\r\n"]))

    def test_a_failure_shows_the_words_of_apt(self):
        self.apt_get(UPDATED, FAILED)
        finished = self.run_setup(stdout=subprocess.PIPE)
        self.assertEqual(finished.returncode, 1)
        [log] = self.logs()
        self.assertEqual(
            finished.stderr, "E: Failed to fetch libfmt-dev: 404 Not Found\n"
            f"scripts/setup: apt-get failed, as it says above; all that it said is in {log}\n")
        self.assertNotIn("done", finished.stdout)

    def test_goes_on_with_old_lists_and_says_so(self):
        self.apt_get("echo 'E: no network' >&2; exit 100", INSTALLED)
        finished = self.run_setup(stdout=subprocess.PIPE)
        self.assertEqual(finished.returncode, 0)
        self.assertEqual(
            finished.stderr,
            "setup: apt-get update failed; going on with the lists there are:\nE: no network\n")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
