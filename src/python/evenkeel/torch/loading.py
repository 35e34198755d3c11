"""Steps for a DataLoader, which takes them ahead of the training loop."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from typing import Any, Callable, Deque, Iterator, List, Optional, Tuple, Union

from torch.utils.data import DataLoader, Dataset, Sampler

from ..arguments import check_type, refuse
from ..errors import EvenkeelError
from ..session import Session
from ..step import Step

# How long a loader with batches at hand waits for a step that has not arrived yet.
PATIENCE_S = 0.002

# Extra steps to request beyond those that the loader holds, so that a finished step is replaced
# before the loader asks for the next one.
SPARE_STEPS = 2


class _StepsAhead:
    """Steps between the DataLoader, which takes them in order, and the training loop.

    In lease mode the next step may depend on those that are not done, so waiting for it could last
    forever. A loader that still has batches therefore gets a blank instead, which the training loop
    never sees.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._taken: Deque[Optional[Step]] = deque()  # not in the training loop yet; None: a blank
        self._again: Deque[Step] = deque()  # of a loop that was left early
        self._in_loop = False

    @contextmanager
    def loop(self) -> Iterator[None]:
        """Active while steps() uses the loader. Raises EvenkeelError if it already does."""
        if self._in_loop:
            raise EvenkeelError("steps: another loop goes through this loader; end it first")
        self._in_loop = True
        try:
            yield
        finally:
            self._in_loop = False

    def rewind(self) -> None:
        """Begins a new pass, with the steps that the training loop has not got yet."""
        if not self._in_loop:  # blanks would be trained on, and no step would ever be done
            raise EvenkeelError("the loader does not say which step a batch is; go through it with"
                                " 'for step, batch in steps(loader)'")
        self._again.extendleft(step for step in reversed(self._taken) if step is not None)
        self._taken.clear()

    def take(self) -> Optional[Step]:
        """The next step, or None for a blank. Raises StopIteration after the last one."""
        step: Optional[Step]
        if self._again:
            step = self._again.popleft()
        elif any(self._taken):
            step = self.session.take_ready(PATIENCE_S)
            if step is None and self.session.complete is not None:
                raise StopIteration
        else:
            step = next(self.session)
        self._taken.append(step)
        return step

    def give(self) -> Optional[Step]:
        """Gives the training loop the first step taken; None for a blank."""
        return self._taken.popleft()

    def give_numbered(self, number: Optional[int]) -> Optional[Step]:
        """Gives a training loop the step of this number; its batches come in any order."""
        found = next(step for step in self._taken
                     if (None if step is None else step.number) == number)
        self._taken.remove(found)
        return found


class StepSampler(Sampler[List[Any]]):
    """The batch sampler of step mode: this trainer's part of each global batch.

        loader = DataLoader(dataset, batch_sampler=StepSampler(session), num_workers=4)
        for step, batch in steps(loader):
            ...

    The dataset is map-style: `dataset[i]` is the sample of index i, 0 <= i < job.dataset.samples,
    in the order of the manifest; or `dataset[key(path, number)]` is sample `number` of a file.

    A part may be empty (--min-batch 0). Its worker still takes part in the all-reduce, so its batch
    is a stand-in: `job.micro_batch` copies of one sample, to which Replica.scale() gives weight 0.

    Args:
        session: of step mode.
        key: what the dataset is indexed by, from the path of a file and the number of a sample in
            it; by default the sample's index within the whole dataset.
        stand_in: a valid index of the dataset; to be given with `key` where parts may be empty.
    """

    def __init__(self, session: Session, key: Optional[Callable[[str, int], Any]] = None,
                 stand_in: Any = None) -> None:
        # Not super().__init__(): torch 1.13 requires a data source, the newest accepts none.
        check_type("StepSampler", session, Session, "a session")
        job = session.job
        if not job.in_steps:
            raise EvenkeelError("StepSampler: the job is in lease mode; take a LeaseSampler, or"
                                " start the job with --mode step")
        if key is not None and stand_in is None and job.min_batch == 0:
            raise EvenkeelError("StepSampler: a part may be empty (--min-batch 0); give stand_in,"
                                " a key of some sample, or start the job with --min-batch 1")
        self.ahead = _StepsAhead(session)
        self._key = key
        self._stand_in = 0 if key is None else stand_in
        self._stand_ins = job.micro_batch or 1

    def __iter__(self) -> Iterator[List[Any]]:
        self.ahead.rewind()
        any_key = self._stand_in
        while True:
            try:
                step = self.ahead.take()
            except StopIteration:
                return
            if step is None:
                yield [any_key]
            elif step.samples == 0:
                yield [self._stand_in] * self._stand_ins
            else:
                keys = self._keys(step)
                any_key = keys[0]
                yield keys

    def __len__(self) -> int:
        """Steps of the whole job, from its first one."""
        job = self.ahead.session.job
        return (job.steps or 0) - job.first_step

    def _keys(self, step: Step) -> List[Any]:
        if self._key is None:
            return step.indices
        return [self._key(extent.path, number) for extent in step.extents
                for number in range(extent.first, extent.first + extent.count)]


