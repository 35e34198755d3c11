#!/usr/bin/env python3
"""What others do to a ledger while a job writes to it: in_use.py EVENKEEL MPIRUN."""

import sys
import time
import unittest
from pathlib import Path

from runs import TRAINER, LedgerTest


class InUse(LedgerTest):
    moved = "run.db: was deleted, renamed or replaced while the run writes to it; put it back"
    modes = {"lease": (("--mode", "lease", "--step-samples", "30", "--epochs", "2"), "c"),
             "step": (("--mode", "step", "--global-batch", "30", "--no-baseline", "--epochs", "2"),
                      "s")}

    def each_mode(self):
        for mode, (options, tag) in self.modes.items():
            self.ledger = self.folder / mode / "run.db"
            self.ledger.parent.mkdir()
            yield options, tag

    def answers(self, out, tag):
        """What trainers were told of each checkpoint that all had called for, in order."""
        words = [line.split() for line in out.splitlines() if line.startswith("rank ")]
        told = {int(word[2][1:]): word[3] for word in words
                if word[2].startswith(tag) and word[3] in ("complete", "unrecorded")}
        return [told[number] for number in sorted(told)]

    def assert_not_recorded_from_then_on(self, process, tag):
        out, err = self.finish(process, 1)
        self.assertIn(self.moved, err)
        self.assertEqual(err.count("work done from now on is not recorded"), 1)
        answers = self.answers(out, tag)
        self.assertEqual(sorted(set(answers)), ["complete", "unrecorded"], out)
        self.assertEqual(answers, sorted(answers))  # and never complete again
        self.assertIn(" COMPLETE", out)  # the work goes on

    def test_deleted(self):
        for options, tag in self.each_mode():
            process = self.start(*options, trainer=TRAINER)
            self.wait_for("SELECT count(*) > 0 FROM checkpoint")
            self.ledger.unlink()
            self.assert_not_recorded_from_then_on(process, tag)
            self.assertFalse(self.ledger.exists())
            _, err = self.run_job(*options, "--resume", trainer=TRAINER, status=2)
            self.assertIn("restore the file, or give --new to begin another run", err)

    def test_renamed(self):
        for options, tag in self.each_mode():
            process = self.start(*options, trainer=TRAINER)
            self.wait_for("SELECT count(*) > 0 FROM checkpoint")
            other = self.ledger.rename(self.ledger.parent / "other.db")
            self.assert_not_recorded_from_then_on(process, tag)
            self.ledger = other
            self.assertGreater(self.rows("SELECT sum(end - begin) FROM spans")[0][0], 0)
            self.run_job(*options, "--resume", trainer=TRAINER)
            self.assert_tiled(2)

    def test_renamed_and_used_by_a_second_job_at_once(self):
        for options, _ in self.each_mode():
            first = self.start(*options, trainer=TRAINER)
            self.wait_for("SELECT count(*) > 0 FROM checkpoint")
            self.ledger = self.ledger.rename(self.ledger.parent / "other.db")
            second = self.start(*options, "--resume", trainer=TRAINER)
            _, err = self.finish(first, 1)
            self.assertIn(self.moved, err)
            self.finish(second)
            self.assert_tiled(2)
            self.run_job(*options, "--resume", trainer=TRAINER)  # it is not damaged

    def test_renamed_and_put_back(self):
        for options, tag in self.each_mode():
            process = self.start(*options, trainer=TRAINER)
            self.wait_for("SELECT count(*) > 0 FROM checkpoint")
            other = self.ledger.rename(self.ledger.parent / "other.db")
            while "not recorded" not in process.stderr.readline():
                self.assertIsNone(process.poll())
            time.sleep(0.5)  # while trainers call for checkpoints
            other.rename(self.ledger)
            out, err = self.finish(process)
            self.assertIn("everything is recorded again", err)
            answers = self.answers(out, tag)
            self.assertIn("complete", answers[answers.index("unrecorded"):], out)
            self.assert_tiled(2)

    def test_taken_over_by_a_second_job_that_finds_no_lock(self):
        for options, _ in self.each_mode():
            first = self.start(*options, trainer=TRAINER)
            self.wait_for("SELECT count(*) > 0 FROM checkpoint")
            Path(f"{self.ledger}.lock").unlink()
            second = self.start(*options, "--resume", trainer=TRAINER)
            out, err = self.finish(first, 1)
            self.assertIn("run.db: another run has taken it over, so that this job ends\n", err)
            self.assertNotIn("not recorded", err)
            self.assertIn("NOT COMPLETE", out)
            out, _ = self.finish(second)
            self.assertNotIn("NOT COMPLETE", out)
            self.assert_tiled(2)
            self.assertEqual(self.rows("SELECT number, state FROM incarnation"),
                             [(1, "running"), (2, "complete")])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
