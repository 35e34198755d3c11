"""A model trained by several workers with unequal parts of a batch."""

# mypy: allow-untyped-calls
# The version of torch decides which functions have types.

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import Any, ContextManager, Iterator, Optional, Tuple

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from ..arguments import check_type, number
from ..errors import EvenkeelError, ModelError
from ..session import Session
from ..step import Step
from .all_reduce_timer import AllReduceClock, AllReduceTimer, Hook
from .model_check import check_model
from .training_watch import TrainingWatch


class Replica:
    """One worker's copy of the model, in step mode.

    DistributedDataParallel averages the workers' gradients, as if all had done the same number of
    samples. scale() corrects that: the gradient becomes the sum over all samples, divided by their
    global count. The replica also measures the all-reduce, which overlaps with the backward pass,
    so that done(), its own or the session's, can report local work without waiting. A session may
    have several replicas.

        model = DistributedDataParallel(net)
        replica = Replica(session, model)
        for step, (inputs, targets) in steps(loader):
            optimizer.zero_grad()
            loss = cross_entropy(model(inputs), targets)
            (loss * replica.scale(step)).backward()
            optimizer.step()
            replica.done(step)

    If parts differ and neither scale() nor global_count() was called, or the parameters change less
    often than the job steps, a RuntimeWarning says so once; not after 1,000 steps that were right.

    All workers take part in the all-reduce of every step, those with an empty part (--min-batch 0)
    too: they compute with the stand-in from StepSampler, and their scale is 0.

    Args:
        session: of step mode.
        model: under DistributedDataParallel; with one worker, the plain model.
        hook: a communication hook of your own (compression, for instance), with its state; the
            model must not have one already.

    Raises ModelError for a model that cannot be trained like that: see check_model().
    """

    def __init__(self, session: Session, model: torch.nn.Module, hook: Optional[Hook] = None,
                 hook_state: Any = None) -> None:
        check_type("Replica", session, Session, "the session first, then the model")
        if not session.job.in_steps:
            raise EvenkeelError("Replica: the job is in lease mode, where workers do not meet;"
                                " start it with --mode step")
        check_model(model, session.job.workers)
        self._session = session
        self._workers = session.job.workers
        self._model = model
        self._timer: Optional[AllReduceTimer] = None
        if isinstance(model, DistributedDataParallel):
            wrapped: Any = model  # untyped in torch 1.13
            self._timer = AllReduceTimer(_clock_of(session), hook,
                                         hook_state or wrapped.process_group)
            try:
                wrapped.register_comm_hook(None, self._timer.hook)
            except RuntimeError as error:
                raise ModelError("the model has a communication hook already; leave it to Replica:"
                                 " Replica(session, model, hook=...)") from error
        self._watch = _watch_of(session)
        self._watch.add(model, self._timer)

    def scale(self, step: Step, local_count: Optional[float] = None,
              global_count: Optional[float] = None, loss: str = "mean") -> float:
        """The factor for this worker's loss before backward().

        Args:
            step: the step of the loss.
            local_count: number of items in the loss's mean; default: samples of the step. For a
                micro-batch, its samples; for a loss over tokens, the tokens.
            global_count: the same over all workers; default: the step's global samples. See
                global_count().
            loss: "mean" over local_count items, or "sum" of them.

        Returns 0 for an empty part.
        """
        check_type("scale", step, Step, "a step of the session")
        self._watch.scaled(step)
        if loss not in ("mean", "sum"):
            raise EvenkeelError(f"scale: loss is {loss!r}; give 'mean' or 'sum'")
        count = step.samples if local_count is None else number("scale: local_count", local_count)
        if global_count is None:
            if not 0 <= count <= step.samples:
                raise EvenkeelError(
                    f"scale: {count} items of a step of {step.samples} samples; for a loss over"
                    " something else than samples give global_count as well:"
                    " replica.global_count(local_count)")
            global_count = step.global_samples
        global_count = number("scale: global_count", global_count)
        if not 0 <= count <= global_count or global_count <= 0:
            raise EvenkeelError(f"scale: local_count is {count} and global_count {global_count};"
                                " give what this worker has of what all have")
        if step.samples == 0 or count == 0:
            return 0.0
        return (count if loss == "mean" else 1) * self._workers / global_count

    def global_count(self, local_count: float) -> float:
        """The sum of the workers' counts, for instance of tokens; pass 0 for an empty part.

        All workers call it in every step, and wait there for each other, before their forward pass
        or after it. Not needed for samples: a Step knows them.
        """
        local_count = number("global_count", local_count)
        self._watch.counted()
        if self._workers == 1:
            return local_count
        assert isinstance(self._model, DistributedDataParallel)
        device = next(self._model.parameters()).device
        count = torch.tensor([local_count], dtype=torch.float64, device=device)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        began = time.perf_counter()
        group = self._model.process_group
        dist.all_reduce(count, group=group)
        total = float(count.item())
        _clock_of(self._session).add(time.perf_counter() - began)
        return total

    def micro_batches(self, step: Step, batch: Any) -> Iterator[Tuple[Any, int]]:
        """Divides a batch into micro-batches of the job's size: (micro-batch, samples) each.

        The gradients are reduced only with the last one. All have the same shape, except at the end
        of an epoch's last batch (--last drop leaves that batch out). For an empty part
        there is one micro-batch, the stand-in, of 0 samples.

            for (inputs, targets), count in replica.micro_batches(step, batch):
                loss = cross_entropy(model(inputs), targets)
                (loss * replica.scale(step, count)).backward()

        Args:
            batch: a tensor, or a tuple, list or dict of such, whose first dimension is the samples.
        """
        check_type("micro_batches", step, Step, "a step of the session, then its batch")
        if step.samples == 0:
            yield batch, 0
        size = self._session.job.micro_batch or 1
        for begin in range(0, step.samples, size):
            end = min(begin + size, step.samples)
            with self._without_all_reduce(unless=end == step.samples):
                yield _rows(batch, begin, end, step.samples), end - begin

    def done(self, step: Step) -> None:
        """The step is finished, including the optimizer's step; reports the times.

        Local work excludes the time from the last gradient's readiness to the all-reduce's end.
        Like session.done(step), but raises EvenkeelError if this model had no all-reduce, for which
        others would wait.
        """
        check_type("done", step, Step, "a step of the session")
        if self._timer is not None and not self._timer.has_seen_any:
            raise EvenkeelError(
                f"done({step.number}): no gradient was reduced in this step; call backward() once"
                " without no_sync(), with an empty part too. To accumulate gradients, take the"
                " parts of a batch from replica.micro_batches(step, batch), and give a larger"
                " --global-batch rather than several steps")
        device = next(self._model.parameters()).device
        if device.type == "cuda":
            torch.cuda.synchronize(device)  # done means done
        self._session.done(step)

    def _without_all_reduce(self, unless: bool) -> ContextManager[None]:
        if unless or not isinstance(self._model, DistributedDataParallel):
            return nullcontext()
        wrapped: Any = self._model
        no_sync: ContextManager[None] = wrapped.no_sync()
        return no_sync


