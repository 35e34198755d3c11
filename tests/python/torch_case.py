"""What the tests of evenkeel.torch have in common: data, jobs, and trainers in processes."""

import faulthandler
import multiprocessing
import os
import signal
import sys
import tempfile
import unittest
import warnings
from contextlib import contextmanager

import torch
import torch.distributed as dist

import evenkeel
from fake_agent import AgentProcess, FakeAgent, in_environment, step_line

LONGEST_TEST_S = 120
LONGEST_TRAINER_S = 100
torch.set_num_threads(1)
multiprocessing.get_context("forkserver").set_forkserver_preload(["torch_case"])


class Squares(torch.utils.data.Dataset):
    """Sample i is (i, i * i)."""

    def __len__(self):
        return 1000

    def __getitem__(self, index):
        return torch.tensor(float(index)), torch.tensor(float(index * index))


class TorchTest(unittest.TestCase):
    def setUp(self):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LONGEST_TEST_S)
        self.addCleanup(signal.alarm, 0)
        kept = warnings.catch_warnings()
        kept.__enter__()
        self.addCleanup(kept.__exit__, None, None, None)
        refuse_what_is_deprecated()

    @contextmanager
    def session(self, lines, **agent):
        """A session with an agent that gives these steps; faults of the trainer's fail the test."""
        self.agent = AgentProcess(lines, **agent)
        self.agent.start()
        with in_environment(self.agent.trainer.fileno()), evenkeel.Session() as session:
            self.agent.trainer.close()  # or the loader's processes would keep it open
            yield session
        self.agent.end()
        self.assertEqual(self.agent.faults, [])

    def refuses(self, kind, *parts):
        """As assertRaises; the message has to match these patterns, in this order."""
        return self.assertRaisesRegex(kind, "(?s)" + ".*".join(parts))


def parts_of(batches, shares):
    """Lines of a worker each: every batch is divided as `shares` (samples of each worker) says."""
    lines = [[] for _ in shares[0]]
    for number, (batch, share) in enumerate(zip(batches, shares)):
        begin = 0
        for worker, samples in enumerate(share):
            lines[worker].append(step_line(number, batch[begin:begin + samples], len(batch)))
            begin += samples
    return lines


def refuse_what_is_deprecated():
    """An error where evenkeel, or a test, uses what PyTorch or Python is about to take away."""
    for kind in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
        warnings.filterwarnings("error", category=kind, module=r"evenkeel\.|torch_\w+_test$")


def _run_trainer(train, rank, workers, trainer_end, file, folder):
    faulthandler.dump_traceback_later(LONGEST_TRAINER_S, exit=True)  # it outlives its test
    refuse_what_is_deprecated()
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank,
                            world_size=workers)
    with in_environment(trainer_end.fileno()), evenkeel.Session() as session:
        trainer_end.close()
        result = train(session)
    torch.save(result, file)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # the gloo of PyTorch 2.6 sometimes hangs when its process group is destroyed


def train_together(train, lines, **job):
    """Runs train(session) in a process a worker, with its lines; returns results and agents.

    `train` is pickled: the processes are children of a server that has no threads. A child of
    this process, whose gloo and agents have some, could inherit a lock that nobody releases.
    """
    server = multiprocessing.get_context("forkserver")
    workers = len(lines)
    with tempfile.TemporaryDirectory() as folder:
        agents = [FakeAgent(own, job={**job, "rank": rank, "workers": workers})
                  for rank, own in enumerate(lines)]
        files = [os.path.join(folder, f"result-{rank}") for rank in range(workers)]
        trainers = [server.Process(target=_run_trainer, args=(
            train, rank, workers, agents[rank].trainer, files[rank], folder))
            for rank in range(workers)]
        for trainer in trainers:
            trainer.start()
        for agent in agents:
            agent.start()
        for agent in agents:
            agent.end()
        for trainer in trainers:
            trainer.join()
        faults = [fault for agent in agents for fault in agent.faults]
        if faults or any(trainer.exitcode != 0 for trainer in trainers):
            raise AssertionError(f"{faults}, status {[each.exitcode for each in trainers]}")
        return [torch.load(file) for file in files], agents
