"""Measures a step's local work with a clock that can be stopped."""

from __future__ import annotations

import time
from typing import Dict, Optional


class WorkClock:
    """Seconds of this trainer's own time, without waiting for the agent and pauses."""

    def __init__(self) -> None:
        self._still_s = 0.0
        self._stopped_at: Optional[float] = None

    def now(self) -> float:
        at = time.perf_counter() if self._stopped_at is None else self._stopped_at
        return at - self._still_s

    def stop(self) -> None:
        """Stops the clock; repeated calls have no effect."""
        if self._stopped_at is None:
            self._stopped_at = time.perf_counter()

    def go_on(self) -> None:
        if self._stopped_at is not None:
            self._still_s += time.perf_counter() - self._stopped_at
            self._stopped_at = None


class StepTimes:
    """The times of one step, in seconds on a WorkClock.

    A step begins when it is taken, or at the end of the previous one if it was taken ahead. Its
    all-reduce lasts from the last reached() to reduced(), or to done(); it may have several.

    `seen_s`: seconds of all-reduces in this step that others have measured. Those between reached()
    and reduced() are also measured here.
    """

    __slots__ = ("taken", "_loaded", "_reached", "_all_reduce_s", "_seen_before_s", "_seen_twice_s")

    def __init__(self, taken: float) -> None:
        self.taken = taken
        self._loaded: Optional[float] = None
        self._reached: Optional[float] = None
        self._all_reduce_s: Optional[float] = None
        self._seen_before_s = 0.0  # the last reached()
        self._seen_twice_s = 0.0

    def loaded(self, now: float) -> None:
        self._loaded = now

    def reached(self, now: float, seen_s: float = 0.0) -> None:
        self._reached = now
        self._seen_before_s = seen_s

    def reduced(self, now: float, seen_s: float = 0.0) -> None:
        if self._reached is None:
            return
        self._seen_twice_s += max(0.0, seen_s - self._seen_before_s)
        self._all_reduce_s = (self._all_reduce_s or 0.0) + now - self._reached
        self._reached = None

    @property
    def knows_all_reduce(self) -> bool:
        """Whether the trainer has said when an all-reduce began."""
        return self._reached is not None or self._all_reduce_s is not None

    def local_s(self, previous_done: float, now: float) -> float:
        """Local work up to now."""
        end = now if self._reached is None else self._reached
        return max(0.0, end - self._begin(previous_done) - (self._all_reduce_s or 0.0))

    def measured(self, previous_done: float, now: float,
                 seen_s: Optional[float] = None) -> Dict[str, float]:
        """The members of a done line, for a step that is done now.

        Without "all_reduce_s" no all-reduce was measured, and "local_s" covers the whole step.
        """
        if self._reached is not None:
            self.reduced(now, seen_s or 0.0)
        elsewhere_s = max(0.0, (seen_s or 0.0) - self._seen_twice_s)
        times = {"local_s": max(0.0, self.local_s(previous_done, now) - elsewhere_s)}
        if self._loaded is not None:
            times["data_s"] = max(0.0, self._loaded - self._begin(previous_done))
        if self._all_reduce_s is not None or seen_s is not None:
            times["all_reduce_s"] = (self._all_reduce_s or 0.0) + elsewhere_s
        return times

    def _begin(self, previous_done: float) -> float:
        return max(self.taken, previous_done)
