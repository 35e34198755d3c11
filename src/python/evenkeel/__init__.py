"""Evenkeel keeps the load of a distributed training job even; this is its Python client.

    mpirun -n 8 evenkeel run --manifest data.json --mode step -- python train.py

starts train.py once a rank, and there `Session` gives the steps that this rank is to do.
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
