#!/usr/bin/env python3
"""Jobs whose ranks come late, or never, and which begin with the others (--start-with).

  late.py EVENKEEL LATE_TRAINER MPIRUN [WORD...]

Four workers, of which the last one is late: in a training program between MPI_Init and its
session, as a trainer that takes long to read what the job is, or as a cluster profile says. It
comes while the others work, which have begun before; or when all is done, and learns so; or it dies
before it comes. Every sample is done once, and mpirun returns 0. With words: only the cases that
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

# A step has 20 samples, and takes 2 ms, or 20 ms where it is slow.
SAMPLES = {"comes": 400_000, "after": 2000, "dies": 60_000, "waits": 20_000}
SLOW_SAMPLES = {"comes": 20_000, "after": 1000}
LATE_S = {"comes": 5, "after": 20, "dies": 3, "waits": 3}

TRAINER = Path(__file__).resolve().parent.parent / "slow_trainer.py"
LATE_TRAINER = """
if [ "$RANK" = "$1" ]; then sleep "$2"; fi
shift 2
exec "$@"
"""


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
        late_s = str(LATE_S[self.when])
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
        return [*run, "--", "sh", "-c", LATE_TRAINER, "sh", str(LATE - 1), late_s,
                sys.executable, str(TRAINER), "0.02"]

    def run(self):
        process = subprocess.Popen(self.command, env=self.environment, cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            self.out, self.err = process.communicate(timeout=120)
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
        if self.when in ("after", "dies"):
            expect(late["state"] == "absent" and late["samples"] == 0, f"the late one: {late}")
        if self.when == "after" and self.kind == "session":
            expect("0 files, nothing to do\n" in self.out, "the late one has not been told")


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
    yield "session", "waits", "default"  # nothing was made before it was late


if __name__ == "__main__":
    sys.exit(run_cases(cases(), one, streams=3))
