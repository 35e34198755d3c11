#!/usr/bin/env python3
"""Trains a small network on handwritten digits with PyTorch: DistributedDataParallel over gloo.

    scripts/digits-data /tmp/digits
    mpirun --oversubscribe -n 4 evenkeel run --manifest /tmp/digits/digits.json --mode step \\
        --global-batch 128 --epochs 10 -- apps/examples/torch_digits.py --data /tmp/digits \\
        --work 1 --slow 3:4

With any number of ranks it is the same training; with one, it is the reference.
"""

# mypy: allow-untyped-calls
from __future__ import annotations

import argparse
import csv
import json
import os
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import torch
import torch.distributed as dist
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Dataset

import evenkeel
from evenkeel.torch import Replica, StepSampler, steps


Record = List[Tuple[int, List[int]]]


class Digits(Dataset[Any]):
    """Pictures of 8 x 8 pixels, indexed as in the manifest. A sample: pixels, digit, index."""

    def __init__(self, file: Path) -> None:
        with open(file) as lines:
            rows = [[int(number) for number in line] for line in csv.reader(lines)]
        self.pixels = torch.tensor([row[:64] for row in rows], dtype=torch.float64) / 16
        self.digits = torch.tensor([row[64] for row in rows])

    def __len__(self) -> int:
        return len(self.digits)

    def __getitem__(self, index: int) -> Tuple[torch.Tensor, torch.Tensor, int]:
        return self.pixels[index], self.digits[index], index


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of scripts/digits-data")
    parser.add_argument("--loaders", type=int, default=4, help="DataLoader's worker processes")
    parser.add_argument("--prefetch", type=int, default=2, help="batches ahead of each of them")
    parser.add_argument("--rate", type=float, default=0.1, help="the learning rate")
    parser.add_argument("--work", type=float, default=0, metavar="MS",
                        help="milliseconds that every sample takes longer; it sleeps")
    parser.add_argument("--slow", metavar="RANK:FACTOR",
                        help="that rank takes FACTOR times MS, for each sample")
    parser.add_argument("--checkpoints", type=Path, metavar="DIR",
                        help="save the model there; the job's --resume goes on from it")
    parser.add_argument("--checkpoint-every", type=int, default=20, metavar="STEPS")
    parser.add_argument("--parameters", type=Path, help="file for the final parameters")
    parser.add_argument("--record", type=Path, help="file for the samples of every step, as JSON")
    return parser.parse_args()


def seconds_a_sample(options: argparse.Namespace, rank: int) -> float:
    slow_rank, _, factor = (options.slow or "-1:1").partition(":")
    sample_s: float = options.work / 1000
    return sample_s * (float(factor) if int(slow_rank) == rank else 1)


class Checkpoints:
    """Saves model and optimizer on rank 0, and restores them on all ranks."""

    def __init__(self, session: evenkeel.Session, options: argparse.Namespace,
                 model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.session, self.folder = session, options.checkpoints
        self.every = options.checkpoint_every
        self.parts: Dict[str, Any] = {"model": model, "optimizer": optimizer}
        tag = session.job.resumed_tag
        if self.folder is None and tag is None:
            return
        if self.folder is None:
            raise SystemExit(f"the job goes back to checkpoint {tag}; give its --checkpoints")
        if tag is not None:
            saved = torch.load(self.folder / tag)
            session.load_state_dict(saved["session"])
            for name, part in self.parts.items():
                part.load_state_dict(saved[name])
        elif session.job.first_step == 0:
            self.save_after(0)  # so that every step of the run follows a checkpoint
        else:
            raise SystemExit("the run has no checkpoint to go on from; begin another ledger")

    def save_after(self, steps: int) -> None:
        if self.folder is None or self.session.job.rank != 0 or steps % self.every != 0:
            return
        self.session.pause(10)
        self.folder.mkdir(exist_ok=True)
        draft = self.folder / "draft"
        with open(draft, "wb") as file:  # on the disk before the ledger says so
            torch.save({"session": self.session.state_dict(),
                        **{name: part.state_dict() for name, part in self.parts.items()}}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.folder / f"step-{steps}")
        if not self.session.checkpoint(f"step-{steps}").complete:
            print(f"checkpoint step-{steps} is not recorded")


def train(session: evenkeel.Session, model: torch.nn.Module, loader: DataLoader[Any],
          options: argparse.Namespace) -> Record:
    """Returns the number of each step, and this rank's samples of it."""
    replica = Replica(session, model)
    optimizer = torch.optim.SGD(model.parameters(), lr=options.rate, momentum=0.9)
    checkpoints = Checkpoints(session, options, model, optimizer)
    sample_s = seconds_a_sample(options, session.job.rank)
    record = []
    for step, (pixels, digits, indices) in steps(loader):
        time.sleep(sample_s * step.samples)
        optimizer.zero_grad()
        loss = cross_entropy(model(pixels), digits)
        (loss * replica.scale(step)).backward()  # by samples, not by workers
        optimizer.step()
        replica.done(step)
        checkpoints.save_after(step.number + 1)
        record.append((step.number, indices.tolist() if step.samples else []))
    return record


def write_record(record: Record, rank: int, workers: int, file: Path) -> None:
    """Rank 0 writes one line per step: the samples of all workers, sorted."""
    records: Optional[List[Any]] = [None] * workers if rank == 0 else None
    dist.gather_object(record, records)
    if records is None:
        return
    with open(file, "w") as lines:
        for parts in zip(*records):
            samples = sorted(index for _, part in parts for index in part)
            lines.write(json.dumps({"step": parts[0][0], "samples": samples}) + "\n")


def main() -> None:
    options = arguments()
    torch.manual_seed(0)  # the same first parameters on all ranks
    torch.set_num_threads(1)
    data = Digits(options.data / "train.csv")
    with evenkeel.Session() as session:
        job = session.job
        dist.init_process_group("gloo")  # evenkeel has set what it looks for
        net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.Tanh(),
                                  torch.nn.Linear(64, 10)).double()
        ahead = {"prefetch_factor": options.prefetch} if options.loaders else {}
        loader = DataLoader(data, batch_sampler=StepSampler(session), num_workers=options.loaders,
                            **ahead)
        record = train(session, DistributedDataParallel(net), loader, options)
        if options.record:
            write_record(record, job.rank, job.workers, options.record)
        if job.rank == 0 and options.parameters:
            numbers = torch.cat([parameter.flatten() for parameter in net.parameters()]).tolist()
            options.parameters.write_text("".join(f"{number!r}\n" for number in numbers))
        if job.rank == 0:
            loss = cross_entropy(net(data.pixels), data.digits).item()
            print(f"loss {loss:.12f} over the training set after {len(record)} steps")


if __name__ == "__main__":
    main()