class LeaseSampler(Sampler[Optional[Step]]):
    """The sampler of lease mode, for a LeaseDataset in a DataLoader with batch_size=None."""

    def __init__(self, session: Session) -> None:  # as StepSampler's
        check_type("LeaseSampler", session, Session, "a session")
        if session.job.in_steps:
            raise EvenkeelError("LeaseSampler: the job is in step mode; take a StepSampler, or"
                                " start the job with --mode lease")
        self.ahead = _StepsAhead(session)

    def __iter__(self) -> Iterator[Optional[Step]]:
        self.ahead.rewind()
        while True:
            try:
                yield self.ahead.take()
            except StopIteration:
                return


class LeaseDataset(Dataset[Tuple[Optional[int], Any]]):
    """The samples of lease mode, step by step.

        loader = DataLoader(LeaseDataset(read), sampler=LeaseSampler(session), batch_size=None,
                            num_workers=4)
        for step, batch in steps(loader):
            ...
            session.done(step)

    The main process distributes the steps to the worker processes.

    Args:
        read: from a Step to its batch, in whatever form; called in the worker processes.
    """

    def __init__(self, read: Callable[[Step], Any]) -> None:
        if not callable(read):
            refuse("LeaseDataset", read, "a function from a step to its batch")
        self._read = read

    def __getitem__(self, step: Optional[Step]) -> Tuple[Optional[int], Any]:
        if step is None:
            return None, None
        return step.number, self._read(step)


def steps(loader: DataLoader[Any]) -> Iterator[Tuple[Step, Any]]:
    """Yields (step, batch) for the rest of the job, through all epochs.

    The loop calls session.done(step), or Replica.done(step), for each. Time from there to the next
    batch counts as loading. If the loop is left early, the next one begins with the batches that
    this one has not given.

    In lease mode, a further step may depend on those that are not done. So finish each step before
    the next: a loop that collects several could wait forever.

    Raises EvenkeelError unless the loader has a StepSampler as batch_sampler, or a LeaseSampler as
    sampler and batch_size=None, and if another loop goes through it.
    """
    sampler = _sampler_of(loader)
    ahead = sampler.ahead
    session = ahead.session
    held = loader.num_workers * (loader.prefetch_factor or 0) + SPARE_STEPS
    if session.read_ahead < held:
        session.read_ahead = held
    with ahead.loop():
        for batch in loader:
            if isinstance(sampler, LeaseSampler):
                number, batch = batch
                step = ahead.give_numbered(number)
            else:
                step = ahead.give()
            if step is not None:
                session.loaded(step)
                yield step, batch


def _sampler_of(loader: DataLoader[Any]) -> Union[StepSampler, LeaseSampler]:
    check_type("steps", loader, DataLoader, "a DataLoader")
    if (type(loader).__name__ == "DataLoaderDispatcher"
            or type(loader.batch_sampler).__module__.startswith("accelerate.")):
        raise EvenkeelError("steps: accelerate has prepared the loader, and divides what evenkeel"
                            " has divided already; leave it out of accelerator.prepare(), and move"
                            " its batches to accelerator.device")
    if isinstance(loader.sampler, LeaseSampler):
        if loader.batch_size is not None:
            raise EvenkeelError("steps: a step is a batch already; give the DataLoader"
                                " batch_size=None beside its LeaseSampler")
        return loader.sampler
    if not isinstance(loader.batch_sampler, StepSampler):
        raise EvenkeelError("steps: the loader knows no steps; give the DataLoader"
                            " batch_sampler=StepSampler(session)")
    if not getattr(loader, "in_order", True):
        raise EvenkeelError("steps: in step mode batches come in order; give the DataLoader"
                            " in_order=True")
    return loader.batch_sampler
