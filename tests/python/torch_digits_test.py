"""The example trainer: the same training on one rank, and on three of which one is slow."""

import csv
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from fake_agent import FakeAgent
from torch_case import TorchTest, parts_of

EXAMPLE = Path(__file__).resolve().parents[2] / "apps/examples/torch_digits.py"
SAMPLES = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class TorchDigits(TorchTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        drawn = random.Random(1)
        with open(self.folder / "train.csv", "w", newline="") as file:
            csv.writer(file).writerows(
                [drawn.randint(0, 16) for _ in range(64)] + [drawn.randint(0, 9)]
                for _ in range(SAMPLES))
        order = drawn.sample(range(SAMPLES), SAMPLES)
        self.batches = [order[begin:begin + 24] for begin in range(0, SAMPLES, 24)]

    def train(self, shares, *options):
        """Runs the example as evenkeel would; returns the final loss and the samples by step."""
        workers = len(shares[0])
        agents = [FakeAgent(lines, job={"rank": rank, "workers": workers, "min_batch": 0})
                  for rank, lines in enumerate(parts_of(self.batches, shares))]
        record = self.folder / "record.jsonl"
        port = str(free_port())
        trainers = []
        for rank, agent in enumerate(agents):
            descriptor = agent.trainer.fileno()
            trainers.append(subprocess.Popen(
                [sys.executable, "-W", "ignore", EXAMPLE, "--data", self.folder, "--record", record,
                 *options], pass_fds=[descriptor], stdout=subprocess.PIPE, text=True,
                env={**os.environ, "EVENKEEL_FD": str(descriptor), "RANK": str(rank),
                     "WORLD_SIZE": str(workers), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port,
                     "USE_LIBUV": "0"}))
            agent.start()
        for agent in agents:
            agent.end()
            self.assertEqual(agent.faults, [])
        said = [trainer.communicate()[0] for trainer in trainers]
        self.assertEqual([trainer.returncode for trainer in trainers], [0] * workers)
        self.assertEqual(said[1:], [""] * (workers - 1))
        return (float(re.search(r"loss (\S+)", said[0])[1]),
                [json.loads(line) for line in record.read_text().splitlines()])

    def test_is_the_same_training_on_any_ranks(self):
        whole = [(24,)] * 5
        expected = [{"step": step, "samples": sorted(batch)}
                    for step, batch in enumerate(self.batches)]
        loss, record = self.train(whole, "--loaders", "0")
        self.assertEqual(record, expected)
        shares = [(8, 8, 8), (10, 10, 4), (12, 12, 0), (11, 11, 2), (0, 20, 4)]
        loss_of_three, record = self.train(shares, "--loaders", "4", "--prefetch", "2",
                                           "--work", "1", "--slow", "2:4")
        self.assertEqual(record, expected)
        self.assertLess(abs(loss - loss_of_three), 1e-9)
        other_loss, _ = self.train([(24,)] * 4 + [(12,)], "--loaders", "0")
        self.assertGreater(abs(loss - other_loss), 1e-6)  # another training ends elsewhere


if __name__ == "__main__":
    unittest.main()
