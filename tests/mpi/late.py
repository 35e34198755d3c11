#!/usr/bin/env python3
"""Jobs whose ranks come late, or never, and which begin with the others (--start-with).

  late.py EVENKEEL LATE_TRAINER MPIRUN [WORD...]

Four workers, of which the last one is late: in a training program between MPI_Init and its
session, as a trainer that takes long to read what the job is, or as a cluster profile says. It
comes while the others work, which have begun before; or when all is done, and learns so; or it dies
before it comes. A trainer may also never come, or fail when all is done. Every sample is done once,
and mpirun returns 0. With words: only the cases that
have all of them in their names.
"""

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from deaths import Wrong, expect
from named_cases import run_cases

LATE = 4  # the rank
START_WITH = 2
JOB_S = 120  # a job that takes longer hangs

# A step has 20 samples, and takes 2 ms, or 20 ms where it is slow.
SAMPLES = {"comes": 400_000, "after": 2000, "dies": 60_000, "waits": 20_000}
SLOW_SAMPLES = {"comes": 20_000, "after": 1000, "never": 1000, "fails": 1000}
LATE_S = {"comes": 5, "after": 20, "dies": 3, "waits": 3, "never": 5 * JOB_S}

TRAINER = Path(__file__).resolve().parent.parent / "slow_trainer.py"
LATE_TRAINER = """
if [ "$RANK" = "$1" ]; then $2; fi
shift 2
exec "$@"
"""
# It fails once the job is over, of which it has read nothing.
FAILS = """
import os, socket, sys, time
stream = socket.socket(fileno=int(os.environ["EVENKEEL_FD"]))
while b'"finish"' not in stream.recv(1 << 16, socket.MSG_PEEK):
    time.sleep(0.1)
sys.exit(5)
"""
LAST_WORDS = {
    "never": "the job is over, and the trainer is still loading: it is told to end",
    "fails": "the trainer ended with status 5 after the job was over, and took no step; its error "
             "message, if any, is above",
}


class LateJob:
    def __init__(self, options, case):
        self.kind, self.when, self.launcher = case
        self.folder = Path(options.scratch) / "-".join(case)
        self.folder.mkdir()
        samples = (SAMPLES if self.kind == "session" else SLOW_SAMPLES)[self.when]
        self.samples = samples
        (self.folder / "m.csv").write_text(f"path,samples\na.bin,{samples}\n")
        flags = options.mpirun.survival if self.launcher == "surviving" else []
        self.command = options.mpirun.command(self.ranks(), *flags) + self.program(options)
        self.environment = options.mpirun.environment()

    def ranks(self):
        return LATE if self.kind == "trainer" else LATE + 1

    def late_rank(self):
        return LATE - 1 if self.kind == "trainer" else LATE

    def program(self, options):
        late_s = str(LATE_S.get(self.when, 0))
        run = [options.evenkeel, "run", "--manifest", "m.csv", "--quiet", "--step-samples", "20",
               "--report", "report.json", "--spans", "spans.jsonl",
               "--start-with", str(START_WITH)]
        if self.kind == "session":
            where = {"dies": "dies", "waits": "world"}.get(self.when, "session")
            return [options.plain_trainer, "m.csv", "spans.jsonl", "report.json", str(LATE), late_s,
                    where, str(START_WITH)]
        if self.kind == "simulated":
            (self.folder / "cluster.json").write_text(json.dumps({
                "evenkeel_cluster": 1,
                "ranks": [{"count": LATE - 1, "host": "a-%d", "speed": 1000},
                          {"host": "late", "speed": 1000, "starts_at": LATE_S[self.when]}]}))
            return [*run, "--workload", "simulated", "--cluster", "cluster.json"]
        (self.folder / "fails.py").write_text(FAILS)
        delay = f"exec {sys.executable} fails.py" if self.when == "fails" else f"sleep {late_s}"
        return [*run, "--", "sh", "-c", LATE_TRAINER, "sh", str(LATE - 1), delay,
                sys.executable, str(TRAINER), "0.02"]

    def run(self):
        process = subprocess.Popen(self.command, env=self.environment, cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            self.out, self.err = process.communicate(timeout=JOB_S)
        except subprocess.TimeoutExpired:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=30)
            process.kill()
            raise Wrong("has not ended") from None
        self.status = process.returncode

    def check_spans(self):
        spans = sorted(map(json.loads, (self.folder / "spans.jsonl").read_text().splitlines()),
                       key=lambda span: span["begin"])
        end = 0
        for span in spans:
            expect(span["begin"] == end, f"a gap or an overlap at {end}")
            end = span["end"]
        expect(end == self.samples, f"the spans end at {end}")
        first = {}
        for span in spans:
            first[span["rank"]] = min(span["t0"], first.get(span["rank"], span["t0"]))
        return first

    def check(self):
        if self.when == "dies" and self.launcher == "default":
            expect(self.status not in (0, None), f"status {self.status}")
            return
        expect(self.status == 0, f"status {self.status}")
        report = json.loads((self.folder / "report.json").read_text())
        expect(report["complete"], "is not complete")
        expect(report["lost_ranks"] == [], f"lost are {report['lost_ranks']}")
        first = self.check_spans()
        late = next(one for one in report["ranks"] if one["rank"] == self.late_rank())
        if self.when in ("comes", "waits"):
            expect(late["state"] == "finished" and late["samples"] > 0, f"the late one: {late}")
        if self.when == "comes":
            others_s = [at for rank, at in first.items() if rank != self.late_rank()]
            expect(len(others_s) == LATE - 1, f"only {first} have worked")
            expect(max(others_s) + 2 < first[self.late_rank()], f"all begin together: {first}")
        if self.when in ("after", "dies", "never", "fails"):
            expect(late["state"] == "absent" and late["samples"] == 0, f"the late one: {late}")
        if self.when == "after" and self.kind == "session":
            expect("0 files, nothing to do\n" in self.out, "the late one has not been told")
        if self.when in LAST_WORDS:
            line = f"evenkeel: rank {self.late_rank()}: {LAST_WORDS[self.when]}\n"
            expect(self.err.count(line) == 1, "how the late one ends is not told")


def one(options, _number, case):
    job = LateJob(options, case)
    begin = time.monotonic()
    job.run()
    try:
        job.check()
    except (Wrong, OSError, ValueError, StopIteration) as wrong:
        raise Wrong(f"{wrong!r}\n{job.out}\n{job.err}") from None
    return time.monotonic() - begin


def cases():
    for launcher in ("default", "surviving"):
        for when in ("comes", "after", "dies"):
            yield "session", when, launcher
        for when in ("comes", "after"):
            yield "trainer", when, launcher
            yield "simulated", when, launcher
    for when in ("never", "fails"):
        yield "trainer", when, "default"
    yield "session", "waits", "default"  # nothing was made before it was late


if __name__ == "__main__":
    sys.exit(run_cases(cases(), one, streams=3))
