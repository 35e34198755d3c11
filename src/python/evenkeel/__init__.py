"""Evenkeel keeps the load of a distributed training job even; this is its Python client.

    mpirun -n 8 evenkeel run --manifest data.json --mode step -- python train.py

starts train.py once per rank; its `Session` gives the steps of this rank.
`evenkeel.torch` is for PyTorch.
"""

from .checkpoint import Checkpoint
from .errors import AgentLostError, EvenkeelError, ModelError, NoAgentError, StateError
from .job import Dataset, Job
from .session import Session
from .step import Extent, Step

__all__ = [
    "AgentLostError", "Checkpoint", "Dataset", "EvenkeelError", "Extent", "Job", "ModelError",
    "NoAgentError", "Session", "StateError", "Step",
]
