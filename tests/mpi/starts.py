#!/usr/bin/env python3
"""Jobs in which a rank is stopped, or dies, before the job has started: each has to end.

  starts.py EVENKEEL PLAIN_TRAINER MPIRUN [WORD...]

The rank is hit before MPI_Init; within it, where the others wait for one that comes late; or after
it, while rank 0 reads the manifest. One line says which rank it is, mpirun returns another status
than 0, and nothing is left. A rank that goes on in time, and a job that is suspended as a whole, do
their work. With words: only the cases that have all of them in their names.
"""

import contextlib
import errno
import itertools
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from deaths import RANKS, Job, Wrong, expect, own_lines
from named_cases import run_cases

LATE = 3  # the rank that comes late to MPI_Init
PATIENCE_S = 30
HITS = {"before": "kill -STOP $$", "leaves": "exit 0", "dies": "kill -KILL $$"}

# "$1" is the victim; what it does comes in between.
SCRIPT = """
if [ "$OMPI_COMM_WORLD_RANK" = "$1" ]; then %s; fi
if [ "$OMPI_COMM_WORLD_RANK" = "$2" ]; then while [ ! -e go ]; do sleep 0.1; done; fi
shift 2
exec "$@"
"""


class StartingJob(Job):
    """One that is held at its start."""

    def __init__(self, options, number, case):
        kind, self.phase, self.victim, launcher, self.fault = case
        flags = None if launcher == "surviving" else []
        super().__init__(options, kind, number, deadline_s=60, epochs=1, flags=flags)

    def program(self, options, kind, mode):
        command = super().program(options, kind, mode)
        if self.phase == "reading":
            self.manifest = self.folder / "manifest.csv"
            self.rows = self.manifest.read_text()
            self.manifest.unlink()
            os.mkfifo(self.manifest)
        hit = HITS.get(self.fault, HITS["before"]) if self.phase == "before" else ":"
        late = str(LATE) if self.phase == "within" else "none"
        return ["sh", "-c", SCRIPT % hit, "sh", str(self.victim), late, *command]

    def await_phase(self):
        deadline = time.monotonic() + 60
        while any(self.processes.of_rank(rank) is None for rank in range(RANKS)):
            expect(time.monotonic() < deadline and self.process.poll() is None, "has not begun")
            time.sleep(0.05)
        if self.phase == "within":
            time.sleep(3)
        while self.phase == "reading":
            try:
                self.pipe = os.open(self.manifest, os.O_WRONLY | os.O_NONBLOCK)
                return
            except OSError as fault:
                expect(fault.errno == errno.ENXIO and time.monotonic() < deadline, "does not read")
                time.sleep(0.05)

    def let_go(self):
        if self.phase == "within":
            (self.folder / "go").touch()
        if self.phase == "reading":
            with contextlib.suppress(BrokenPipeError):  # nobody reads it any more
                with os.fdopen(self.pipe, "w") as pipe:
                    pipe.write(self.rows)

    def signal(self, ranks, number):
        for pid in [self.processes.of_rank(rank) for rank in ranks]:
            expect(pid is not None, "no such rank")
            os.kill(pid, number)


def hit_and_hold(job):
    """What happens until the start may go on."""
    if job.phase == "before":
        return
    job.await_phase()
    if job.fault == "dies":
        job.signal([job.victim], signal.SIGKILL)
        return
    stopped = range(RANKS) if job.fault == "suspended" else [job.victim]
    job.signal(stopped, signal.SIGSTOP)
    if job.fault in ("suspended", "goes-on"):
        time.sleep(PATIENCE_S + 15 if job.fault == "suspended" else PATIENCE_S // 2)
        job.signal(stopped, signal.SIGCONT)


def one(options, number, case):
    job = StartingJob(options, number, case)
    begin = time.monotonic()
    try:
        hit_and_hold(job)
        job.let_go()
        status = job.end(120)
        says = own_lines(job.err)
        try:
            if job.fault in ("suspended", "goes-on"):
                expect(status == 0 and json.loads(job.report.read_text())["complete"],
                       f"status {status}")
                return time.monotonic() - begin
            expect(not job.report.exists(), "leaves a report")
            if job.fault == "dies" and options.mpirun.major >= 5:
                return time.monotonic() - begin  # MPI tells of it itself, and mpirun returns 0
            what = r"is stopped by a signal \(process \d+\)"
            if job.fault in ("dies", "leaves"):
                what = "has ended"
            line = f"evenkeel: rank {job.victim} {what}: the job cannot start, and is ended"
            expect(status not in (0, None), f"status {status}")
            # Rank 0 may have said before whom it misses.
            says = [one for one in says if f"no sign of rank {job.victim} yet" not in one]
            expect(len(says) == 1 and re.fullmatch(line, says[0]), f"says {says}")
        except (Wrong, OSError, ValueError) as wrong:
            raise Wrong(f"{wrong}\n{job.out}\n{job.err}") from None
    finally:
        job.processes.kill()
    return time.monotonic() - begin


def cases():
    everything = itertools.product(
        ("shared", "simulated", "session"), ("before", "within", "reading"), (0, 1),
        ("default", "surviving"), ("stopped", "dies", "leaves", "goes-on", "suspended"))
    for case in everything:
        kind, phase, victim, launcher, fault = case
        if kind == "session" and phase != "reading":
            continue  # MPI_Init is the program's own matter
        if kind == "simulated" and not (phase == "reading" and fault == "stopped"):
            continue  # as with trainers
        if fault == "leaves" and phase != "before":
            continue
        if fault == "dies" and launcher == "default":
            continue  # mpirun ends the job
        if fault in ("goes-on", "suspended") and (phase != "reading" or launcher != "default"):
            continue
        if fault == "suspended" and victim != 0:
            continue
        yield case


if __name__ == "__main__":
    sys.exit(run_cases(cases(), one, streams=20))
