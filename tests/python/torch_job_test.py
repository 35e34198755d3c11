"""A whole job: evenkeel's own agents, and the example trainer on real data."""

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "apps/examples/torch_digits.py"
DATA = Path(os.environ["EVENKEEL_DIGITS"])


class TorchJob(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def train(self, ranks, *options):
        """Returns the final loss, the samples of each step, and the report."""
        record, report = self.folder / "record.jsonl", self.folder / "report.json"
        run = subprocess.run(
            [os.environ["EVENKEEL_MPIRUN"], "--oversubscribe", "-n", str(ranks),
             os.environ["EVENKEEL_PROGRAM"], "run", "--manifest", DATA / "digits.json",
             "--mode", "step", "--global-batch", "128", "--epochs", "4", "--no-baseline",
             "--report", report, "--",
             os.environ["EVENKEEL_PYTHON"], "-W", "ignore", EXAMPLE, "--data", DATA,
             "--record", record, *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        return (float(re.search(r"^loss (\S+)", run.stdout, re.MULTILINE)[1]),
                [json.loads(line)["samples"] for line in record.read_text().splitlines()],
                json.loads(report.read_text()))

    def test_trains_the_same_on_any_ranks_and_gives_a_slow_one_less(self):
        loss, samples, _ = self.train(1)
        self.assertEqual(sorted(sum(samples, [])), sorted(4 * list(range(1438))))
        loss_of_three, samples_of_three, report = self.train(3, "--work", "1", "--slow", "2:4")
        self.assertEqual(samples, samples_of_three)
        self.assertLess(abs(loss - loss_of_three), 1e-9)
        self.assertTrue(report["complete"])
        shares = [rank["samples"] for rank in report["ranks"]]
        self.assertEqual(sum(shares), 4 * 1438)
        self.assertLess(2 * shares[2], min(shares[:2]))


if __name__ == "__main__":
    unittest.main()
