"""Steps through a DataLoader, with and without worker processes."""

import multiprocessing
import os
import unittest

import torch
from torch.utils.data import DataLoader

import evenkeel
from evenkeel.torch import LeaseDataset, LeaseSampler, StepSampler, steps
from fake_agent import AGENT, LEASE, step_line
from torch_case import Squares, TorchTest

LOADERS = (0, 1, 4)


def loaders_left():
    return [child for child in multiprocessing.active_children() if child.name != AGENT]


def loader_of(dataset, loaders, **more):
    if loaders:
        more["prefetch_factor"] = 2
    return DataLoader(dataset, num_workers=loaders, **more)


class StepMode(TorchTest):
    lines = [step_line(i, range(8 * i, 8 * i + 5 + i % 3), 64) for i in range(40)]

    def test_every_batch_comes_with_its_step(self):
        for loaders in LOADERS:
            with self.subTest(loaders=loaders), self.session(self.lines) as session:
                sampler = StepSampler(session)
                self.assertEqual(len(sampler), 40)
                seen = []
                for step, (numbers, squares) in steps(loader_of(Squares(), loaders,
                                                                batch_sampler=sampler)):
                    self.assertEqual(numbers.tolist(), step.indices)
                    self.assertTrue(torch.equal(squares, numbers * numbers))
                    heard = session.checkpoint("now").step  # the agent has heard of all before
                    self.assertEqual(heard, len(seen))
                    session.done(step)
                    seen.append(step.number)
                self.assertEqual(seen, list(range(40)))
            self.assertEqual(self.agent.done, 40)
            self.assertEqual(loaders_left(), [])

    def test_worker_processes_need_not_be_forked_from_the_trainer(self):
        with self.session(self.lines[:8]) as session:
            for step, (numbers, _) in steps(loader_of(
                    Squares(), 1, batch_sampler=StepSampler(session),
                    multiprocessing_context="forkserver")):
                self.assertEqual(numbers.tolist(), step.indices)
                session.done(step)
        self.assertEqual(self.agent.done, 8)

    def test_the_window_is_as_wide_as_the_loader_is_deep(self):
        with self.session(self.lines) as session:
            for step, _ in steps(loader_of(Squares(), 4, batch_sampler=StepSampler(session))):
                session.done(step)
        self.assertEqual(self.agent.window, 4 * 2 + 2)

    def test_loading_is_told(self):
        with self.session(self.lines) as session:
            for step, _ in steps(loader_of(Squares(), 1, batch_sampler=StepSampler(session))):
                session.done(step)
        for line in self.agent.said:
            if "done" in line:
                self.assertLessEqual(line["data_s"], line["local_s"])

    def test_a_plan_that_depends_on_steps_in_the_loader_is_no_deadlock(self):
        for loaders in LOADERS:
            with self.subTest(loaders=loaders), \
                    self.session(self.lines, held_back=3) as session:
                numbers = []
                for step, (values, _) in steps(loader_of(Squares(), loaders,
                                                         batch_sampler=StepSampler(session))):
                    self.assertEqual(values.tolist(), step.indices)
                    session.done(step)
                    numbers.append(step.number)
                self.assertEqual(numbers, list(range(40)))

    def test_a_loop_that_is_left_early_goes_on_with_what_it_had_not_given(self):
        for loaders in LOADERS:
            with self.subTest(loaders=loaders), self.session(self.lines) as session:
                loader = loader_of(Squares(), loaders, batch_sampler=StepSampler(session))
                seen = []
                for most in (7, 8, 20, 100):
                    for step, (values, _) in steps(loader):
                        self.assertEqual(values.tolist(), step.indices)
                        session.done(step)
                        seen.append(step.number)
                        if len(seen) == most:
                            break
                    self.assertEqual(loaders_left(), [])
                self.assertEqual(seen, list(range(40)))

    def test_what_was_loaded_outlives_a_loader_that_is_less_deep(self):
        with self.session(self.lines) as session:
            sampler = StepSampler(session)
            seen = []
            for loaders, most in ((4, 1), (1, 2), (1, 3), (4, 100)):
                for step, (values, _) in steps(loader_of(Squares(), loaders,
                                                         batch_sampler=sampler)):
                    self.assertEqual(values.tolist(), step.indices)
                    session.done(step)
                    seen.append(step.number)
                    if len(seen) == most:
                        break
        self.assertEqual(seen, list(range(40)))

    def test_a_loader_is_gone_through_with_steps(self):
        with self.session(self.lines) as session:
            for loaders in LOADERS:
                loader = loader_of(Squares(), loaders, batch_sampler=StepSampler(session))
                with self.refuses(evenkeel.EvenkeelError, r"for step, batch in steps\(loader\)"):
                    next(iter(loader))

    def test_a_loader_is_gone_through_once_at_a_time(self):
        with self.session(self.lines) as session:
            loader = loader_of(Squares(), 1, batch_sampler=StepSampler(session))
            for step, _ in steps(loader):
                with self.refuses(evenkeel.EvenkeelError, "another loop"):
                    next(steps(loader))
                break

    def test_a_dataset_may_be_indexed_by_path_and_number(self):
        lines = [step_line(0, [5, 6], path="/b"), step_line(1, [2], path="/a")]
        data = {("/b", 5): 1, ("/b", 6): 2, ("/a", 2): 3}
        with self.session(lines) as session:
            sampler = StepSampler(session, key=lambda path, number: (path, number))
            batches = []
            for step, batch in steps(DataLoader(data, batch_sampler=sampler)):
                batches.append(batch.tolist())
                session.done(step)
        self.assertEqual(batches, [[1, 2], [3]])

    def test_an_empty_part_has_a_stand_in(self):
        lines = [step_line(0, [], 64), step_line(1, [7, 8], 64), step_line(2, [], 64)]
        for loaders in LOADERS:
            with self.subTest(loaders=loaders), \
                    self.session(lines, job={"micro_batch": 2, "min_batch": 0}) as session:
                batches = []
                for step, (values, _) in steps(loader_of(Squares(), loaders,
                                                         batch_sampler=StepSampler(session))):
                    batches.append((step.samples, values.tolist()))
                    session.done(step)
                self.assertEqual(batches, [(0, [0, 0]), (2, [7, 8]), (0, [0, 0])])

    def test_keys_of_ones_own_need_a_stand_in_where_parts_may_be_empty(self):
        with self.session([], job={"min_batch": 0}) as session:
            with self.refuses(evenkeel.EvenkeelError, "stand_in", "--min-batch 1"):
                StepSampler(session, key=lambda path, number: number)

    def test_refuses_loaders_that_know_no_steps(self):
        with self.session(self.lines[:0]) as session:
            with self.refuses(evenkeel.EvenkeelError, r"batch_sampler=StepSampler\(session\)"):
                next(steps(DataLoader(Squares(), batch_size=4)))
            loader = DataLoader(Squares(), batch_sampler=StepSampler(session))
            loader.in_order = False  # of newer versions of PyTorch
            with self.refuses(evenkeel.EvenkeelError, "in_order=True"):
                next(steps(loader))
            with self.refuses(evenkeel.EvenkeelError, "step mode", "StepSampler"):
                LeaseSampler(session)

    def test_a_loader_that_accelerate_has_prepared_is_told_so(self):
        def of_accelerate(name, *bases):
            return type(name, bases, {"__module__": "accelerate.data_loader"})
        shard = of_accelerate("BatchSamplerShard", torch.utils.data.BatchSampler)
        dispatcher = of_accelerate("DataLoaderDispatcher", DataLoader)
        with self.session([]) as session:
            sampler = StepSampler(session)
            for loader in (DataLoader(Squares(), batch_sampler=shard(sampler, 1, False)),
                           dispatcher(Squares(), batch_sampler=sampler)):
                with self.refuses(evenkeel.EvenkeelError, r"accelerator\.prepare\(\)",
                                  "accelerator.device"):
                    next(steps(loader))
            alone = of_accelerate("DataLoaderShard", DataLoader)  # as one process has it
            self.assertEqual(list(steps(alone(Squares(), batch_sampler=sampler))), [])

    def test_what_is_no_session_loader_or_function_is_told_so(self):
        for call in (StepSampler, LeaseSampler, LeaseDataset, lambda wrong: next(steps(wrong))):
            for wrong in (None, [3]):
                with self.refuses(TypeError, "got .*, which is of type .*; give a "):
                    call(wrong)

    def test_a_dataset_that_uses_the_session_in_a_worker_is_told_so(self):
        with self.session(self.lines) as session:
            class Wrong(Squares):
                def __getitem__(self, index):
                    return session.read_ahead and next(session)
            with self.refuses(evenkeel.NoAgentError, "child", "DataLoader worker"):
                for _ in steps(loader_of(Wrong(), 1, batch_sampler=StepSampler(session))):
                    self.fail("a batch")