def _clock_of(session: Session) -> AllReduceClock:
    """The session's own clock, which its done() uses."""
    if session._all_reduces is None:
        session._all_reduces = AllReduceClock()
    assert isinstance(session._all_reduces, AllReduceClock)
    return session._all_reduces


def _watch_of(session: Session) -> TrainingWatch:
    if session._watch is None:
        session._watch = TrainingWatch(session.job)
    assert isinstance(session._watch, TrainingWatch)
    return session._watch


def _rows(batch: Any, begin: int, end: int, samples: int) -> Any:
    if isinstance(batch, torch.Tensor):
        if batch.ndim == 0 or len(batch) != samples:
            raise EvenkeelError(f"micro_batches: a tensor of shape {tuple(batch.shape)} in a batch"
                                f" of {samples} samples; its first dimension has to be the samples")
        return batch[begin:end]
    if isinstance(batch, (tuple, list)):
        parts = [_rows(part, begin, end, samples) for part in batch]
        return type(batch)(*parts) if hasattr(batch, "_fields") else type(batch)(parts)
    if isinstance(batch, dict):
        return {name: _rows(part, begin, end, samples) for name, part in batch.items()}
    raise EvenkeelError(f"micro_batches: a {type(batch).__name__} in the batch cannot be divided;"
                        " give tensors, in tuples, lists or dicts")
