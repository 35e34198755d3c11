"""Notices a loop that trains something else than the job's steps, and says so once."""

from __future__ import annotations

import warnings
import weakref
from typing import Optional

import torch

from ..job import Job
from ..step import Step
from .all_reduce_timer import AllReduceTimer

# So many times in a row the parameters change only after so many steps: no accident, such as a
# gradient that overflows.
LATE_UPDATES = 3
# So many steps of a kind tell that the loop does well.
GOOD_STEPS = 1000


class TrainingWatch:
    """Looks at the models of a session's replicas whenever a step is done."""

    def __init__(self, job: Job) -> None:
        self._job = job
        # Not kept alive.
        self._timers: weakref.WeakKeyDictionary[torch.nn.Module, Optional[AllReduceTimer]] = (
            weakref.WeakKeyDictionary())
        self._scaled = -1  # the last step whose loss was scaled
        self._has_counted = False
        self._good_scales = 0
        self._versions = 0
        self._since_update = 0  # steps
        self._between_updates = 1
        self._late_updates = 0  # in a row, with as many steps between them
        self._good_updates = 0
        self._may_warn_of_scale = job.workers > 1
        self._may_warn_of_updates = job.rank == 0

    def add(self, model: torch.nn.Module, timer: Optional[AllReduceTimer]) -> None:
        self._timers[model] = timer
        self._versions = self._sum_of_versions()

    def scaled(self, step: Step) -> None:
        """The factor for the loss of this step has been asked for."""
        self._scaled = max(self._scaled, step.number)

    def counted(self) -> None:
        """What the workers have has been added up in this step, to scale its loss by hand."""
        self._has_counted = True

    def __call__(self, step: Step) -> None:
        """The step is done. Warns of what looks wrong."""
        if self._may_warn_of_scale:
            self._look_at_scale(step)
        if self._may_warn_of_updates:
            self._look_at_updates()
        self._has_counted = False

    def _look_at_scale(self, step: Step) -> None:
        equal = step.samples * self._job.workers == step.global_samples
        if equal or not any(
                timer is not None and timer.has_seen_any for timer in self._timers.values()):
            return
        if self._has_counted or step.number <= self._scaled:
            self._good_scales += 1
            self._may_warn_of_scale = self._good_scales < GOOD_STEPS
            return
        self._may_warn_of_scale = False
        _warn(f"step {step.number}: this worker has {step.samples} of {step.global_samples} samples"
              f" over {self._job.workers} workers, and its loss was not scaled."
              " DistributedDataParallel averages gradients as if all workers had done the same"
              " number; multiply the loss by replica.scale(step)")

    def _look_at_updates(self) -> None:
        versions = self._sum_of_versions()
        self._since_update += 1
        if versions == self._versions:
            return
        steps, self._since_update, self._versions = self._since_update, 0, versions
        is_as_late = steps > 1 and steps == self._between_updates
        self._late_updates = self._late_updates + 1 if is_as_late else int(steps > 1)
        self._between_updates = steps
        self._good_updates += steps == 1
        self._may_warn_of_updates = (self._late_updates < LATE_UPDATES
                                     and self._good_updates < GOOD_STEPS)
        if self._late_updates < LATE_UPDATES:
            return
        _warn(f"the model's parameters change only every {steps} steps of the job; a step that is"
              " done before they do is lost with the job, though it counts. To accumulate"
              f" gradients, give a larger --global-batch ({steps} times this one), and take the"
              " parts of a batch from replica.micro_batches(step, batch)")

    def _sum_of_versions(self) -> int:
        """Grows whenever an optimizer of PyTorch's changes parameters, which it does in place."""
        return sum(parameter._version for model in self._timers
                   for parameter in model.parameters())


def _warn(text: str) -> None:
    warnings.warn("evenkeel: " + text, RuntimeWarning, stacklevel=5)  # the caller of done()
