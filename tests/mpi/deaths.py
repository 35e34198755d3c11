#!/usr/bin/env python3
"""Jobs whose ranks die or freeze at random moments, on real processes.

  deaths.py EVENKEEL PLAIN_TRAINER MPIRUN [--runs N] [--seed S]
  deaths.py EVENKEEL PLAIN_TRAINER MPIRUN --rank-0

With Open MPI 5, MPI tells of deaths: then nobody waits for a deadline, which is a minute.
In every run one worker is killed, or stopped for good or for a while, at some moment after the
start. The others have to do all samples once, the report and the last line have to say so, mpirun
has to end, and no process may be left behind; but nobody is left to end a worker that is stopped
when all others have already been told to end. With --rank-0 it is rank 0 that is killed: the others
have to notice within little more than a minute, and to end.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from mpirun import Mpirun

TRAINER = Path(__file__).resolve().parent.parent / "agent" / "trainer.py"
RANKS = 4
SAMPLES = 24_000
EPOCHS = 2
JOB_S = 2.5  # a job takes about so long
DEADLINE_S = 1
KINDS = ("simulated", "read", "shared", "dedicated", "session")
FAULTS = ("killed", "killed", "stopped", "naps")


class Wrong(Exception):
    """A run that did not end as it should."""


def expect(condition, text):
    if not condition:
        raise Wrong(text)


class Processes:
    """Those that have a token in their environment."""

    def __init__(self, token):
        self.token = token.encode() + b"=1"

    def environments(self):
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes().split(b"\0")
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue  # it has just gone
            if self.token in environment and state != "Z":
                yield int(folder.name), environment

    def of_rank(self, rank):
        """The rank itself, or None; trainers and their guards do not know Open MPI's variables."""
        name = b"OMPI_COMM_WORLD_RANK=%d" % rank
        return next((pid for pid, environment in self.environments() if name in environment), None)

    def left(self):
        return [pid for pid, _ in self.environments()]

    def kill(self):
        for pid in self.left():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


