"""When the gradient's all-reduce begins and ends under DistributedDataParallel.

It overlaps with the backward pass, a bucket of gradients at a time. Local work ends when the last
bucket is ready; what then remains is waiting for slower workers and the transfer itself.
"""

# mypy: allow-untyped-calls
# Which functions of torch have types depends on its version.

# No postponed annotations: DistributedDataParallel looks at those of a hook.
import time
import weakref
from typing import Any, Callable, List, Optional

import torch
import torch.distributed as dist

Gradient = torch.futures.Future[torch.Tensor]
Hook = Callable[[Any, dist.GradBucket], Gradient]  # type: ignore[name-defined]

# How long take() waits at most for gloo's thread to drop a callback, and how often it looks.
LONGEST_DROP_S = 1.0
LOOK_S = 1e-4


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
        self.callbacks: List[Any] = []  # weak references
        self.futures: List[Any] = []

    def wait_for_dropped_callbacks(self) -> None:
        """Returns when no other thread has a callback of ours any more.

        Gloo's thread needs the interpreter's lock to drop it. Some versions of torch hold that
        lock while destroy_process_group() waits for this thread: for ever.
        """
        end_s = time.perf_counter() + LONGEST_DROP_S
        while any(callback() is not None for callback in self.callbacks):
            if time.perf_counter() > end_s:
                return
            time.sleep(LOOK_S)


def all_reduce_mean(group: Any, bucket: Any) -> Any:
    """As torch's allreduce_hook, but without a callback of Python's. Its result is a list."""
    group = group or dist.group.WORLD
    gradient = bucket.buffer().div_(group.size())
    return dist.all_reduce(gradient, group=group, async_op=True).get_future()


class AllReduceTimer:
    """A communication hook around another one, which does the all-reduce."""

    def __init__(self, hook: Optional[Hook] = None, state: Any = None) -> None:
        self._hook: Callable[[Any, Any], Any] = hook or all_reduce_mean
        self._state = state
        self._rounds: List[_Round] = []
        self._taken: List[_Round] = []  # kept: another thread must not be the last with a future

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
            value: Any = future.value()
            gradient: torch.Tensor = value if isinstance(value, torch.Tensor) else value[0]
            return gradient

        asked = self._hook(self._state, bucket)
        result: Gradient = asked.then(reduced)
        this_round.callbacks.append(weakref.ref(reduced))
        this_round.futures += [asked, result]
        return result

    def take(self) -> Optional[float]:
        """Seconds of the all-reduces since the last call; None if there was none."""
        rounds, self._rounds = self._rounds, []
        if not rounds:
            return None
        self._taken = rounds
        total_s = 0.0
        for each in rounds:
            each.wait_for_dropped_callbacks()
            if each.ready is not None and each.reduced:
                total_s += max(0.0, *(each.ready.seconds_until(mark) for mark in each.reduced))
        return total_s
