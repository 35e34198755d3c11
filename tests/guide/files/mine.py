"""What stands for the reader's own data and model: each sample takes 2 ms, on rank 3 8 ms."""

import os
import time
from pathlib import Path

import torch

SAMPLE_S = 0.002 * (4 if os.environ.get("RANK") == "3" else 1)


class Images(torch.utils.data.Dataset):
    """The files of the folder `images`, in the order in which evenkeel lists them."""

    def __init__(self):
        self.files = sorted(Path("images").iterdir())

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        size = self.files[index].stat().st_size
        return torch.tensor([size / 10_000, 1.0]), torch.tensor(size % 2)


class Net(torch.nn.Module):
    """A linear classifier."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)

    def forward(self, inputs):
        time.sleep(SAMPLE_S * len(inputs))
        return self.layer(inputs)