class Job:
    def __init__(self, options, kind, number, mode="lease", deadline_s=DEADLINE_S, epochs=EPOCHS,
                 flags=None):
        self.deadline_s, self.epochs = deadline_s, epochs
        self.folder = Path(tempfile.mkdtemp(dir=options.scratch))
        self.spans, self.report = self.folder / "spans.jsonl", self.folder / "report.json"
        token = f"EVENKEEL_DEATHS_{os.getpid()}_{number}"
        self.processes = Processes(token)
        command = options.mpirun.command(
            RANKS, *(options.mpirun.survival if flags is None else flags))
        command += self.program(options, kind, mode)
        self.process = subprocess.Popen(
            command, env=options.mpirun.environment(**{token: "1"}), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, cwd=self.folder)

    def program(self, options, kind, mode):
        manifest = self.folder / "manifest.csv"
        files = [self.folder / f"part-{i}.bin" for i in range(4)]
        each = SAMPLES // len(files)
        # A step that reads has to take a while.
        size = 250 * 1024 * 1024 if kind == "read" else 0
        rows = [f"{file.name},{each},{size}\n" for file in files]
        manifest.write_text("path,samples,bytes\n" + "".join(rows))
        if size:
            for file in files:
                with file.open("wb") as holes:
                    holes.truncate(size)
        if kind == "session":
            return [options.plain_trainer, manifest.name, self.spans.name, self.report.name,
                    str(self.deadline_s), mode, str(self.epochs)]
        command = [options.evenkeel, "run", "--manifest", manifest.name, "--mode", mode, "--quiet",
                   "--epochs", str(self.epochs), "--report", self.report.name,
                   "--spans", self.spans.name, "--lease-deadline", str(self.deadline_s)]
        if mode == "lease":
            command += ["--step-samples", "20"]
        if kind == "read":
            return [*command, "--workload", "read"]
        if kind == "simulated":
            (self.folder / "cluster.json").write_text(json.dumps({
                "evenkeel_cluster": 1,
                "ranks": [{"count": RANKS - 1, "host": "a-%d", "speed": 8000, "noise": 0.1}]}))
            return [*command, "--workload", "simulated", "--cluster", "cluster.json"]
        return [*command, "--coordinator", kind, "--", sys.executable, str(TRAINER), "--child",
                "--step-s", "0.003"]

    def await_start(self):
        """Rank 0 opens the files of its results just before the start."""
        deadline = time.monotonic() + 60
        while not any(self.folder.glob("spans*")):
            expect(time.monotonic() < deadline and self.process.poll() is None, "has not begun")
            time.sleep(0.005)
        time.sleep(0.5)

    def hit(self, rank, fault):
        """Whether there was somebody to be hit."""
        victim = self.processes.of_rank(rank)
        if victim is None:
            return False
        try:
            os.kill(victim, signal.SIGKILL if fault == "killed" else signal.SIGSTOP)
        except ProcessLookupError:
            return False
        if fault == "naps":
            time.sleep(2 * DEADLINE_S)
            try:
                os.kill(victim, signal.SIGCONT)
            except ProcessLookupError:
                pass  # the others have ended it
        return True

    def wake_the_last(self, rank):
        """Whether a stopped rank has been alone for long; it then goes on."""
        begin = alone_since = time.monotonic()
        while self.process.poll() is None and time.monotonic() - begin < 60:
            ranks = {other: self.processes.of_rank(other) for other in range(RANKS)}
            if ranks[rank] is None:
                return False
            if any(pid for other, pid in ranks.items() if other != rank):
                alone_since = time.monotonic()
            if time.monotonic() - alone_since > 3:
                os.kill(ranks[rank], signal.SIGCONT)
                return True
            time.sleep(0.2)
        return False

    def end(self, within_s):
        """Returns its status; what it said on standard error is kept."""
        try:
            self.out, self.err = self.process.communicate(timeout=within_s)
        except subprocess.TimeoutExpired:
            what = subprocess.run(["ps", "-o", "pid,ppid,stat,wchan:20,args", "-p",
                                   ",".join(map(str, self.processes.left()))],
                                  capture_output=True, text=True, check=False).stdout
            self.processes.kill()
            self.out, self.err = self.process.communicate(timeout=60)
            raise Wrong(f"has not ended:\n{what}\n{self.out}{self.err}") from None
        deadline = time.monotonic() + 5
        while self.processes.left() and time.monotonic() < deadline:
            time.sleep(0.05)
        left = self.processes.left()
        self.processes.kill()
        expect(not left, f"left behind: {left}")
        return self.process.returncode


def check_spans(path, epochs):
    spans = sorted((json.loads(line) for line in path.read_text().splitlines()),
                   key=lambda span: (span["epoch"], span["begin"]))
    epoch, end = 0, 0
    for span in spans:
        if end == SAMPLES:
            epoch, end = epoch + 1, 0
        expect((span["epoch"], span["begin"]) == (epoch, end),
               f"the spans have a gap or an overlap at {end} of epoch {epoch}")
        end = span["end"]
    expect((epoch, end) == (epochs - 1, SAMPLES), f"the spans end at {end} of epoch {epoch}")


def own_lines(text):
    """What evenkeel has said; mpirun has words of its own."""
    return [line for line in text.splitlines() if line.startswith("evenkeel: ")]


def one_death(options, number, kind, fault, rank, at):
    """Whether it came too late to matter."""
    is_told = fault == "killed" and options.mpirun.tells_of_deaths
    job = Job(options, kind, number, deadline_s=60 if is_told else DEADLINE_S)
    job.await_start()
    time.sleep(at)
    was_hit = job.hit(rank, fault)
    was_alone = was_hit and fault == "stopped" and job.wake_the_last(rank)
    status = job.end(30 if is_told else 90)
    try:
        outcome = json.loads(job.report.read_text())
        lost = outcome["lost_ranks"]
        expect(outcome["complete"], "the others did not do the work")
        check_spans(job.spans, EPOCHS)
        expect(lost in ([], [rank]) if was_hit else lost == [], f"lost are {lost}")
        expect(status == 0, f"status {status}")
        expect(not (lost and was_alone), "nobody has ended the stopped rank")
        says = own_lines(job.err)
        verdict = "evenkeel: COMPLETE"
        if lost:
            verdict += f"   lost: rank {rank}"
        expect(says and says[-1] == verdict, f"the last line is {says[-1:]}, not {verdict}")
    except (Wrong, OSError) as wrong:
        raise Wrong(f"{wrong}\nlost {rank}, status {status}\n{job.out}\n{job.err}") from None
    return not was_hit or (not lost and fault != "naps")


