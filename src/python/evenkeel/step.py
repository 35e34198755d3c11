"""A mini-batch of one trainer, and where its samples are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Mapping, Tuple


@dataclass(frozen=True)
class Extent:
    """A run of samples in one file.

    Attributes:
        path: of the file; absolute, or an address such as s3://bucket/a.tar.
        first: the first sample within the file, from 0.
        count: samples; at least 1.
        index: the first sample within the whole dataset, from 0.
    """

    path: str
    first: int
    count: int
    index: int


@dataclass(frozen=True)
class Step:
    """This trainer's part of a global batch; in lease mode, a part of its lease.

    Attributes:
        number: step mode: of the global batch, through the job; lease mode: this trainer's steps,
            from 0.
        dataset: index among the job's datasets, from 0.
        epoch: of that dataset, from 0.
        begin: the first position on the epoch line.
        end: the position after the last one.
        samples: of this trainer; may be 0 in step mode under --min-batch 0.
        global_samples: of all trainers together; the gradient's divisor.
        extents: where the samples are, in order.
    """

    number: int
    dataset: int
    epoch: int
    begin: int
    end: int
    samples: int
    global_samples: int
    extents: Tuple[Extent, ...]

    @property
    def indices(self) -> List[int]:
        """The index of every sample within the whole dataset, in order."""
        return [index for extent in self.extents
                for index in range(extent.index, extent.index + extent.count)]


def read_step(line: Mapping[str, Any]) -> Step:
    """Parses a step from an agent's line. Raises KeyError, IndexError, TypeError or ValueError."""
    files = [(file["path"], file["offset"]) for file in line["files"]]
    extents = []
    for file, first, count in line["extents"]:
        path, offset = files[file]
        extents.append(Extent(path, first, count, offset + first))
    return Step(line["step"], line["dataset"], line["epoch"], line["begin"], line["end"],
                line["samples"], line["global_samples"], tuple(extents))
