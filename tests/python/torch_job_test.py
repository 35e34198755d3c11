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


# Rank 1 takes four times as long for a sample. There may be a Replica.
TRAINER = """
import sys, time, torch
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
import evenkeel
from evenkeel.torch import Replica, StepSampler, steps
torch.set_num_threads(1)
session = evenkeel.Session()
torch.distributed.init_process_group("gloo")
model = DistributedDataParallel(torch.nn.Linear(1, 1))
if sys.argv[1] == "replica":
    Replica(session, model)
for step, batch in steps(DataLoader(torch.ones(1000, 1), batch_sampler=StepSampler(session))):
    time.sleep(step.samples * (0.012 if session.job.rank == 1 else 0.003))
    model(batch).sum().backward()
    session.done(step)
"""


# Sample 100 cannot be read.
READER = """
import evenkeel
from evenkeel.torch import LeaseDataset, LeaseSampler, steps
from torch.utils.data import DataLoader
def read(step):
    if 100 in step.indices:
        raise OSError("no such picture")
    return step.indices
session = evenkeel.Session()
for step, indices in steps(DataLoader(LeaseDataset(read), sampler=LeaseSampler(session),
                                      batch_size=None, num_workers=2)):
    assert indices == step.indices
    session.done(step)
print("over:", session.complete, flush=True)
"""


class UnreadableSample(unittest.TestCase):
    """A read() that raises in a worker process of the loader."""

    def test_costs_its_step_and_no_trainer(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "manifest.csv").write_text("path,samples\na.bin,400\n")
            (folder / "infer.py").write_text(READER)
            run = subprocess.run(
                [os.environ["EVENKEEL_MPIRUN"], "--oversubscribe", "-n", "3",
                 os.environ["EVENKEEL_PROGRAM"], "run", "--manifest", folder / "manifest.csv",
                 "--step-samples", "10", "--quiet", "--report", folder / "report.json", "--",
                 os.environ["EVENKEEL_PYTHON"], "-W", "ignore", folder / "infer.py"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            report = json.loads((folder / "report.json").read_text())
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertEqual(run.stdout.count("over: False\n"), 3, run.stdout)
        self.assertEqual(sum(rank["samples"] for rank in report["ranks"]), 390)
        self.assertRegex(run.stderr, r"samples 100-109 of .*a\.bin\): OSError: no such picture"
                                     r" \(infer\.py, line 7\)")


class SessionsDone(unittest.TestCase):
    """A trainer under DistributedDataParallel that calls session.done(), never replica.done()."""

    def train(self, *arguments):
        """Returns what was said on standard error, and the report."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "manifest.csv").write_text("path,samples\na.bin,600\n")
            (folder / "train.py").write_text(TRAINER)
            run = subprocess.run(
                [os.environ["EVENKEEL_MPIRUN"], "--oversubscribe", "-n", "2",
                 os.environ["EVENKEEL_PROGRAM"], "run", "--manifest", folder / "manifest.csv",
                 "--mode", "step", "--global-batch", "20", "--no-baseline", "--quiet",
                 "--report", folder / "report.json", "--", os.environ["EVENKEEL_PYTHON"],
                 "-W", "ignore", folder / "train.py", *arguments],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual(run.returncode, 0, run.stderr)
            return run.stderr, json.loads((folder / "report.json").read_text())

    def test_is_balanced_with_a_replica(self):
        said, report = self.train("replica")
        self.assertNotIn("reached", said)
        fast, slow = report["ranks"]
        self.assertEqual((fast["local_time"], slow["local_time"]), ("told", "told"))
        self.assertGreater(fast["samples"], 1.5 * slow["samples"])
        self.assertGreater(fast["uneven_s"], 0)

    def test_without_a_replica_says_what_is_missing(self):
        said, report = self.train("alone")
        self.assertRegex(said, r"(?m)^evenkeel: no rank says where its local work ends, .*"
                               r"session\.reached\(step\), or make a Replica\)$")
        self.assertEqual([rank["samples"] for rank in report["ranks"]], [300, 300])
        self.assertIsNone(report["ratio"])


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
