#!/usr/bin/env python3
"""Jobs whose trainers go wrong at random moments, on real processes.

  faults.py EVENKEEL MPIRUN [--runs N] [--seed S]

Every run has to end as it should: in lease mode the others do the work of a trainer that fails, and
all samples are done once; in step mode the job is given up. There is one line that says what
happened, and no process is left behind. The runs that are not late must be most of them.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from mpirun import Mpirun

HERE = Path(__file__).resolve().parent
TRAINER = HERE / "trainer.py"
RANKS = 3
SAMPLES = 18_000
LEASE_FAULTS = ("killed", "stopped", "ends", "naps", "garbage", "closes")
STEP_FAULTS = ("killed", "ends", "garbage", "closes")
WORDS = {
    "killed": "was killed by signal 9",
    "stopped": "is stopped by signal 19",
    "naps": "the trainer goes on",
    "ends": "ended with status 3",
    "garbage": "which is not a JSON object",
    "closes": "closes its descriptor",
}


class Wrong(Exception):
    """A run that did not end as it should."""


def left_behind(token):
    """Processes that have the token in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if token.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            pass  # it has just gone
    return found


def expect(condition, text):
    if not condition:
        raise Wrong(text)


def check_spans(path):
    spans = sorted((json.loads(line) for line in path.read_text().splitlines()),
                   key=lambda span: span["begin"])
    end = 0
    for span in spans:
        expect(span["begin"] == end, f"the spans have a gap or an overlap at {end}")
        end = span["end"]
    expect(end == SAMPLES, f"the spans end at {end}")


def run(options, folder, number, mode, fault, rank, at):
    token = f"EVENKEEL_FAULTS_{os.getpid()}_{number}"
    report, spans = folder / "report.json", folder / "spans.jsonl"
    for path in (report, spans):
        path.unlink(missing_ok=True)
    command = [*options.mpirun.command(RANKS), options.evenkeel, "run", "--manifest",
               str(folder / "manifest.csv"), "--mode", mode, "--quiet",
               "--report", str(report), "--spans", str(spans), "--lease-deadline", "1"]
    if mode == "lease":
        restarts = 3 * ((1 + number // 2 + number // 12) % 2)
        command += ["--step-samples", "20", "--restarts", str(restarts)]
    else:
        command += ["--global-batch", "60", "--no-baseline"]
    command += ["--", sys.executable, str(TRAINER), "--child", "--rank", str(rank),
                "--fault", fault, "--at", f"{at:.3f}"]
    if mode == "step":
        command.append("--meet")
    begin = time.monotonic()
    ended = subprocess.run(command, env={**os.environ, token: "1"}, capture_output=True, text=True,
                           timeout=120, check=False)
    taken_s = time.monotonic() - begin
    outcome = json.loads(report.read_text())
    happened = WORDS[fault] in ended.stderr
    late = not happened or "after its last step" in ended.stderr
    try:
        if late:
            expect(outcome["complete"], "incomplete, though nothing went wrong in time")
        elif mode == "lease":
            expect(outcome["complete"], "the others did not do the work")
            lost = outcome["lost_ranks"]
            is_back = not lost and (fault == "naps" or restarts > 0)
            expect(lost == [rank] or is_back, f"lost are {lost}")
            expect(ended.returncode == 0, f"status {ended.returncode}")
        else:
            expect(not outcome["complete"], "complete, though a trainer was missing")
            expect(ended.returncode == 1, f"status {ended.returncode}")
        if outcome["complete"]:
            check_spans(spans)
        deadline = time.monotonic() + 5
        while left_behind(token) and time.monotonic() < deadline:
            time.sleep(0.05)
        expect(not left_behind(token), f"left behind: {left_behind(token)}")
    except Wrong as wrong:
        raise Wrong(f"{wrong}\n{ended.stdout}\n{ended.stderr}") from None
    return late, taken_s


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("evenkeel")
    parser.add_argument("mpirun", type=Mpirun)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    late_runs, longest_s = 0, 0.0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "manifest.csv").write_text(f"path,samples\ndata.bin,{SAMPLES}\n")
        for number in range(options.runs):
            faults = LEASE_FAULTS if number % 2 == 0 else STEP_FAULTS
            mode = "lease" if number % 2 == 0 else "step"
            fault, rank = faults[number // 2 % len(faults)], draw.randrange(RANKS)
            at = draw.uniform(0.02, 0.6)
            what = f"run {number}: {mode} mode, trainer {rank} {fault} at {at:.3f} s"
            try:
                late, taken_s = run(options, folder, number, mode, fault, rank, at)
            except (Wrong, subprocess.TimeoutExpired) as wrong:
                print(f"{what}: {wrong}", file=sys.stderr)
                return 1
            print(f"{what}{' (too late)' if late else ''}: {taken_s:.1f} s", flush=True)
            late_runs += late
            longest_s = max(longest_s, taken_s)
    print(f"{options.runs} runs ended as they should; {late_runs} faults came too late; "
          f"the longest run took {longest_s:.1f} s")
    return 0 if late_runs * 4 <= options.runs else 1


if __name__ == "__main__":
    sys.exit(main())
