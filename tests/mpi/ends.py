#!/usr/bin/env python3
"""Jobs in which a process is stopped for good, before or after all work is done: each has to end.

  ends.py EVENKEEL PLAIN_TRAINER MPIRUN [WORD...]

The process is a rank, rank 0, a trainer or a trainer's guard, in either mode, and with mpirun's
option to survive deaths or without. The report and the last line have to be right, and so has
mpirun's status. With words: only the cases that have all of them in their names.
"""

import itertools
import json
import os
import signal
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))
from deaths import RANKS, SAMPLES, Job, Wrong, expect, own_lines
from named_cases import run_cases

VICTIM = 2  # the rank, or that whose trainer or guard is hit
LONGEST_S = 200  # step mode waits a minute before it gives a job up

TRAINER = [sys.executable, str(TESTS / "slow_trainer.py"), "0.003"]


class EndingJob(Job):
    """One whose ranks wait at their end, before MPI_Finalize, until let go."""

    waits = False

    def await_start(self):
        """Who is stopped before all have begun keeps the others at the start."""
        super().await_start()
        deadline = time.monotonic() + 60
        while len(list(self.folder.glob("begun-*"))) < self.trainers:
            expect(time.monotonic() < deadline and self.process.poll() is None, "has not begun")
            time.sleep(0.01)
        if self.trainers == 0:
            time.sleep(1)

    def program(self, options, kind, mode):
        self.trainers = {"shared": RANKS, "dedicated": RANKS - 1, "session": 0}[kind]
        command = super().program(options, kind, mode)
        if kind == "session":
            return command + (["go"] if self.waits else [])
        return command[:command.index("--")] + ["--", *TRAINER] + (["go"] if self.waits else [])

    def let_go(self):
        (self.folder / "go").touch()

    def await_report(self):
        deadline = time.monotonic() + 120
        while not self.report.exists():
            expect(time.monotonic() < deadline and self.process.poll() is None, "no report")
            time.sleep(0.02)
        time.sleep(6)  # until the other ranks know it, too

    def child_of(self, parent, depth=1):
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                return int(folder.name) if depth == 1 else self.child_of(int(folder.name))
        raise Wrong(f"{parent} has no child")

    def stop(self, victim):
        rank = self.processes.of_rank(0 if victim == "rank-0" else VICTIM)
        expect(rank is not None, "no such rank")
        if victim in ("guard", "trainer"):
            rank = self.child_of(rank, 1 if victim == "guard" else 2)
        os.kill(rank, signal.SIGSTOP)


def expected(case, survives):
    """Whether the report is complete, the lost ranks, and mpirun's status; None: any but 0."""
    kind, mode, victim, when, _ = case
    if when == "after" or victim == "guard":
        return True, [], 0
    if victim == "rank-0":
        return None, None, 0 if survives else None if kind == "session" else 1
    if mode == "step":
        return False, None, None if kind == "session" else 1
    return True, [VICTIM], 0


def one(options, number, case):
    """Returns how long it took."""
    kind, mode, victim, when, launcher = case
    survives = launcher == "surviving"
    kind_of_job = type("Waiting", (EndingJob,), {"waits": when == "after"})
    job = kind_of_job(options, kind, number, mode, epochs=2 if when == "before" else 1,
                      flags=None if survives else [])
    begin = time.monotonic()
    try:
        job.await_start()
        if when == "after":
            job.await_report()
        job.stop(victim)
        job.let_go()
        status = job.end(LONGEST_S)
        complete, lost, wanted = expected(case, survives)
        try:
            # mpirun of Open MPI 4.1 may crash after all its ranks.
            if "(PMIx_server_finalize" not in job.err:
                expect(status == wanted or (wanted is None and status != 0), f"status {status}")
            if complete is not None:
                outcome = json.loads(job.report.read_text())
                expect(outcome["complete"] == complete, f"complete: {not complete}")
                expect(lost in (None, outcome["lost_ranks"]), f"lost are {outcome['lost_ranks']}")
            if case[2:] == ("rank-0", "after", "default"):  # it is woken, and ends normally
                expect("the job is ended" not in job.err, "another rank ends the job")
            if complete and victim != "rank-0" and (survives or victim == "rank"):
                verdict = "evenkeel: COMPLETE" + (f"   lost: rank {VICTIM}" if lost else "")
                expect(verdict in own_lines(job.err), f"nobody says {verdict}")
        except (Wrong, OSError, ValueError) as wrong:
            raise Wrong(f"{wrong}\nstatus {status}\n{job.out}\n{job.err}") from None
    finally:
        job.processes.kill()
    return time.monotonic() - begin


def cases():
    everything = itertools.product(("shared", "dedicated", "session"), ("lease", "step"),
                                   ("rank", "rank-0", "guard", "trainer"), ("before", "after"),
                                   ("default", "surviving"))
    for case in everything:
        kind, mode, victim, _, launcher = case
        if mode == "step" and launcher == "surviving":
            continue  # is refused
        if kind == "session" and victim in ("guard", "trainer"):
            continue  # has none
        if kind == "dedicated" and victim != "rank-0":
            continue  # as in a shared one
        yield case


if __name__ == "__main__":
    sys.exit(run_cases(cases(), one, streams=8))
