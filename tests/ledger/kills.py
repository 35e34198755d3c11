#!/usr/bin/env python3
"""Runs with a ledger, on real processes: a random rank is killed or stopped at a random moment.

  kills.py EVENKEEL MPIRUN [--runs N] [--seed S]

A run that did not get to its end goes on with --resume, on another number of ranks, perhaps to be
hit again. In the end the ledger's spans have to tile every epoch, none twice.
"""

import argparse
import contextlib
import itertools
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from mpirun import Mpirun

SAMPLES, EPOCHS = 12_000, 2
SPEED = 5_000  # samples per second of the fastest rank
MOST_JOBS = 8  # of a run


class Wrong(Exception):
    """A run that did not end as it should."""


def expect(condition, text):
    if not condition:
        raise Wrong(text)


def ranks_of(token):
    """The processes of a job, by rank."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it has just gone
        if f"{token}=1".encode() not in environment:
            continue
        for entry in environment:
            if entry.startswith(b"OMPI_COMM_WORLD_RANK="):
                found[int(entry.split(b"=")[1])] = int(folder.name)
    return found


def hit(process_id, number):
    try:
        os.kill(process_id, number)
        return True
    except ProcessLookupError:
        return False


def cluster_of(workers):
    ranks = [{"host": f"h{rank}", "speed": SPEED / (1 + rank % 3)} for rank in range(workers)]
    return json.dumps({"evenkeel_cluster": 1, "ranks": ranks})


class Run:
    """A run in a folder of its own; `draw` decides what happens to it."""

    def __init__(self, options, folder, mode, draw, number):
        self.options, self.folder, self.mode, self.draw = options, folder, mode, draw
        self.token = f"EVENKEEL_KILLS_{os.getpid()}_{number}"
        self.ledger = folder / "run.db"
        self.hits = []
        (folder / "manifest.csv").write_text(f"path,samples\ndata.bin,{SAMPLES}\n")

    def command(self, ranks, recovers):
        cluster = self.folder / "cluster.json"
        cluster.write_text(cluster_of(ranks - 1))
        mpirun = self.options.mpirun
        command = mpirun.command(ranks, *(mpirun.survival if recovers else ()))
        command += [self.options.evenkeel, "run", "--manifest", str(self.folder / "manifest.csv"),
                    "--workload", "simulated", "--cluster", str(cluster), "--mode", self.mode,
                    "--epochs", str(EPOCHS), "--quiet", "--ledger", str(self.ledger), "--resume",
                    "--lease-deadline", "1"]
        if self.mode == "step":
            command += ["--global-batch", "100", "--no-baseline"]
        return command

    def job(self, ranks, is_hit):
        """One job of the run, until it ends; whether the run is complete then."""
        recovers = self.mode == "lease" and self.draw.random() < 0.5
        process = subprocess.Popen(
            self.command(ranks, recovers), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env=self.options.mpirun.environment(**{self.token: "1"}))
        try:
            if is_hit:
                self.hit_one(ranks, recovers)
            out, _, _ = self.options.mpirun.communicate(process, 100)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            raise Wrong(f"the job does not end\n{out}") from None
        finally:
            for process_id in ranks_of(self.token).values():
                hit(process_id, signal.SIGKILL)
        return self.is_complete(out)

    def jobs_begun(self):
        if not self.ledger.exists():
            return 0  # looking would make it
        try:
            with contextlib.closing(sqlite3.connect(self.ledger)) as ledger:
                return ledger.execute("SELECT count(*) FROM incarnation").fetchone()[0]
        except sqlite3.Error:
            return 0

    def hit_one(self, ranks, recovers):
        begin, begun = time.monotonic(), self.jobs_begun()
        while len(ranks_of(self.token)) < ranks and time.monotonic() - begin < 20:
            time.sleep(0.01)
        while recovers and self.jobs_begun() == begun and time.monotonic() - begin < 20:
            time.sleep(0.01)  # a death before the start is not survived
        time.sleep(self.draw.uniform(0, 2.0))
        rank = 0 if self.draw.random() < 0.3 else self.draw.randrange(1, ranks)
        victim = ranks_of(self.token).get(rank)
        kills = self.draw.random() < 0.6
        if victim is None or not hit(victim, signal.SIGKILL if kills else signal.SIGSTOP):
            return  # it was over
        self.hits.append(("killed" if kills else "stopped", rank == 0, recovers))
        if not kills:
            time.sleep(self.draw.uniform(0.5, 3))
            hit(victim, signal.SIGCONT)
        elif rank == 0 and recovers:  # nobody tells the others: they would wait for a minute
            for process_id in ranks_of(self.token).values():
                hit(process_id, signal.SIGTERM)

    def is_complete(self, out):
        if not self.ledger.exists():
            return False  # hit before it began
        try:
            with contextlib.closing(sqlite3.connect(self.ledger)) as ledger:
                state = ledger.execute(
                    "SELECT state FROM incarnation ORDER BY number DESC LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise Wrong(f"the ledger: {error}\n{out}") from None
        return state is not None and state[0] == "complete"

    def check(self):
        ledger = sqlite3.connect(self.ledger)
        spans = ledger.execute(
            "SELECT epoch, begin, end FROM spans ORDER BY epoch, begin").fetchall()
        by_epoch = {epoch: list(group) for epoch, group in itertools.groupby(spans, lambda s: s[0])}
        expect(sorted(by_epoch) == list(range(EPOCHS)), f"there are spans of {sorted(by_epoch)}")
        for epoch, own in by_epoch.items():
            end = 0
            for _, begin, next_end in own:
                expect(begin == end, f"epoch {epoch} has a gap or an overlap at {end}")
                end = next_end
            expect(end == SAMPLES, f"epoch {epoch} ends at {end}")

    def go(self):
        for number in range(MOST_JOBS):
            is_hit = number == 0 or (number < 4 and self.draw.random() < 0.3)
            if self.job(self.draw.randint(2, 5), is_hit):
                self.check()
                return number + 1
        raise Wrong(f"not complete after {MOST_JOBS} jobs")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("evenkeel")
    parser.add_argument("mpirun", type=Mpirun)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    hits, jobs = [], 0
    for number in range(options.runs):
        draw = random.Random(f"{options.seed}/{number}")
        mode = ("lease", "step")[number % 2]
        with tempfile.TemporaryDirectory() as scratch:
            run = Run(options, Path(scratch), mode, draw, number)
            try:
                run_jobs = run.go()
            except Wrong as wrong:
                print(f"run {number}, {mode} mode, {run.hits}: {wrong}", file=sys.stderr)
                return 1
        print(f"run {number}, {mode} mode: {run_jobs} jobs, {run.hits}", flush=True)
        hits += run.hits
        jobs += run_jobs
    killed_zero = sum(kind == "killed" and is_zero for kind, is_zero, _ in hits)
    stopped = sum(kind == "stopped" for kind, _, _ in hits)
    print(f"{options.runs} runs in {jobs} jobs are done exactly once; {len(hits)} ranks were hit: "
          f"{stopped} stopped, {len(hits) - stopped} killed, {killed_zero} of them rank 0")
    return 0 if 2 * len(hits) >= options.runs else 1  # else too many came too late


if __name__ == "__main__":
    sys.exit(main())
