"""The status of a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Checkpoint:
    """The agent's answer to Session.checkpoint().

    Attributes:
        step: step mode: all steps before this one are in it; lease mode: so many steps of this
            trainer are done.
        state: "complete": recorded; `--resume TAG` resumes from it. "pending" (lease mode): other
            trainers have not called yet. "unrecorded": there is no ledger, it cannot be written,
            or the job is over.
    """

    step: int
    state: str

    @property
    def complete(self) -> bool:
        return self.state == "complete"
