"""An agent that behaves: it keeps to the trainer protocol, and sees to it that the trainer does."""

import json
import multiprocessing
import os
import select
import socket
import threading
from contextlib import contextmanager

JOB = {
    "evenkeel": 1, "mode": "step", "rank": 0, "incarnation": 0, "workers": 1,
    "datasets": [{"name": "digits", "samples": 1000, "files": 2,
                  "fingerprint": "9f86d081884c7d65"}],
    "epochs": 1, "steps": 4, "first_step": 0, "global_batch": 256, "micro_batch": 1,
    "last": "partial", "min_batch": 1, "step_samples": None, "seed": 0, "shuffle": "block",
    "shuffle_block": 16384, "shard_samples": 1024, "resumed_tag": None,
}


def job_line(**changes):
    """The first line of an agent, for JOB but for these changes."""
    job = {**JOB, **changes}
    dataset = job["datasets"][0]
    identity = {"mode": job["mode"], "files": dataset.get("files"),
                "samples": dataset.get("samples"), "shard-samples": job["shard_samples"],
                "shuffle": job["shuffle"], "seed": job["seed"],
                "shuffle-block": job["shuffle_block"] if job["shuffle"] == "block" else None,
                "global-batch": job["global_batch"], "last": job["last"],
                "step-samples": job["step_samples"],
                "dataset fingerprint": dataset.get("fingerprint")}
    job["identity"] = {name: str(value) for name, value in identity.items() if value is not None}
    return job


LEASE = {"mode": "lease", "steps": None, "global_batch": None, "micro_batch": None, "last": None,
         "min_batch": None, "first_step": None, "step_samples": 32}


def step_line(number, indices, global_samples=None, epoch=0, path="/data/a.tar"):
    """A step of these samples of one file, which begins at sample 0 of the dataset."""
    indices = list(indices)
    return {"step": number, "dataset": 0, "epoch": epoch, "begin": 0, "end": len(indices),
            "samples": len(indices),
            "global_samples": len(indices) if global_samples is None else global_samples,
            "files": [{"path": path, "offset": 0}], "extents": [[0, i, 1] for i in indices]}


class FakeAgent(threading.Thread):
    """Gives steps as the window allows, and takes what the trainer says of them.

    `said` is all that the trainer has said, `faults` what it must not have said. With
    `held_back`, the last steps are given only when all others are done, as when they come back
    from another worker.
    """

    def __init__(self, steps, job=None, held_back=0, finish="complete", ends=None):
        super().__init__(daemon=True)
        self.job = job_line(**{"steps": len(steps), **(job or {})})
        self.steps = list(steps)
        self.held_back = held_back
        self.finish = finish
        self.given = 0
        self.done = 0
        self.window = 1
        self.most_open = 0
        self.said = []
        self.faults = []
        self._finished = False
        self._own, self.trainer = ends or socket.socketpair()
        self._write(self.job)

    def run(self):
        pending = b""
        self._give()
        while True:
            received = self._receive()
            if not received:
                break
            *lines, pending = (pending + received).split(b"\n")
            for line in lines:
                self.said.append(json.loads(line))
                self._take(self.said[-1])
            self._give()
        self._own.close()

    def end(self):
        """Waits until the trainer has closed its end; what it said since."""
        self.trainer.close()
        self.join()
        return self.said

    def stop_playing(self):
        """In the trainer's process, when another process plays the agent."""
        self._own.close()

    def _receive(self):
        try:
            return self._own.recv(1 << 16)
        except ConnectionResetError:
            return b""

    def _take(self, message):
        number = next((message[verb] for verb in ("done", "failed", "progress")
                       if verb in message), None)
        if number is not None:
            first = self.steps[self.done]["step"] if self.done < self.given else None
            if number != first:
                self.faults.append(f"{message} where step {first} is the first")
        if "done" in message or "failed" in message:
            self.done += 1
        if "read_ahead" in message:
            self.window = message["read_ahead"]
        if "checkpoint" in message:
            self._write({"checkpoint": message["checkpoint"],
                         "step": self.done + (self.job["first_step"] or 0),
                         "state": "complete"})

    def _give(self):
        while self.given < len(self.steps) and self.given - self.done <= self.window:
            held = self.given >= len(self.steps) - self.held_back
            if held and self.done < len(self.steps) - self.held_back:
                return
            self._write(self.steps[self.given])
            self.given += 1
            self.most_open = max(self.most_open, self.given - self.done)
        if self.done == len(self.steps) and not self._finished:
            self._finished = True
            if self.finish is not None:
                self._write({"finish": self.finish})
            try:
                self._own.shutdown(socket.SHUT_WR)
            except OSError:  # the trainer has gone
                pass

    def _write(self, line):
        try:
            self._own.sendall((json.dumps(line) + "\n").encode())
        except (BrokenPipeError, ConnectionResetError):
            pass


AGENT = "agent"  # the name of its process


class AgentProcess:
    """A FakeAgent in a process of its own, for tests that fork: they must not have threads."""

    def __init__(self, steps, **how):
        self._own, self.trainer = socket.socketpair()
        self._play = (steps, how)

    def start(self):
        server = multiprocessing.get_context("forkserver")
        self._result, result = server.Pipe(duplex=False)
        self._process = server.Process(target=_play, args=(self._own, *self._play, result),
                                       name=AGENT, daemon=True)
        self._process.start()
        self._own.close()
        result.close()

    def end(self):
        """As FakeAgent's; what it has seen is here from now on."""
        self.trainer.close()
        vars(self).update(self._result.recv())
        self._process.join()
        self._result.close()
        return self.said


def _play(own, steps, how, result):
    agent = FakeAgent(steps, ends=(own, None), **how)
    agent.run()
    result.send({name: getattr(agent, name)
                 for name in ("said", "faults", "done", "window", "most_open")})


@contextmanager
def in_environment(descriptor):
    """EVENKEEL_FD names a copy of the descriptor."""
    copy = os.dup(descriptor)
    os.environ["EVENKEEL_FD"] = str(copy)
    try:
        yield copy
    finally:
        os.environ.pop("EVENKEEL_FD", None)


@contextmanager
def scripted(lines):
    """A socket whose other end is in EVENKEEL_FD and finds these lines there, without any rule."""
    own, trainer = socket.socketpair()
    own.sendall(b"".join((json.dumps(line) + "\n").encode() for line in lines))
    with in_environment(trainer.fileno()):
        trainer.close()
        try:
            yield own
        finally:
            own.close()


def said_on(own):
    """What the trainer has said so far on a scripted socket."""
    poll = select.poll()
    poll.register(own, select.POLLIN)
    text = b""
    while poll.poll(0):
        received = own.recv(1 << 16)
        if not received:
            break
        text += received
    return [json.loads(line) for line in text.splitlines()]
