"""Checks whether a model can be trained with unequal parts of a batch."""

from __future__ import annotations

import torch
from torch.nn.parallel import DistributedDataParallel

from ..arguments import check_type
from ..errors import ModelError

# By class name, as several of them are in other packages.
SHARDED = {
    "FullyShardedDataParallel": "FSDP",
    "FSDPModule": "FSDP",
    "DeepSpeedEngine": "DeepSpeed",
    "FullyShardedDataParallelPlugin": "FSDP",
    "ShardedDataParallel": "a sharded model",
    "DistributedDataParallelCPU": "an old kind of data parallelism",
}


def check_model(model: torch.nn.Module, workers: int) -> None:
    """Raises ModelError, which says why and what to do, unless unequal parts are safe.

    An optimizer with sharded state (ZeroRedundancyOptimizer) is safe: its workers meet once per
    step, when all have the gradient.
    """
    check_type("the model", model, torch.nn.Module, "a torch.nn.Module")
    for name, module in model.named_modules():
        where = f" (module '{name}')" if name else ""
        for kind in type(module).__mro__:
            if kind.__name__ in SHARDED:
                raise ModelError(
                    f"{SHARDED[kind.__name__]}{where}: its workers meet in every layer, so that"
                    " unequal numbers of micro-batches would hang and local work cannot be told"
                    " from waiting; use DistributedDataParallel, with ZeroRedundancyOptimizer if"
                    " memory is short")
        if isinstance(module, torch.nn.SyncBatchNorm) and workers > 1:
            raise ModelError(
                f"SyncBatchNorm{where}: its workers meet in every forward pass, so that unequal"
                " numbers of micro-batches would hang and local work cannot be told from waiting;"
                " use BatchNorm, or GroupNorm")
    if workers > 1 and not isinstance(model, DistributedDataParallel):
        raise ModelError(f"the model is no DistributedDataParallel, and there are {workers}"
                         " workers whose gradients have to be averaged; wrap it")
    if isinstance(model, DistributedDataParallel):
        _check_wrapping(model, workers)


def _check_wrapping(model: DistributedDataParallel, workers: int) -> None:
    processes = torch.distributed.get_world_size(model.process_group)
    if processes != workers:
        raise ModelError(f"the model's process group has {processes} processes, and the job"
                         f" {workers} workers; call init_process_group() without a group size of"
                         " your own, and have one process a worker")
    has_buffers = next(iter(model.module.buffers()), None) is not None
    # Renamed in torch 2.13.
    argument = ("forward_sync_buffers" if hasattr(model, "forward_sync_buffers")
                else "broadcast_buffers")
    if workers > 1 and has_buffers and getattr(model, argument):
        raise ModelError("the model has buffers (BatchNorm's, perhaps), which"
                         " DistributedDataParallel broadcasts at the begin of every forward pass:"
                         " waiting for rank 0 would count as work; wrap it with"
                         f" {argument}=False")
