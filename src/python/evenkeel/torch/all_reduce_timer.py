"""When the gradient's all-reduce begins and ends under DistributedDataParallel.

It overlaps with the backward pass, a bucket of gradients at a time. Local work ends when the last
bucket is ready; what then remains is waiting for slower workers and the transfer itself.
"""

# mypy: allow-untyped-calls
# Which functions of torch have types depends on its version.

# No postponed annotations: DistributedDataParallel looks at those of a hook.
import time
from typing import Any, Callable, List, Optional

import torch
import torch.distributed as dist
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks

Gradient = torch.futures.Future[torch.Tensor]
Hook = Callable[[Any, dist.GradBucket], Gradient]  # type: ignore[name-defined]


class _ClockMark:
    """A moment of the processor."""

    def __init__(self) -> None:
        self._at_s = time.perf_counter()

    def seconds_until(self, later: "_ClockMark") -> float:
        return later._at_s - self._at_s


class _StreamMark:
    """A moment of the current CUDA stream, known when the device has come there."""

    def __init__(self) -> None:
        self._event = torch.cuda.Event(enable_timing=True)
        self._event.record()

    def seconds_until(self, later: "_StreamMark") -> float:
        later._event.synchronize()
        elapsed_ms: float = self._event.elapsed_time(later._event)
        return max(0.0, elapsed_ms / 1e3)


def mark_on(device: torch.device) -> Any:
    """This moment, as work on the device sees it."""
    return _StreamMark() if device.type == "cuda" else _ClockMark()


class _Round:
    """One all-reduce of all buckets."""

    def __init__(self) -> None:
        self.ready: Optional[Any] = None  # the last bucket; moves while there are further ones
        self.reduced: List[Any] = []  # a mark a bucket; appended to by another thread


class AllReduceTimer:
    """A communication hook around another one, which does the all-reduce."""

    def __init__(self, hook: Optional[Hook] = None, state: Any = None) -> None:
        self._hook = hook or default_hooks.allreduce_hook
        self._state = state
        self._rounds: List[_Round] = []

    def hook(self, state: Any,
             bucket: dist.GradBucket) -> Gradient:  # type: ignore[name-defined]
        """What DistributedDataParallel calls when a bucket of gradients is ready."""
        if bucket.index() == 0:
            self._rounds.append(_Round())
        this_round = self._rounds[-1]
        device = bucket.buffer().device
        this_round.ready = mark_on(device)

        def reduced(future: Gradient) -> torch.Tensor:
            this_round.reduced.append(mark_on(device))
            return future.value()

        return self._hook(self._state, bucket).then(reduced)

    def take(self) -> Optional[float]:
        """Seconds of the all-reduces since the last call; None if there was none."""
        rounds, self._rounds = self._rounds, []
        if not rounds:
            return None
        total_s = 0.0
        for each in rounds:
            if each.ready is not None and each.reduced:
                total_s += max(0.0, *(each.ready.seconds_until(mark) for mark in each.reduced))
        return total_s
