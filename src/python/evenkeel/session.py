"""The trainer's side of the job: takes steps, reports them as done, and measures times."""

from __future__ import annotations

import json
import os
import weakref
from collections import deque
from types import TracebackType
from typing import (Any, Callable, Deque, Dict, Iterator, Mapping, NoReturn, Optional, Protocol,
                    Type)

from .arguments import check_type, seconds as seconds_of, whole_number
from .checkpoint import Checkpoint
from .errors import AgentLostError, EvenkeelError, NoAgentError
from .job import Job, read_job
from .line_stream import GONE, open_stream
from .open_steps import OpenStep, OpenSteps
from .saved_state import check_state, state_of
from .step import Step, read_step
from .work_clock import WorkClock

MOST_READ_AHEAD = 1000  # steps
MOST_STAND_IN = 1_000_000_000  # samples
LONGEST_TAG = 64  # bytes
LONGEST_REASON = 1000  # characters


class AllReduceClock(Protocol):
    """Measures the all-reduces of replicas, which the trainer does not report itself."""

    def so_far(self) -> Optional[float]:
        """Seconds of the all-reduces since the last take(); None if there was none."""

    def take(self) -> Optional[float]:
        """Returns so_far(), and resets it."""


class Session:
    """The connection of this process, the trainer, to its evenkeel agent.

    Iterating over it gives the steps::

        with evenkeel.Session() as session:
            for step in session:
                batch = load(step.extents)
                session.loaded(step)
                gradient = sum_of_gradients(batch)
                session.reached(step)
                all_reduce_sum(gradient)
                update(model, gradient / step.global_samples)
                session.done(step)

    Calls come from one thread at a time, and from the process that opened the session.
    """

    def __init__(self) -> None:
        """Waits for the agent's description of the job.

        Raises NoAgentError if this process was not started by evenkeel, and AgentLostError if the
        agent has ended.
        """
        self._stream = open_stream()
        self._process = os.getpid()
        self._closed = False
        self._clock = WorkClock()
        self._given: Deque[Step] = deque()  # not taken yet
        self._previous_done = self._clock.now()
        self._read_ahead = 1
        self._agent_pauses = False  # until the next line
        self._finish: Optional[str] = None  # the agent's last word
        self._checkpoint: Optional[Checkpoint] = None  # the answer, once it has come
        self._all_reduces: Optional[AllReduceClock] = None  # once there is a Replica
        self._watch: Optional[Callable[[Step], None]] = None  # likewise
        _sessions.add(self)
        try:
            first = self._stream.read()
            if first is None:
                raise AgentLostError(GONE)
            self._job = read_job(first)
            self._open = OpenSteps(self._job.first_step, in_order=self._job.in_steps)
        except BaseException:
            self.close()
            raise

    # ---- taking steps

    @property
    def job(self) -> Job:
        return self._job

    @property
    def complete(self) -> Optional[bool]:
        """How the job has ended for this trainer; None while there may be further steps.

        True: all is done. False: `given_up`, or steps that failed repeatedly are undone.
        """
        return None if self._finish is None else self._finish == "complete"

    @property
    def given_up(self) -> Optional[bool]:
        """Whether it ends half-way for this trainer; None while there may be further steps.

        True: the job was given up, or goes on with a fresh trainer (see `replaced`). False: all is
        done, or, if `complete` is False, all but steps that failed repeatedly.
        """
        return None if self._finish is None else self._finish in ("given up", "replaced")

    @property
    def replaced(self) -> Optional[bool]:
        """Whether a fresh trainer goes on in place of this one; None as above."""
        return None if self._finish is None else self._finish == "replaced"

    def __iter__(self) -> Iterator[Step]:
        return self

    def __next__(self) -> Step:
        """Takes the next step; waits until it is there, or the job is over.

        Up to 1,000 steps may be taken ahead; the agent is told to send them. In lease mode, use
        take_ready() for that.
        """
        self._enter()
        if self._took_the_last():
            raise StopIteration
        if not self._given and self._finish is None:
            self._widen_window()
            self._wait_for(lambda: bool(self._given) or self._finish is not None)
        if not self._given:
            raise StopIteration
        return self._take()

    def take_ready(self, within_s: float = 0.0) -> Optional[Step]:
        """Takes the next step if it arrives within so many seconds; None if not, or at the end.

        In lease mode, a further step may depend on those that this trainer has not done yet:
        waiting for it could last forever.
        """
        self._enter()
        within_s = seconds_of("take_ready", within_s)
        self._clock.stop()
        while not self._given and self._finish is None and self._stream.ready(within_s):
            self._receive()
        self._clock.go_on()
        return self._take() if self._given else None

    @property
    def read_ahead(self) -> int:
        """How many steps ahead of the current one the agent gives: 1 by default, at most 1,000.

        Taking more steps than that raises it. In lease mode, steps given ahead cannot move to other
        workers; in step mode, they are divided by older speeds.
        """
        return self._read_ahead

    @read_ahead.setter
    def read_ahead(self, steps: int) -> None:
        self._enter()
        steps = whole_number("read_ahead", steps)
        if not 0 <= steps <= MOST_READ_AHEAD:
            raise EvenkeelError(f"read_ahead: {steps} steps; give 0 to {MOST_READ_AHEAD}")
        self._send({"read_ahead": steps})
        self._read_ahead = steps

    # ---- reporting steps

    def loaded(self, step: Step) -> None:
        """The step's samples have been loaded; what came before counts as loading."""
        self._enter()
        self._open.find(step, "loaded").times.loaded(self._clock.now())

    def reached(self, step: Step) -> None:
        """Local work ends here, and an all-reduce follows; the last call before reduced() counts.

        In step mode only the trainer can tell waiting for slower workers from work: without this
        call, a Replica, or times given to done(), nothing is balanced. Harmless in lease mode.
        """
        self._enter()
        times = self._open.find(step, "reached").times
        seen_s = self._seen_so_far_s()  # may wait for the device, which is local work
        times.reached(self._clock.now(), seen_s)

    def reduced(self, step: Step) -> None:
        """The all-reduce has ended, and local work goes on (the optimizer's step).

        Optional: otherwise the all-reduce lasts until done(). Several all-reduces of a step add up.
        """
        self._enter()
        times = self._open.find(step, "reduced").times
        seen_s = self._seen_so_far_s()  # may wait for the device, and so for the all-reduce
        times.reduced(self._clock.now(), seen_s)

    def stand_in(self, step: Step, samples: int) -> None:
        """The part is empty, and this trainer computes with so many samples that do not count.

        Optional, before done(): the time of such a step tells how fast this trainer is. Otherwise
        it is tried now and then in a step that others wait for. evenkeel.torch calls it itself.

        Args:
            samples: of the stand-in, at least 1; as many as a micro-batch tell the most.
        """
        self._enter()
        open_step = self._open.find(step, "stand_in")
        samples = whole_number("stand_in", samples)
        if step.samples > 0 or not 1 <= samples <= MOST_STAND_IN:
            raise EvenkeelError(f"stand_in({step.number}): {samples} samples in place of a part of"
                                f" {step.samples}; give 1 to {MOST_STAND_IN}, for an empty part")
        open_step.stand_in = samples

    def local_seconds(self, step: Step) -> float:
        """Local work on the step so far: includes its loading, excludes all-reduces and waiting."""
        self._enter()
        return self._open.find(step, "local_seconds").times.local_s(
            self._previous_done, self._clock.now())

    def done(self, step: Step, *, local_s: Optional[float] = None, data_s: Optional[float] = None,
             all_reduce_s: Optional[float] = None) -> None:
        """The step is finished, including the optimizer's step; it counts from now on.

        In step mode steps are done in the order taken. In lease mode in any order; they are
        reported in the order taken. If the session has replicas (evenkeel.torch), the all-reduces
        of their models are not local work; those between reached() and reduced() count once.

        Args:
            local_s: seconds of local work, own loading included, without all-reduce and waiting;
                replaces the time measured since the step began.
            data_s: of that, seconds of loading.
            all_reduce_s: seconds from being ready for the all-reduce to its end.
        """
        self._enter()
        finished = self._open.find(step, "done")
        if self._watch is not None:
            self._watch(step)
        arguments = {"local_s": local_s, "data_s": data_s, "all_reduce_s": all_reduce_s}
        given = {name: seconds_of(f"done({step.number}): {name}", seconds)
                 for name, seconds in arguments.items() if seconds is not None}
        seen_s = None if self._all_reduces is None else self._all_reduces.take()
        if all_reduce_s is not None:  # all that there was
            seen_s = None if finished.times.knows_all_reduce else given["all_reduce_s"]
        now = self._clock.now()
        times = finished.times.measured(self._previous_done, now, seen_s)
        may_wait = self._job.in_steps and self._job.workers > 1
        if may_wait and "all_reduce_s" not in times:
            del times["local_s"]  # who knows how much of it was waiting
        times.update(given)
        members = "".join([f',"{name}":{value:.9f}' for name, value in times.items()])
        if finished.stand_in > 0:
            members += f',"stand_in":{finished.stand_in}'
        self._end(finished, f'{{"done":{step.number}{members}}}\n')
        self._previous_done = now

    def failed(self, step: Step, reason: str) -> None:
        """Instead of done(): the step cannot be done here.

        In lease mode, other workers try it if there are any that have not failed it; after three
        attempts it is set aside. This trainer gets further steps. In step mode this trainer leaves
        the job, which is given up.

        Args:
            reason: printed on standard error, with the file and the samples.
        """
        self._enter()
        failed = self._open.find(step, "failed")
        check_type("failed", reason, str, "the reason as text")
        line = {"failed": step.number, "reason": reason[:LONGEST_REASON]}
        self._end(failed, json.dumps(line) + "\n")
        self._previous_done = self._clock.now()

    def progress(self, step: Step) -> None:
        """A sign of life during a long step."""
        self._enter()
        self._open.find(step, "progress")
        self._show_life()

    def pause(self, seconds: float) -> None:
        """Until the next call, time is neither work nor waiting: evaluation, saving.

        Args:
            seconds: how long it may take without a sign of life; up to a year.
        """
        self._enter()
        self._send({"pause": seconds_of("pause", seconds)})
        self._agent_pauses = True
        self._clock.stop()

    def checkpoint(self, tag: str) -> Checkpoint:
        """Ties the data position to a model saved under this tag; waits for the agent.

        Call it after saving the model, with everything that this trainer has done so far, also
        after its last step. Step mode: one trainer has to call, others may. Lease mode: every
        trainer calls, and the checkpoint is complete once all have. A complete one is on the disk
        when this returns. A job that resumes from it has the tag in `job.resumed_tag`.

        Raises EvenkeelError if the tag does not have 1 to 64 bytes, if steps are done out of order,
        or if the job ends without an answer.
        """
        self._enter()
        check_type("checkpoint", tag, str, "the tag as text")
        if self._open.any_held_back():
            raise EvenkeelError(f"checkpoint({tag!r}): a step is done, and one that was taken"
                                " before it is not; call it when those are done, too")
        if not 1 <= len(tag.encode()) <= LONGEST_TAG:
            raise EvenkeelError(f"checkpoint: the tag {tag!r} has {len(tag.encode())} bytes;"
                                f" give 1 to {LONGEST_TAG}")
        self._checkpoint = None
        self._send({"checkpoint": tag})
        self._wait_for(lambda: self._checkpoint is not None)
        if self._checkpoint is None:
            raise EvenkeelError(f"checkpoint: the job was over before {tag!r} was recorded")
        return self._checkpoint

    # ---- saving and resuming

    def state_dict(self) -> Dict[str, Any]:
        """The job's position, to be saved beside the model: plain numbers and text."""
        self._enter()
        step = self._open.next_undone()
        epoch = self._job.epoch_of(step) if self._job.in_steps else self._open.next_epoch()
        return state_of(self._job, step, epoch)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Checks that the job continues where the state was saved; call it before the first step.

        It changes nothing. Raises StateError, which names each difference, both values and what to
        do.
        """
        self._enter()
        if self._open.any_taken:
            raise EvenkeelError("load_state_dict: steps have been taken already; call it first")
        check_state(state, self._job, self._job.first_step)

    # ---- the end

    def close(self) -> None:
        """Leaves the job. A trainer that closes before the job is over has failed."""
        if not self._closed and os.getpid() == self._process:
            self._stream.close()
        self._closed = True

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise EvenkeelError("a session cannot be sent to another process; give it what it needs of"
                            " a step")

    # ---- internal

    def _enter(self) -> None:
        if os.getpid() != self._process:
            raise NoAgentError(
                f"the session belongs to process {self._process}, and this is its child"
                f" {os.getpid()}, a DataLoader worker perhaps; use it in the training loop only")
        if self._closed:
            raise EvenkeelError("the session is closed, and the trainer has left the job; end the"
                                " training loop before close(), or before the end of 'with'")
        self._clock.go_on()
        if self._agent_pauses and len(self._open) > 0:
            self._show_life()

    def _seen_so_far_s(self) -> float:
        """Seconds of all-reduces of the session's replicas in this step."""
        return 0.0 if self._all_reduces is None else self._all_reduces.so_far() or 0.0

    def _show_life(self) -> None:
        """Sends a sign of life, which ends a pause. The agent accepts it only for the first open
        step."""
        self._send({"progress": self._open.first})

    def _end(self, ended: OpenStep, line: str) -> None:
        for said in self._open.end(ended, line):
            self._write(said)

    def _take(self) -> Step:
        step = self._given.popleft()
        self._open.take(step, self._clock.now())
        if self._agent_pauses:
            self._show_life()
        return step

    def _took_the_last(self) -> bool:
        """Step mode: no step can follow, though the agent says so only when all are done."""
        return (len(self._open) > 0 and self._job.steps is not None
                and self._open.next_number >= self._job.steps)

    def _widen_window(self) -> None:
        if len(self._open) > MOST_READ_AHEAD:
            raise EvenkeelError(f"{len(self._open)} steps were taken and none of them is done;"
                                " call done(step) after each")
        if len(self._open) > self._read_ahead:
            self.read_ahead = len(self._open)

    def _wait_for(self, is_there: Callable[[], bool]) -> None:
        """Receives lines until the condition holds, or the stream ends."""
        self._clock.stop()
        while not is_there() and self._receive():
            pass
        self._clock.go_on()

    def _receive(self) -> bool:
        """Handles one line of the agent; False if no more can come."""
        line = self._stream.read()
        if line is None:
            if self._finish is None:
                raise AgentLostError(GONE)
            return False
        try:
            if "step" in line and "extents" in line:
                self._given.append(read_step(line))
            elif "finish" in line:
                self._finish = str(line["finish"])
            elif "checkpoint" in line:
                self._checkpoint = Checkpoint(int(line["step"]), str(line["state"]))
            else:
                raise KeyError("anything that this client knows")
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise AgentLostError(f"the agent says {str(line)[:200]}, which lacks {error}; install"
                                 " the Python package of the same evenkeel") from error
        return True

    def _send(self, line: Mapping[str, Any]) -> None:
        self._write(json.dumps(line) + "\n")

    def _write(self, line: str) -> None:
        self._stream.write(line)
        self._agent_pauses = False


_sessions: "weakref.WeakSet[Session]" = weakref.WeakSet()


def _leave_to_the_parent() -> None:
    """Closes a child's copy of the descriptor, so that the agent notices the trainer's end."""
    for session in _sessions:
        session._stream.close()


os.register_at_fork(after_in_child=_leave_to_the_parent)
