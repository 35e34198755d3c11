#!/usr/bin/env python3
"""A training that is killed anywhere, and resumed on other workers, is the same training.

  killed_training.py MPIRUN DIGITS DATA [--runs N] [--seed S]
  killed_training.py MPIRUN EVENKEEL DATA --torch TRAINER [--runs N] [--seed S]
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from mpirun import Mpirun

SAME = 1e-9  # relative
START_S = 0.7  # of mpirun and its ranks


class Wrong(Exception):
    """A training that was not the same."""


class Training:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.parameters = folder / "parameters"

    def command(self, workers, *more):
        data = str(self.options.data)
        if self.options.torch:
            return [*self.options.mpirun.command(workers), self.options.program,
                    "run", "--manifest", f"{data}/digits.json", "--mode",
                    "step", "--global-batch", "128", "--epochs", "3", "--quiet", *more, "--",
                    sys.executable, self.options.torch, "--data", data, "--loaders", "0",
                    "--checkpoints", str(self.folder / "models"), "--checkpoint-every", "5",
                    "--work", "0.2", "--parameters", str(self.parameters)]
        return [*self.options.mpirun.command(workers + 1), self.options.program,
                "--data", data, "--quiet", "--epochs", "12", "--work", "60",
                "--parameters", str(self.parameters), *more]

    def of_ledger(self, workers):
        more = ["--ledger", str(self.folder / "run.db"), "--resume"]
        if not self.options.torch:
            more += ["--checkpoint-every", "5", "--checkpoints", str(self.folder / "models")]
        return self.command(workers, *more)

    def result(self):
        return [float(line) for line in self.parameters.read_text().split()]


def run(command, kill_after_s=None):
    """Whether it got to its end."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               start_new_session=True)
    try:
        out, _ = process.communicate(timeout=kill_after_s or 100)
    except subprocess.TimeoutExpired:
        process.kill()  # mpirun; its ranks notice
        process.communicate()
        if kill_after_s is None:
            raise Wrong("the job does not end") from None
        return False
    if process.returncode != 0:
        raise Wrong(f"status {process.returncode}\n{out}")
    return True


def wait_until_free(ledger):
    lock = Path(f"{ledger}.lock")
    if lock.exists():
        subprocess.run(["flock", str(lock), "true"], timeout=60, check=True)


def check(options, folder, draw, reference, undisturbed_s):
    training = Training(options, folder)
    training.parameters.unlink(missing_ok=True)
    kills = 0
    while True:
        workers = draw.randint(1, 4)
        # Somewhere between its first step and its last, as far as that can be foreseen.
        at_s = START_S + draw.uniform(0.1, 0.8) * (undisturbed_s - START_S) / workers
        if run(training.of_ledger(workers), at_s if kills < 3 else None):
            break
        kills += 1
        wait_until_free(folder / "run.db")
    own = training.result()
    largest = max(abs(number) for number in reference)
    difference = max(abs(a - b) for a, b in zip(own, reference, strict=True)) / largest
    if difference > SAME:
        raise Wrong(f"after {kills} kills the parameters differ by {difference:.3g}")
    return kills, difference


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mpirun", type=Mpirun)
    parser.add_argument("program")
    parser.add_argument("data", type=Path)
    parser.add_argument("--torch")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.update(options.mpirun.environment())
    draw = random.Random(options.seed)
    all_kills = 0
    try:
        with tempfile.TemporaryDirectory() as scratch:
            undisturbed = Training(options, Path(scratch))
            begin = time.monotonic()
            run(undisturbed.command(1))
            undisturbed_s = time.monotonic() - begin
            print(f"undisturbed: {undisturbed_s:.1f} s", flush=True)
            reference = undisturbed.result()
        for number in range(options.runs):
            with tempfile.TemporaryDirectory() as scratch:
                kills, difference = check(options, Path(scratch), draw, reference,
                                          undisturbed_s)
            print(f"run {number}: killed {kills} times, the parameters differ by {difference:.2g}",
                  flush=True)
            all_kills += kills
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0 if all_kills >= options.runs else 1  # else they came too late


if __name__ == "__main__":
    sys.exit(main())
