"""The job as the agent describes it in its first line."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Dict, Mapping, Optional

from .arguments import whole_number
from .errors import AgentLostError, EvenkeelError

PROTOCOL = 1


@dataclass(frozen=True)
class Dataset:
    """What is trained on.

    Attributes:
        name: as the manifest gives it.
        samples: of one epoch.
        files: their number.
        fingerprint: 16 hexadecimal digits of the files' paths, samples and order.
    """

    name: str
    samples: int
    files: int
    fingerprint: str


@dataclass(frozen=True)
class Job:
    """The same for all trainers of the job. Counts are in samples unless they say otherwise.

    Attributes:
        mode: "step" (synchronous) or "lease".
        rank: of this trainer, from 0.
        workers: trainers of the job.
        incarnation: of this trainer: how many have ended before it, and it was started instead.
        dataset: what is trained on.
        epochs: their number.
        steps: step mode: the number after the job's last step; None in lease mode.
        first_step: step mode: the job's first step (--first-step); 0 in lease mode.
        global_batch: step mode: samples of a step over all workers; None in lease mode.
        micro_batch: step mode: a part of a batch is a multiple of it; None in lease mode.
        last: step mode: an epoch's last, partial batch: "partial" or "drop"; None in lease mode.
        min_batch: step mode: least samples of a whole batch for each trainer; 0: may be none.
        step_samples: lease mode: samples of a step; None in step mode.
        seed: of the epoch order.
        shuffle: "none", "shards", "block" or "full".
        shuffle_block: positions; counts with "block" only.
        shard_samples: most samples per shard.
        resumed_tag: the checkpoint to load; None: the job begins at the start, or continues from
            what is done.
        identity: the terms that must match in another job of the same run.
    """

    mode: str
    rank: int
    workers: int
    incarnation: int
    dataset: Dataset
    epochs: int
    steps: Optional[int]
    first_step: int
    global_batch: Optional[int]
    micro_batch: Optional[int]
    last: Optional[str]
    min_batch: Optional[int]
    step_samples: Optional[int]
    seed: int
    shuffle: str
    shuffle_block: int
    shard_samples: int
    resumed_tag: Optional[str]
    identity: Mapping[str, str]

    @property
    def in_steps(self) -> bool:
        """Step mode: all workers meet in an all-reduce."""
        return self.mode == "step"

    def epoch_of(self, step: int) -> int:
        """The epoch of a step's number, in step mode."""
        step = whole_number("epoch_of", step)
        if self.global_batch is None:
            raise EvenkeelError("epoch_of: in lease mode each step knows its epoch: step.epoch")
        batches = self.dataset.samples // self.global_batch
        if self.last != "drop" and self.dataset.samples % self.global_batch != 0:
            batches += 1
        return step // max(1, batches)


def read_job(line: Mapping[str, Any]) -> Job:
    """Parses the agent's first line. Raises AgentLostError if it is not one."""
    version = line.get("evenkeel")
    if version != PROTOCOL:
        raise AgentLostError(
            f"the agent speaks version {version!r} of the trainer protocol, and this client"
            f" {PROTOCOL}; install the Python package of the same evenkeel as the program")
    try:
        (first,) = line["datasets"]
        dataset = Dataset(**{field.name: first[field.name] for field in fields(Dataset)})
        known: Dict[str, Any] = {**line, "dataset": dataset, "first_step": line["first_step"] or 0}
        return Job(**{field.name: known[field.name] for field in fields(Job)})
    except (KeyError, TypeError, ValueError) as error:
        raise AgentLostError(f"the agent's first line lacks {error}") from error
