#!/usr/bin/env python3
"""Random jobs on real processes: something goes wrong at the start, on the way or at the end.

  random_ends.py EVENKEEL PLAIN_TRAINER MPIRUN [--runs N] [--seed S] [--streams K]

In each run ranks have different options; or a rank is stopped, or has left, before the start; or
workers die or stand still on the way; or ranks, guards and trainers are stopped once the report is
written. Each job has to end, with the right report, ledger and last line. At the end it prints how
often each kind happened; in a long run each has to.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from deaths import EPOCHS, JOB_S, RANKS, Job, Wrong, check_spans, expect, own_lines
from ends import LONGEST_S, EndingJob
from mpirun import Mpirun
from starts import StartingJob, hit_and_hold

LONG_RUN = 100  # runs; each kind happens in so many
STATUS_LOST = "status lost by mpirun"
LEDGER = "run.ledger"


def with_ledger(command):
    at = command.index("run") + 1 if "run" in command else None
    return command if at is None else [*command[:at], "--ledger", LEDGER, *command[at:]]


# ---- ranks of different options

# What rank 0's says of it, and how the others' command line differs.
DIFFERENCES = {
    "mode": ("--mode step, on rank 0 lease",
             lambda own: swapped(without(own, "--step-samples"), "lease", "step")),
    "restarts": ("--restarts 7, on rank 0 3", lambda own: inserted(own, "--restarts", "7")),
    "grace": ("--grace 2, on rank 0 0", lambda own: inserted(own, "--grace", "2")),
    "coordinator": ("--coordinator dedicated, on rank 0 shared",
                    lambda own: swapped(own, "shared", "dedicated")),
    "workload": ("--workload read, on rank 0 none, but a trainer",
                 lambda own: [*own[:own.index("--coordinator")], "--workload", "read"]),
    "typing error": ("unknown option '--restart'", lambda own: inserted(own, "--restart", "7")),
}


def without(command, option):
    at = command.index(option)
    return [*command[:at], *command[at + 2:]]


def swapped(command, old, new):
    return [new if word == old else word for word in command]


def inserted(command, *words):
    at = command.index("--manifest")
    return [*command[:at], *words, *command[at:]]


class DisagreeingJob(Job):
    def __init__(self, options, number, change, odd, flags):
        self.change, self.odd = change, odd
        super().__init__(options, "shared", number, flags=flags)

    def program(self, options, kind, mode):
        own = with_ledger(super().program(options, kind, mode))
        other = self.change(own)
        for name, words in (("own", own), ("other", other)):
            (self.folder / f"{name}.json").write_text(json.dumps(words))
        choose = ("import json, os, sys; "
                  "is_other = os.environ['OMPI_COMM_WORLD_RANK'] in sys.argv[1:]; "
                  "words = json.load(open('other.json' if is_other else 'own.json')); "
                  "os.execv(words[0], words)")
        return [sys.executable, "-c", choose, *map(str, self.odd)]


def disagree(options, draw, number, happened):
    what = draw.choice(list(DIFFERENCES))
    complaint, change = DIFFERENCES[what]
    odd = sorted(draw.sample(range(1, RANKS), draw.randint(1, RANKS - 1)))
    survives = draw.random() < 0.3
    happened[f"differ in {what}"] += 1
    job = DisagreeingJob(options, number, change, odd, None if survives else [])
    status = job.end(60)
    says = own_lines(job.err)
    left = {path.name for path in job.folder.iterdir()}
    results = {name for name in left if name.startswith(("spans", "report", LEDGER))}
    ranks = f"evenkeel: rank{'s' if len(odd) > 1 else ''} "
    try:
        expect(status in ((0, 2) if survives else (2,)), f"status {status}")
        expect(len(says) == 1 and says[0].startswith(ranks) and complaint in says[0],
               f"says {says}")
        expect(not results, f"leaves {results}")
    except Wrong as wrong:
        raise Wrong(f"{what} of {odd}: {wrong}\n{job.out}\n{job.err}") from None


# ---- before the start


def start(options, draw, number, happened):
    phase = draw.choice(("before", "within", "reading"))
    fault = draw.choice(("stopped", "leaves") if phase == "before" else ("stopped",))
    case = ("shared", phase, draw.randrange(2), draw.choice(("default", "surviving")), fault)
    happened[f"{fault} {phase} the start"] += 1
    job = StartingJob(options, number, case)
    hit_and_hold(job)
    job.let_go()
    status = job.end(120)
    expect(status not in (0, None), f"{case}: status {status}\n{job.err}")
    expect(any("the job cannot start, and is ended" in line for line in own_lines(job.err)),
           f"{case}\n{job.err}")
    expect(not job.report.exists(), f"{case}: leaves a report")


# ---- on the way: several workers


def on_the_way(options, draw, number, happened):
    kind = draw.choice(("simulated", "shared", "dedicated", "session"))
    victims = {rank: draw.choice(("killed", "naps"))
               for rank in draw.sample(range(1, RANKS), draw.randint(1, RANKS - 2))}
    happened[f"{len(victims)} victims on the way"] += 1
    killed = []
    job = Job(options, kind, number)
    job.await_start()
    for rank, fault in victims.items():
        time.sleep(draw.uniform(0, JOB_S / 2))
        if job.hit(rank, fault):
            happened[f"{fault} on the way"] += 1
            killed += [rank] if fault == "killed" else []
    status = job.end(120)
    if "the job cannot start, and is ended" in job.err:  # this machine is slow
        happened["died while the job started"] += 1
        expect(status != 0 and not job.report.exists(), f"status {status}\n{job.err}")
        # It may name one that naps beside those that were killed.
        named = {int(rank) for line in own_lines(job.err) if "the job cannot start" in line
                 for rank in re.findall(r"\d+", line.partition(" stopped by ")[0])}
        expect(killed and named <= set(victims), f"{victims}, killed {killed}\n{job.err}")
        return
    try:
        outcome = json.loads(job.report.read_text())
        expect(outcome["complete"], "the others did not do the work")
        check_spans(job.spans, EPOCHS)
        expect(set(outcome["lost_ranks"]) <= set(victims), f"lost are {outcome['lost_ranks']}")
        expect(status == 0, f"status {status}")
        verdict = "evenkeel: COMPLETE"
        expect(any(line.startswith(verdict) for line in own_lines(job.err)), "no verdict")
    except (Wrong, OSError) as wrong:
        raise Wrong(f"{kind}, {victims}: {wrong}\n{job.out}\n{job.err}") from None


# ---- at the end


class EndedJob(EndingJob):
    waits = True

    def program(self, options, kind, mode):
        return with_ledger(super().program(options, kind, mode))

    def await_report(self):
        deadline = time.monotonic() + 120
        while not self.report.exists():
            expect(time.monotonic() < deadline and self.process.poll() is None, "no report")
            time.sleep(0.02)

    def stop_one(self, what, rank):
        victim = self.processes.of_rank(rank)
        expect(victim is not None, "no such rank")
        if what in ("guard", "trainer"):
            victim = self.child_of(victim, 1 if what == "guard" else 2)
        os.kill(victim, signal.SIGSTOP)


def at_the_end(options, draw, number, happened):
    kind = draw.choice(("shared", "shared", "dedicated", "session"))
    mode = draw.choice(("lease", "step"))
    survives = mode == "lease" and draw.random() < 0.5
    whats = ("rank",) if kind == "session" else ("rank", "guard", "trainer")
    victims = {}
    for rank in draw.sample(range(RANKS), draw.choice((1, 1, 2, 3))):
        is_coordinator = rank == 0 and kind != "shared"
        victims[rank] = "rank" if is_coordinator else draw.choice(whats)
    launcher = "surviving" if survives else "default"
    job = EndedJob(options, kind, number, mode, epochs=1, flags=None if survives else [])
    name = f"{kind} {mode} {launcher} {victims}"
    job.await_start()
    job.await_report()
    time.sleep(draw.uniform(0, 6))
    for rank, what in victims.items():
        job.stop_one(what, rank)
        happened[f"{'rank 0' if what == 'rank' and rank == 0 else what} stopped, {mode}, "
                 f"{launcher}"] += 1
    happened[f"{'several' if len(victims) > 1 else 'one'} at the end"] += 1
    job.let_go()
    status = job.end(LONGEST_S)
    try:
        outcome = json.loads(job.report.read_text())
        expect(outcome["complete"], "is not complete")
        if kind != "session":
            told = subprocess.run([options.evenkeel, "report", LEDGER], cwd=job.folder,
                                  capture_output=True, text=True, check=False)
            headline = told.stdout.partition("\n")[0]
            expect(" COMPLETE" in headline and "NOT COMPLETE" not in headline,
                   f"the ledger says {told.stdout}{told.stderr}")
        crashed = "(PMIx_server_finalize" in job.err
        if victims.get(0) == "rank" and not survives:
            happened[STATUS_LOST] += status != 0  # as the guide says
        else:
            expect(status == 0 or crashed, f"status {status}")
            # Else it has its usual end, or rank 0 cannot speak.
            is_told = victims.get(0) != "rank" and (survives or "rank" in victims.values())
            expect(not is_told or "evenkeel: COMPLETE" in job.err, "nobody says so")
    except (Wrong, OSError, ValueError) as wrong:
        raise Wrong(f"{name}: {wrong}\nstatus {status}\n{job.out}\n{job.err}") from None


KINDS = (disagree, at_the_end, at_the_end, on_the_way, at_the_end, disagree, at_the_end, start)


def expected_kinds():
    for what in DIFFERENCES:
        yield f"differ in {what}"
    for what in ("rank", "rank 0", "guard", "trainer"):
        for mode, launcher in (("lease", "default"), ("lease", "surviving"), ("step", "default")):
            yield f"{what} stopped, {mode}, {launcher}"
    yield from ("one at the end", "several at the end", "killed on the way", "naps on the way",
                "2 victims on the way", "stopped before the start", "leaves before the start",
                "stopped within the start", "stopped reading the start")


def one(options, number):
    draw = random.Random(f"{options.seed}-{number}")
    kind = KINDS[number % len(KINDS)]
    happened = collections.Counter()
    begin = time.monotonic()
    try:
        kind(options, draw, f"r{number}", happened)
    except Wrong as wrong:
        return happened, f"run {number}: {kind.__name__}: {wrong}"
    print(f"run {number}: {', '.join(happened)}: {time.monotonic() - begin:.1f} s", flush=True)
    return happened, None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("evenkeel", type=os.path.abspath)
    parser.add_argument("plain_trainer", type=os.path.abspath)
    parser.add_argument("mpirun", type=Mpirun)
    parser.add_argument("--runs", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--streams", type=int, default=4)
    options = parser.parse_args()
    happened, faults = collections.Counter(), []
    with (tempfile.TemporaryDirectory() as scratch,
          concurrent.futures.ThreadPoolExecutor(options.streams) as pool):
        options.scratch = scratch
        for counted, fault in pool.map(lambda number: one(options, number), range(options.runs)):
            happened += counted
            if fault:
                faults.append(fault)
                print(fault, file=sys.stderr, flush=True)
    for what in sorted(happened):
        print(f"{happened[what]:5} {what}")
    never = [what for what in expected_kinds() if not happened[what]]
    if options.runs >= LONG_RUN and never:
        faults.append(f"never happened: {', '.join(never)}")
        print(faults[-1], file=sys.stderr)
    if options.runs >= LONG_RUN and happened[STATUS_LOST] * 10 >= options.runs:
        faults.append(f"mpirun loses the status of {happened[STATUS_LOST]} runs")
        print(faults[-1], file=sys.stderr)
    print(f"{options.runs} runs, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