def many_deaths(options):
    draw = random.Random(options.seed)
    late_runs, longest_s, lost_runs = 0, 0.0, 0
    for number in range(options.runs):
        kind, fault = KINDS[number % len(KINDS)], draw.choice(FAULTS)
        rank, at = draw.randrange(1, RANKS), draw.uniform(0, JOB_S)
        what = f"run {number}: {kind}, rank {rank} {fault} at {at:.3f} s"
        begin = time.monotonic()
        try:
            late = one_death(options, number, kind, fault, rank, at)
        except Wrong as wrong:
            print(f"{what}: {wrong}", file=sys.stderr)
            return 1
        taken_s = time.monotonic() - begin
        print(f"{what}{' (too late)' if late else ''}: {taken_s:.1f} s", flush=True)
        late_runs += late
        longest_s = max(longest_s, taken_s)
    print(f"{options.runs} runs ended as they should; {late_runs} faults came too late; "
          f"the longest run took {longest_s:.1f} s")
    return 0 if late_runs * 2 <= options.runs else 1


def rank_0_dies(options, number, kind):
    # However fast this machine reads, that lasts until rank 0 is killed; others sleep for long.
    job = Job(options, kind, number, epochs=1000)
    job.await_start()
    time.sleep(3)  # five jobs begin at once, and a death before the start is not survived
    expect(job.hit(0, "killed"), "rank 0 was not there")
    begin = time.monotonic()
    job.end(100)
    says = own_lines(job.err)
    words = "has died|has not answered for a minute"
    saying = {line.split(":")[1] for line in says
              if re.fullmatch(f"evenkeel: rank [1-3]: rank 0, which coordinates, ({words}); "
                              "this worker ends", line)}
    expect(len(saying) == RANKS - 1, f"{saying}\n{job.out}\n{job.err}")
    return time.monotonic() - begin


def deaths_of_rank_0(options):
    faults = []

    def one(number, kind):
        try:
            taken_s = rank_0_dies(options, number, kind)
            print(f"{kind}: rank 0 died, and the others ended after {taken_s:.1f} s", flush=True)
        except Wrong as wrong:
            faults.append(f"{kind}: {wrong}")

    threads = [threading.Thread(target=one, args=job) for job in enumerate(KINDS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("\n".join(faults), file=sys.stderr)
    return 1 if faults else 0


def step_mode_is_refused(options):
    for number, kind in enumerate(("simulated", "session", "shared")):
        job = Job(options, kind, number, "step")
        job.end(30)
        flag = re.escape(" ".join(options.mpirun.survival))
        line = (f"(evenkeel|plain_trainer): --mode: step does not go with 'mpirun {flag}': when a "
                "worker dies, the others sit in the all-reduce for ever; .*")
        expect(re.fullmatch(line, job.err.splitlines()[0]), job.err)
        expect(job.err.count("all-reduce") == 1, job.err)


def what_ranks_are_not_told_of_is_refused(options):
    """Open MPI 5 knows the old option too, without a word to the ranks."""
    job = Job(options, "simulated", 0, flags=["--enable-recovery"])
    job.end(30)
    expect(own_lines(job.err) == [
        "evenkeel: mpirun --enable-recovery: Open MPI 5 does not tell the ranks that they survive "
        "the deaths of others; give --with-ft ulfm in place of it"], job.err)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("evenkeel", type=os.path.abspath)
    parser.add_argument("plain_trainer", type=os.path.abspath)
    parser.add_argument("mpirun", type=Mpirun)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rank-0", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        options.scratch = scratch
        if options.rank_0:
            return deaths_of_rank_0(options)
        try:
            step_mode_is_refused(options)
            if options.mpirun.hides_recovery:
                what_ranks_are_not_told_of_is_refused(options)
        except Wrong as wrong:
            print(f"what is refused: {wrong}", file=sys.stderr)
            return 1
        return many_deaths(options)


if __name__ == "__main__":
    sys.exit(main())
