"""Pairs a DataLoader's batches with their steps, which it takes ahead of the training loop."""

from __future__ import annotations

import weakref
from collections import deque
from contextlib import contextmanager
from typing import Any, Callable, Deque, Dict, Iterator, Mapping, Optional

from torch.utils.data import DataLoader

from ..errors import EvenkeelError
from ..saved_state import check_state, state_of
from ..session import Session
from ..step import Step

# How long a loader with batches at hand waits for a step that has not arrived yet.
PATIENCE_S = 0.002

STRAY = ("only steps() knows which step a batch belongs to: go through the loader with 'for step,"
         " batch in steps(loader)', one loop at a time; to look at samples or to evaluate, make"
         " another DataLoader, without evenkeel's sampler")


def batches_held(loader: DataLoader[Any]) -> int:
    """The batches that the loader holds while it gives another one."""
    return loader.num_workers * (loader.prefetch_factor or 0)


def is_of_accelerate(value: object) -> bool:
    return type(value).__module__.startswith("accelerate.")


class Loop:
    """The loop of steps() in a session: one at a time."""

    def __init__(self) -> None:
        self.left: Deque[Step] = deque()  # taken for loops that ended before
        self._sampler: Optional[object] = None  # of the loop in progress
        self._loader: Optional[DataLoader[Any]] = None
        self._pass: Optional[Pass] = None  # once the loader has begun

    @contextmanager
    def over(self, loader: DataLoader[Any], sampler: object) -> Iterator[None]:
        """Active while steps() uses the loader. Raises EvenkeelError if another loop is."""
        if self._loader is not None:
            raise EvenkeelError("steps: another loop of this session is not over; end it first")
        self._loader, self._sampler = loader, sampler
        try:
            yield
            self._check(not self._taken)
        finally:
            self.left.extendleft(step for step in reversed(self._taken) if step is not None)
            self._loader = self._sampler = self._pass = None

    def would_reset(self, sampler: object) -> bool:
        """Whether another iterator of the loader would take the place of the loop's own one."""
        return (self._pass is not None and self._sampler is sampler
                and self._loader is not None and self._loader.persistent_workers)

    def admit(self, candidate: Pass, sampler: object) -> None:
        """The first new pass of the sampler is the loop's. Raises EvenkeelError for others."""
        if self._pass is candidate:
            return
        if self._pass is not None or self._sampler is not sampler or candidate.taken:
            raise EvenkeelError(STRAY)
        self._pass = candidate

    def give(self) -> Optional[Step]:
        """Gives the loop the first step taken, the next batch's; None for a blank.

        Raises EvenkeelError if the loader has skipped or repeated a batch, as far as that shows.
        """
        self._check_held()
        return self._taken.popleft()

    def give_numbered(self, number: Optional[int]) -> Optional[Step]:
        """As give(), for a batch that knows its step's number."""
        self._check_held()
        taken = self._taken
        numbers = [None if step is None else step.number for step in taken]
        self._check(number in (numbers[:1] if getattr(self._loader, "in_order", True) else numbers))
        step = taken[numbers.index(number)]
        taken.remove(step)
        return step

    def _check_held(self) -> None:
        assert self._loader is not None
        ahead = 1 if is_of_accelerate(self._loader) else 0  # it looks for the last batch
        self._check(0 < len(self._taken) <= batches_held(self._loader) + 1 + ahead)

    @property
    def _taken(self) -> Deque[Optional[Step]]:
        return deque() if self._pass is None else self._pass.taken

    @staticmethod
    def _check(matches: bool) -> None:
        if not matches:
            raise EvenkeelError(
                "steps: the loader's batches are not those of the steps that its sampler has"
                " taken: it leaves some out, repeats some or changes their order; give steps() a"
                " plain DataLoader. To go on where a job has stopped, use --resume")


_loops: weakref.WeakKeyDictionary[Session, Loop] = weakref.WeakKeyDictionary()


def loop_of(session: Session) -> Loop:
    return _loops.setdefault(session, Loop())


class Pass(Iterator[Any]):
    """An iterator of a sampler, and the steps that its loader has taken through it.

    In lease mode the next step may depend on those that are not done, so waiting for it could last
    forever. A loader that still has batches therefore gets a blank instead, which the training loop
    never sees.

    state_dict() and load_state_dict() are for torchdata's StatefulDataLoader, which would otherwise
    skip the steps of earlier jobs once more.
    """

    def __init__(self, session: Session, sampler: object,
                 keys: Callable[[Optional[Step]], Any]) -> None:
        """`keys`: from a step, or None for a blank, to what the sampler gives the loader."""
        self.taken: Deque[Optional[Step]] = deque()  # not in the training loop yet; None: a blank
        self._session, self._sampler, self._keys = session, sampler, keys
        self._loop = loop_of(session)
        self._last: Optional[Step] = None

    def __next__(self) -> Any:
        self._loop.admit(self, self._sampler)
        step = self._take()
        self.taken.append(step)
        self._last = step or self._last
        return self._keys(step)

    def state_dict(self) -> Dict[str, Any]:
        """The position after the last step taken."""
        job, step = self._session.job, self._position()
        return state_of(job, step, job.epoch_of(step) if job.in_steps else 0)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Raises StateError unless the state was saved at this position."""
        check_state(state, self._session.job, self._position())

    def _position(self) -> int:
        if self._last is not None:
            return self._last.number + 1
        left = self._loop.left
        return left[0].number if left else self._session._open.next_number

    def _take(self) -> Optional[Step]:
        """The next step, or None for a blank. Raises StopIteration after the last one."""
        if self._loop.left:
            return self._loop.left.popleft()
        if not any(self.taken):
            return next(self._session)
        step = self._session.take_ready(PATIENCE_S)
        if step is None and self._session.complete is not None:
            raise StopIteration
        return step
