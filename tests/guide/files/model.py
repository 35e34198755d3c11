"""What stands for the reader's own model: its gradient is one number, summed up with torch."""

import time

import torch

torch.distributed.init_process_group("gloo")
model = torch.zeros(1)


def load(extents):
    return [extent.index for extent in extents]


def sum_of_gradients(batch):
    time.sleep(0.001 * len(batch))
    return torch.tensor([float(sum(batch))])


def all_reduce_sum(gradient):
    torch.distributed.all_reduce(gradient)


def update(parameters, gradient):
    parameters -= 0.1 * gradient
