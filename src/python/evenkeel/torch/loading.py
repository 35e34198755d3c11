"""Steps for a DataLoader, which takes them ahead of the training loop."""

from __future__ import annotations

import traceback
from os.path import basename
from typing import Any, Callable, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Union

import torch
from torch.utils.data import DataLoader, Dataset, Sampler, default_collate

from ..arguments import check_type, refuse, whole_number
from ..errors import EvenkeelError
from ..session import Session
from ..step import Step
from .step_passes import STRAY, Pass, batches_held, is_of_accelerate, loop_of

# Extra steps to request beyond those that the loader holds, so that a finished step is replaced
# before the loader asks for the next one.
SPARE_STEPS = 2


class _StepsSampler(Sampler[Any]):
    """Gives a DataLoader what it needs of each step, in the order of the steps."""

    def __init__(self, session: Session) -> None:
        # Not super().__init__(): torch 1.13 requires a data source, the newest accepts none.
        self.session = session
        self.loop = loop_of(session)

    def __iter__(self) -> Pass:
        """For steps(); other passes raise EvenkeelError before they take a step."""
        if self.loop.would_reset(self):
            raise EvenkeelError(STRAY)
        return Pass(self.session, self, self._keys)

    def _keys(self, step: Optional[Step]) -> Any:
        """What the dataset is indexed by; None: a blank."""
        return step


class StepSampler(_StepsSampler):
    """The batch sampler of step mode: this trainer's part of each global batch.

        loader = DataLoader(dataset, batch_sampler=StepSampler(session), num_workers=4)
        for step, batch in steps(loader):
            ...

    The dataset is map-style: `dataset[i]` is the sample of index i, 0 <= i < job.dataset.samples,
    in the order of the manifest; or `dataset[key(path, number)]` is sample `number` of a file.

    A part may be empty (--min-batch 0). Its worker still takes part in the all-reduce, so its batch
    is a stand-in: copies of one sample, to which Replica.scale() gives weight 0. Its time tells
    when the worker is fast enough for a part.

    Args:
        session: of step mode.
        key: what the dataset is indexed by, from the path of a file and the number of a sample in
            it; by default the sample's index within the whole dataset.
        stand_in: a valid index of the dataset; to be given with `key` where parts may be empty.
        stand_in_samples: how many copies of that sample; by default as many as a micro-batch. The
            others wait for a stand-in as for a part: with large micro-batches give few, if the
            model can do with them.
    """

    def __init__(self, session: Session, key: Optional[Callable[[str, int], Any]] = None,
                 stand_in: Any = None, stand_in_samples: Optional[int] = None) -> None:
        check_type("StepSampler", session, Session, "a session")
        job = session.job
        if not job.in_steps:
            raise EvenkeelError("StepSampler: the job is in lease mode; take a LeaseSampler, or"
                                " start the job with --mode step")
        if key is not None and stand_in is None and job.min_batch == 0:
            raise EvenkeelError("StepSampler: a part may be empty (--min-batch 0); give stand_in,"
                                " a key of some sample, or start the job with --min-batch 1")
        super().__init__(session)
        self._key = key
        self._any_key = self._stand_in = 0 if key is None else stand_in
        self._stand_ins = job.micro_batch or 1
        if stand_in_samples is not None:
            self._stand_ins = whole_number("StepSampler: stand_in_samples", stand_in_samples)
            if not 1 <= self._stand_ins <= (job.micro_batch or 1):
                raise EvenkeelError(f"StepSampler: stand_in_samples is {stand_in_samples}; give 1"
                                    f" to {job.micro_batch}, the samples of a micro-batch")

    def __len__(self) -> int:
        """Steps of the whole job, from its first one."""
        job = self.session.job
        return (job.steps or 0) - job.first_step

    def batch_size(self, step: Step) -> int:
        """Samples that the dataset is asked for: those of the step, or its stand-ins."""
        return step.samples or self._stand_ins

    def _keys(self, step: Optional[Step]) -> List[Any]:
        if step is None:
            return [self._any_key]
        if step.samples == 0:
            return [self._stand_in] * self._stand_ins
        keys: List[Any] = step.indices
        if self._key is not None:
            keys = [self._key(extent.path, number) for extent in step.extents
                    for number in range(extent.first, extent.first + extent.count)]
        self._any_key = keys[0]
        return keys


class LeaseSampler(_StepsSampler):
    """The sampler of lease mode, for a LeaseDataset in a DataLoader with batch_size=None."""

    def __init__(self, session: Session) -> None:
        check_type("LeaseSampler", session, Session, "a session")
        if session.job.in_steps:
            raise EvenkeelError("LeaseSampler: the job is in step mode; take a StepSampler, or"
                                " start the job with --mode lease")
        super().__init__(session)


