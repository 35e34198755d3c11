"""Times the gradient's all-reduce under DistributedDataParallel.

It overlaps with the backward pass, a bucket of gradients at a time. Local work ends when the last
bucket is ready; what then remains is waiting for slower workers and the transfer itself.
"""

# mypy: allow-untyped-calls
# The version of torch decides which functions have types.

# No postponed annotations: DistributedDataParallel inspects those of a hook.
import time
import weakref
from itertools import count
from typing import Any, Callable, List, Optional

import torch
import torch.distributed as dist

Gradient = torch.futures.Future[torch.Tensor]
Hook = Callable[[Any, dist.GradBucket], Gradient]  # type: ignore[name-defined]

# How long to wait for gloo's thread to drop a callback, at most, and how often to look.
LONGEST_DROP_S = 1.0
LOOK_S = 1e-4


class _ClockMark:
    """A moment on the processor."""

    def __init__(self) -> None:
        self._at_s = time.perf_counter()

    def seconds_until(self, later: "_ClockMark") -> float:
        return later._at_s - self._at_s


class _StreamMark:
    """A moment on the current CUDA stream, known once the device has reached it."""

    def __init__(self) -> None:
        self._event = torch.cuda.Event(enable_timing=True)
        self._event.record()

    def seconds_until(self, later: "_StreamMark") -> float:
        later._event.synchronize()
        elapsed_ms: float = self._event.elapsed_time(later._event)
        return max(0.0, elapsed_ms / 1e3)


def mark_on(device: torch.device) -> Any:
    """Marks this moment on the device."""
    return _StreamMark() if device.type == "cuda" else _ClockMark()


class _Round:
    """One all-reduce of all buckets."""

    def __init__(self, device: torch.device, first_ready: Any) -> None:
        self.device = device
        self.place = 0  # of the last bucket among those of all models
        self.first_ready = first_ready  # the first bucket
        self.ready = first_ready  # the last bucket; moves while there are further ones
        self.reduced: List[Any] = []  # a mark a bucket; appended to by another thread
        self.callbacks: List[Any] = []  # weak references
        self.futures: List[Any] = []
        self.is_taken = False  # by the session

    def wait_for_dropped_callbacks(self) -> None:
        """Waits until no other thread holds a callback of this module.

        Gloo's thread needs the interpreter's lock to drop it. Some versions of torch hold that
        lock while destroy_process_group() waits for this thread: for ever.
        """
        end_s = time.perf_counter() + LONGEST_DROP_S
        while any(callback() is not None for callback in self.callbacks):
            if time.perf_counter() > end_s:
                return
            time.sleep(LOOK_S)


def all_reduce_mean(group: Any, bucket: Any) -> Any:
    """As torch's allreduce_hook, but without a Python callback. Its result is a list."""
    group = group or dist.group.WORLD
    gradient = bucket.buffer().div_(group.size())
    return dist.all_reduce(gradient, group=group, async_op=True).get_future()


class AllReduceClock:
    """Times all all-reduces of a session: those of its models, and others.

    Keeps the times of the step, but not the timers: a model, and its timer, may end before the step
    is done.
    """

    def __init__(self) -> None:
        self._rounds: List[_Round] = []
        self._taken: List[_Round] = []  # kept: another thread must not be the last with a future
        self._other_s: Optional[float] = None

    def begin_round(self, device: torch.device, ready: Any) -> _Round:
        """An all-reduce begins: its first bucket is ready."""
        self._rounds.append(_Round(device, ready))
        return self._rounds[-1]

    def add(self, seconds: float) -> None:
        """Adds time of another collective."""
        self._other_s = (self._other_s or 0.0) + seconds

    def so_far(self) -> Optional[float]:
        """Seconds of all-reduces since the last take(); None if there were none."""
        if not self._rounds:
            return self._other_s
        rounds = sorted(self._rounds, key=lambda each: each.place)
        devices = {each.device for each in rounds}
        for device in devices:
            if device.type == "cuda":
                torch.cuda.synchronize(device)  # done means done
        return (self._other_s or 0.0) + sum(
            _seconds_of([each for each in rounds if each.device == device]) for device in devices)

    def take(self) -> Optional[float]:
        """Returns so_far(), and resets it."""
        for each in self._rounds:
            each.is_taken = True
            each.wait_for_dropped_callbacks()
        seconds = self.so_far()
        self._taken = self._rounds or self._taken
        self._rounds, self._other_s = [], None
        return seconds


_places = count()


class AllReduceTimer:
    """A communication hook around another one, which does the all-reduce."""

    def __init__(self, clock: AllReduceClock, hook: Optional[Hook] = None,
                 state: Any = None) -> None:
        self._clock = clock
        self._hook: Callable[[Any, Any], Any] = hook or all_reduce_mean
        self._state = state
        self._last: Optional[_Round] = None

    @property
    def has_seen_any(self) -> bool:
        """Whether this model had an all-reduce since the clock's last take()."""
        return self._last is not None and not self._last.is_taken

    def hook(self, state: Any,
             bucket: dist.GradBucket) -> Gradient:  # type: ignore[name-defined]
        """Called by DistributedDataParallel when a bucket of gradients is ready."""
        device = bucket.buffer().device
        ready = mark_on(device)
        if self._last is None or bucket.index() == 0:
            self._last = self._clock.begin_round(device, ready)
        this_round = self._last
        this_round.ready, this_round.place = ready, next(_places)

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


def _seconds_of(rounds: List[_Round]) -> float:
    """Their total time, on one device, in the order in which they became ready.

    If several models share a backward pass, one is reduced while another computes: such all-reduces
    count from when the last one was ready, like the buckets of a model.
    """
    total_s = 0.0
    ready: Any = None
    ends: List[Any] = []
    for each in rounds:
        if _until_the_last(each.first_ready, ends) == 0.0:  # it began after those before
            total_s += _until_the_last(ready, ends)
            ends = []
        ready = each.ready
        ends = ends + each.reduced
    return total_s + _until_the_last(ready, ends)


def _until_the_last(ready: Any, ends: List[Any]) -> float:
    seconds: List[float] = [ready.seconds_until(end) for end in ends]
    return max([0.0, *seconds])
