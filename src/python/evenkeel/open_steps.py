"""The steps that a trainer has taken and not ended yet."""

from __future__ import annotations

from typing import Dict, List, Optional

from .arguments import check_type
from .errors import EvenkeelError
from .step import Step
from .work_clock import StepTimes


class OpenStep:
    """A step that was taken, and whose end the agent has not been told."""

    __slots__ = ("step", "times", "stand_in", "last_line")

    def __init__(self, step: Step, now: float) -> None:
        self.step = step
        self.times = StepTimes(now)
        self.stand_in = 0  # samples
        self.last_line: Optional[str] = None  # that ends it, held back until those before have


class OpenSteps:
    """The open steps in the order taken, in which they are also reported to the agent.

    Pure: returns the lines to send.
    """

    def __init__(self, first_number: int, in_order: bool) -> None:
        """`in_order`: steps must end in the order taken."""
        self._in_order = in_order
        self._open: Dict[int, OpenStep] = {}
        self._next = first_number
        self._epoch = 0
        self.any_taken = False

    def __len__(self) -> int:
        return len(self._open)

    @property
    def first(self) -> int:
        """The number of the first open step. Precondition: there is one."""
        return next(iter(self._open))

    @property
    def next_number(self) -> int:
        """The number after the last step taken."""
        return self._next

    def next_undone(self) -> int:
        """The number of the first step that is not done, taken or not."""
        undone = self._first_undone()
        return self._next if undone is None else undone.number

    def next_epoch(self) -> int:
        """The epoch of that step; if unknown, of the last step taken."""
        undone = self._first_undone()
        return self._epoch if undone is None else undone.epoch

    def any_held_back(self) -> bool:
        """Whether a step has ended that cannot be reported yet."""
        return any(taken.last_line is not None for taken in self._open.values())

    def take(self, step: Step, now: float) -> None:
        self._open[step.number] = OpenStep(step, now)
        self._next = step.number + 1
        self._epoch = step.epoch
        self.any_taken = True

    def find(self, step: Step, what: str) -> OpenStep:
        """Raises EvenkeelError, beginning with `what`, if the step was not taken or has ended."""
        check_type(what, step, Step, "a step of this session")
        found = self._open.get(step.number)
        if found is None or found.last_line is not None:
            was_taken = found is not None or self.any_taken and step.number < self._next
            raise EvenkeelError(f"{what}({step.number}): the step "
                                + ("is done already" if was_taken else "was never taken"))
        return found

    def end(self, ended: OpenStep, line: str) -> List[str]:
        """Ends the step with this line. Returns the lines that can now be sent."""
        number = ended.step.number
        if self._in_order and number != self.first:
            raise EvenkeelError(f"step {number} ends before step {self.first}; in step mode steps"
                                " are done in the order taken")
        ended.last_line = line
        lines = []
        while self._open:
            said = self._open[self.first].last_line
            if said is None:
                break
            lines.append(said)
            del self._open[self.first]
        return lines

    def _first_undone(self) -> Optional[Step]:
        for taken in self._open.values():
            if taken.last_line is None:
                return taken.step
        return None
