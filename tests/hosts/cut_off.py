#!/usr/bin/env python3
"""Jobs one of whose hosts is cut off for good, before or after all work is done: each has to end.

  scripts/lab/three-hosts cut_off.py EVENKEEL MPIRUN [TEST...]
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

EVENKEEL, MPIRUN = sys.argv[1:3]
ENTER = os.environ["THREE_HOSTS_ENTER"]
LONGEST_S = 150
SAMPLES = 3000

TRAINER = [sys.executable, str(Path(__file__).resolve().parent.parent / "slow_trainer.py")]


class CutOff(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "manifest.csv").write_text(f"path,samples\nsynthetic.bin,{SAMPLES}\n")
        self.cable("up")

    @staticmethod
    def cable(way):
        subprocess.run([ENTER, "host-c", f"ip link set inner {way}"], check=True)

    def await_file(self, name, process):
        deadline = time.monotonic() + 90
        while not (self.folder / name).exists():
            self.assertTrue(time.monotonic() < deadline and process.poll() is None, f"no {name}")
            time.sleep(0.05)

    def job(self, cut_after, step_s, *mpirun_options):
        """Host-c has ranks 2 and 5. mpirun's status depends on how it ends."""
        errors = (self.folder / "errors").open("wb")
        self.addCleanup(errors.close)
        process = subprocess.Popen(
            [MPIRUN, *mpirun_options, "--oversubscribe", "--map-by", "node", "-n", "6", EVENKEEL,
             "run", "--manifest", "manifest.csv", "--lease-deadline", "2", "--step-samples", "10",
             "--quiet", "--report", "report.json", "--", *TRAINER, str(step_s), "go"],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=errors)
        self.addCleanup(process.kill)
        self.await_file(cut_after, process)
        time.sleep(1)
        self.cable("down")
        (self.folder / "go").touch()
        process.wait(LONGEST_S)  # what runs on host-c has its standard error too, and is cut off
        err = (self.folder / "errors").read_text()
        says = re.findall("^evenkeel: (.*)", err, re.MULTILINE)
        return process.returncode, says, json.loads((self.folder / "report.json").read_text()), err

    def test_before_all_work_is_done(self):
        for options in ((), ("--enable-recovery",)):
            with self.subTest(options=options):
                self.setUp()
                _, says, report, err = self.job("begun-0", 0.05, *options)
                self.assertTrue(report["complete"], err)
                self.assertEqual(report["lost_ranks"], [2, 5])
                self.assertIn("COMPLETE   lost: ranks 2, 5", says)

    def test_after_all_work_is_done(self):
        for options in ((), ("--enable-recovery",)):
            with self.subTest(options=options):
                self.setUp()
                _, says, report, err = self.job("report.json", 0.005, *options)
                self.assertTrue(report["complete"], err)
                self.assertIn("COMPLETE", says)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