def read(step):
    """A batch of lease mode: the indices, and who has read them."""
    return torch.tensor(step.indices), os.getpid()


class LeaseMode(TorchTest):
    lines = [step_line(i, range(8 * i, 8 * i + 5 + i % 3)) for i in range(40)]

    def loader(self, session, loaders):
        return loader_of(LeaseDataset(read), loaders, sampler=LeaseSampler(session),
                         batch_size=None)

    def test_every_step_is_done_once(self):
        for loaders in LOADERS:
            with self.subTest(loaders=loaders), self.session(self.lines, job=LEASE) as session:
                seen = []
                readers = set()
                for step, (indices, reader) in steps(self.loader(session, loaders)):
                    self.assertEqual(indices.tolist(), step.indices)
                    readers.add(reader)
                    session.done(step)
                    seen.append(step.number)
                self.assertTrue(session.complete)
                self.assertEqual(seen, list(range(40)))
                self.assertEqual(len(readers), max(1, loaders))
                self.assertEqual(os.getpid() in readers, loaders == 0)
            self.assertEqual(self.agent.done, 40)
            self.assertEqual(loaders_left(), [])

    def test_work_that_comes_back_at_the_end_is_no_deadlock(self):
        for loaders in LOADERS:
            for held_back in (1, 5):
                with self.subTest(loaders=loaders, held_back=held_back), \
                        self.session(self.lines, job=LEASE, held_back=held_back) as session:
                    for step, _ in steps(self.loader(session, loaders)):
                        session.done(step)
                self.assertEqual(self.agent.done, 40)

    def test_steps_may_be_done_in_any_order(self):
        with self.session(self.lines, job=LEASE) as session:
            kept = None
            for step, _ in steps(self.loader(session, 4)):
                if kept is None:
                    kept = step
                    continue
                session.done(step)
                session.done(kept)
                kept = None
        self.assertEqual([line["done"] for line in self.agent.said if "done" in line],
                         list(range(40)))

    def test_a_loop_that_is_left_early_leaves_no_process(self):
        for loaders in LOADERS:
            with self.subTest(loaders=loaders), self.session(self.lines, job=LEASE) as session:
                loader = self.loader(session, loaders)
                for step, _ in steps(loader):
                    session.done(step)
                    if step.number == 6:
                        break
                self.assertEqual(loaders_left(), [])
                rest = []
                for step, (indices, _) in steps(loader):
                    self.assertEqual(indices.tolist(), step.indices)
                    session.done(step)
                    rest.append(step.number)
                self.assertEqual(rest, list(range(7, 40)))

    def test_an_error_in_a_worker_reaches_the_loop(self):
        def fail(step):
            raise OSError(f"step {step.number} cannot be read")
        with self.session(self.lines, job=LEASE) as session:
            loader = loader_of(LeaseDataset(fail), 2, sampler=LeaseSampler(session),
                               batch_size=None)
            with self.refuses(OSError, "step 0 cannot be read"):
                next(steps(loader))
        self.assertEqual(loaders_left(), [])

    def test_a_step_is_a_batch_already(self):
        with self.session([], job=LEASE) as session:
            loader = DataLoader(LeaseDataset(read), sampler=LeaseSampler(session), batch_size=2)
            with self.refuses(evenkeel.EvenkeelError, "batch_size=None"):
                next(steps(loader))
            with self.refuses(evenkeel.EvenkeelError, "lease mode", "LeaseSampler"):
                StepSampler(session)


if __name__ == "__main__":
    unittest.main()