class _Read(NamedTuple):
    """What a LeaseDataset gives: survives default_convert() and pinning."""

    number: Optional[int]  # the step's; None: a blank
    batch: Any
    failure: Optional[str] = None  # instead of the batch: why there is none


class LeaseDataset(Dataset[Any]):
    """The samples of lease mode, step by step.

        loader = DataLoader(LeaseDataset(read), sampler=LeaseSampler(session), batch_size=None,
                            num_workers=4)
        for step, batch in steps(loader):
            ...
            session.done(step)

    The main process distributes the steps to the worker processes.

    Args:
        read: from a Step to its batch, in whatever form; called in the worker processes. If it
            raises an Exception, the step has failed with that reason, as with session.failed(), and
            the loop goes on with the next one.
    """

    def __init__(self, read: Callable[[Step], Any]) -> None:
        if not callable(read):
            refuse("LeaseDataset", read, "a function from a step to its batch")
        self._read = read

    def __getitem__(self, step: Optional[Step]) -> _Read:
        if step is None:
            return _Read(None, None)
        try:
            return _Read(step.number, self._read(step))
        except Exception as error:
            return _Read(step.number, None, _reason(error))


def steps(loader: DataLoader[Any]) -> Iterator[Tuple[Step, Any]]:
    """Yields (step, batch) for the rest of the job, through all epochs.

    The loop calls session.done(step), or Replica.done(step), for each. Time from there to the next
    batch counts as loading. If the loop is left early, the next one begins with the batches that
    this one has not given.

    In lease mode, a further step may depend on those that are not done. So finish each step before
    the next: a loop that collects several could wait forever. Steps that a LeaseDataset could not
    read are reported as failed, and not yielded.

    Raises EvenkeelError unless the loader has a StepSampler as batch_sampler, or a LeaseSampler as
    sampler and batch_size=None; if another loop of the session is not over; and if a batch turns
    out not to be that of its step, as when the loader skips some. StateError if the loader is a
    StatefulDataLoader with the state of another position.
    """
    sampler = _sampler_of(loader)
    session, loop = sampler.session, sampler.loop
    held = batches_held(loader) + SPARE_STEPS
    if session.read_ahead < held:
        session.read_ahead = held
    with loop.over(loader, sampler):
        for batch in loader:
            if isinstance(sampler, StepSampler):
                step = loop.give()
                if step is not None and loader.collate_fn is default_collate:
                    _check_size(step, batch, sampler.batch_size(step))
            else:
                number, batch, failure = _as_read(batch)
                step = loop.give_numbered(number)
                if step is not None and failure is not None:
                    session.failed(step, failure)
                    continue
            if step is not None:
                if isinstance(sampler, StepSampler) and step.samples == 0:
                    session.stand_in(step, sampler.batch_size(step))
                session.loaded(step)
                yield step, batch


def _sampler_of(loader: DataLoader[Any]) -> Union[StepSampler, LeaseSampler]:
    check_type("steps", loader, DataLoader, "a DataLoader")
    if (type(loader).__name__ == "DataLoaderDispatcher"
            or is_of_accelerate(loader.batch_sampler)):
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


def _reason(error: Exception) -> str:
    """What was raised and where, in one line."""
    text = " ".join("".join(traceback.format_exception_only(type(error), error)).split())
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{text} ({basename(frame.filename)}, line {frame.lineno})"


def _as_read(batch: Any) -> _Read:
    if not isinstance(batch, _Read):
        raise EvenkeelError("steps: the loader's batches do not say which step they belong to; its"
                            " dataset has to be LeaseDataset(read), and what a collate_fn or a"
                            " loader of your own would do belongs in read()")
    return batch


def _check_size(step: Step, batch: Any, size: int) -> None:
    """Of a batch of default_collate(), whose first dimension is the samples."""
    tensor = _first_tensor(batch)
    if tensor is not None and tensor.ndim > 0 and len(tensor) != size:
        raise EvenkeelError(f"steps: step {step.number} has {size} samples and its batch"
                            f" {len(tensor)}; neither the dataset nor the loader may leave samples"
                            " out, add some or skip a batch. If the batch's first dimension is not"
                            " the samples, give the DataLoader a collate_fn that makes it so")


def _first_tensor(batch: Any) -> Optional[torch.Tensor]:
    if isinstance(batch, torch.Tensor):
        return batch
    parts = list(batch.values()) if isinstance(batch, Mapping) else batch
    tensors = map(_first_tensor, parts) if isinstance(parts, (tuple, list)) else ()
    return next((tensor for tensor in tensors if tensor is not None), None)
