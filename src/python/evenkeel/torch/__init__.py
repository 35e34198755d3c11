"""Evenkeel for PyTorch.

Loading: StepSampler (step mode), LeaseSampler and LeaseDataset (lease mode), all for a DataLoader
with or without worker processes, and steps(), which iterates over such a loader. Training: Replica,
a model under DistributedDataParallel with unequal parts of a batch.
"""

from .loading import LeaseDataset, LeaseSampler, StepSampler, steps
from .model_check import check_model
from .replica import Replica

__all__ = ["LeaseDataset", "LeaseSampler", "Replica", "StepSampler", "check_model", "steps"]
