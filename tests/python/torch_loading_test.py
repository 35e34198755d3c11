"""Steps through a DataLoader, with and without worker processes."""

import multiprocessing
import os
import unittest

import torch
from torch.utils.data import DataLoader, default_collate

import evenkeel
from evenkeel.torch import LeaseDataset, LeaseSampler, StepSampler, steps
from fake_agent import AGENT, LEASE, step_line
from torch_case import Squares, TorchTest

LOADERS = (0, 1, 4)


def loaders_left():
    return [child for child in multiprocessing.active_children() if child.name != AGENT]


class Skipping(DataLoader):
    """Leaves out its first batches, as a loader that goes on from a state of its own."""
    skipped = 0

    def __iter__(self):
        batches = super().__iter__()
        for _ in range(self.skipped):
            next(batches)
        yield from batches


class Repeating(DataLoader):
    """Gives every batch twice."""

    def __iter__(self):
        for batch in super().__iter__():
            yield batch
            yield batch


class Keeping(DataLoader):
    """Goes on with the iterator of an earlier loop."""
    kept = None

    def __iter__(self):
        self.kept = self.kept or super().__iter__()
        return self.kept


class Resuming(DataLoader):
    """As torchdata's StatefulDataLoader without worker processes."""
    loaded = None

    def __iter__(self):
        self.keys = iter(self.batch_sampler)
        if self.loaded is not None:
            self.keys.load_state_dict(self.loaded)
        for keys in self.keys:
            yield default_collate([self.dataset[key] for key in keys])


class OneFewer(StepSampler):
    def __iter__(self):
        return (keys[1:] for keys in super().__iter__())


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

    def test_another_pass_inside_the_loop_raises_and_takes_nothing_from_it(self):
        passes = (iter, lambda loader: iter(loader.batch_sampler),
                  lambda loader: iter(DataLoader(Squares(), batch_sampler=loader.batch_sampler)),
                  lambda loader: steps(loader),
                  lambda loader: steps(DataLoader(
                      Squares(), batch_sampler=StepSampler(loader.batch_sampler.session))))
        for loaders, persistent in ((0, False), (2, False), (2, True)):
            with self.subTest(loaders=loaders, persistent=persistent), \
                    self.session(self.lines) as session:
                loader = loader_of(Squares(), loaders, batch_sampler=StepSampler(session),
                                   persistent_workers=persistent)
                seen = []
                for step, (values, _) in steps(loader):
                    self.assertEqual(values.tolist(), step.indices)
                    if 2 <= len(seen) < 2 + len(passes):
                        with self.refuses(evenkeel.EvenkeelError, "loop"):
                            next(passes[len(seen) - 2](loader))
                    session.done(step)
                    seen.append(step.number)
                self.assertEqual(seen, list(range(40)))

    def test_a_pass_between_two_loops_takes_nothing_from_them(self):
        for loaders, persistent in ((0, False), (2, False), (2, True)):
            with self.subTest(loaders=loaders, persistent=persistent), \
                    self.session(self.lines) as session:
                loader = loader_of(Squares(), loaders, batch_sampler=StepSampler(session),
                                   persistent_workers=persistent)
                seen = []
                for most in (7, 8, 100):
                    with self.refuses(evenkeel.EvenkeelError, "another DataLoader"):
                        next(iter(loader))
                    for step, (values, _) in steps(loader):
                        self.assertEqual(values.tolist(), step.indices)
                        session.done(step)
                        seen.append(step.number)
                        if len(seen) == most:
                            break
                self.assertEqual(seen, list(range(40)))

    def test_what_was_loaded_outlives_its_sampler(self):
        with self.session(self.lines) as session:
            seen = []
            for most in (1, 2, 9, 100):
                for step, (values, _) in steps(loader_of(Squares(), 2,
                                                         batch_sampler=StepSampler(session))):
                    self.assertEqual(values.tolist(), step.indices)
                    session.done(step)
                    seen.append(step.number)
                    if len(seen) == most:
                        break
        self.assertEqual(seen, list(range(40)))

    def test_a_loader_that_skips_or_repeats_batches_is_told_so(self):
        for loaders in LOADERS:
            for skipped in (1, 2):
                with self.subTest(loaders=loaders, skipped=skipped), \
                        self.session(self.lines) as session:
                    loader = Skipping(Squares(), batch_sampler=StepSampler(session),
                                      num_workers=loaders)
                    loader.skipped = skipped
                    with self.refuses(evenkeel.EvenkeelError, "leaves some out", "--resume"):
                        next(steps(loader))
                    loader.skipped = 0
                    self.assertEqual(next(steps(loader))[0].number, 0)
            with self.subTest(loaders=loaders), self.session(self.lines[:8]) as session:
                with self.refuses(evenkeel.EvenkeelError, "its batch|repeats some"):
                    for step, _ in steps(Repeating(Squares(), batch_sampler=StepSampler(session),
                                                   num_workers=loaders)):
                        session.done(step)
                self.assertEqual(session.state_dict()["step"], 1)

    def test_a_batch_that_the_loader_has_left_out_shows_at_the_end_at_the_latest(self):
        lines = [step_line(i, range(8)) for i in range(5)]
        with self.session(lines) as session:
            loader = Skipping(Squares(), batch_sampler=StepSampler(session), num_workers=4,
                              collate_fn=tuple)
            loader.skipped = 1
            with self.refuses(evenkeel.EvenkeelError, "leaves some out"):
                for step, _ in steps(loader):
                    session.done(step)

    def test_an_iterator_does_not_outlive_its_loop(self):
        with self.session(self.lines) as session:
            loader = Keeping(Squares(), batch_sampler=StepSampler(session), num_workers=2)
            next(steps(loader))
            with self.refuses(evenkeel.EvenkeelError, "one loop at a time"):
                next(steps(loader))

    def test_a_batch_of_fewer_samples_than_its_step_is_told_so(self):
        with self.session(self.lines) as session:
            with self.refuses(evenkeel.EvenkeelError, "step 0 has 5 samples and its batch 4"):
                next(steps(DataLoader(Squares(), batch_sampler=OneFewer(session))))
        with self.session(self.lines) as session:  # another shape is the collate_fn's business
            next(steps(DataLoader(Squares(), batch_sampler=OneFewer(session),
                                  collate_fn=lambda samples: default_collate(samples))))

    def test_a_loader_goes_on_from_a_state_if_the_job_does(self):
        with self.session(self.lines) as session:
            first = Resuming(Squares(), batch_sampler=StepSampler(session))
            for step, _ in steps(first):
                session.done(step)
                if step.number == 4:
                    break
            state = first.keys.state_dict()
            self.assertEqual(state, session.state_dict())
            loader = Resuming(Squares(), batch_sampler=StepSampler(session))
            loader.loaded = {**state, "step": 4}
            with self.refuses(evenkeel.StateError, "step is 4 in the state and 5 in this job"):
                next(steps(loader))
            loader.loaded = state
            seen = []
            for step, (values, _) in steps(loader):
                self.assertEqual(values.tolist(), step.indices)
                session.done(step)
                seen.append(step.number)
            self.assertEqual(seen, list(range(5, 40)))
        with self.session(self.lines[:0], job={"first_step": 5, "steps": 5}) as session:
            loader = Resuming(Squares(), batch_sampler=StepSampler(session))
            loader.loaded = {**state, "step": 7}
            with self.refuses(evenkeel.StateError, "--first-step 7"):
                next(steps(loader))
            loader.loaded = state
            self.assertEqual(list(steps(loader)), [])

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

    def test_the_agent_is_told_of_a_stand_in(self):
        lines = [step_line(0, [], 64), step_line(1, [7, 8], 64), step_line(2, [], 64)]
        for samples, told in ((None, 4), (1, 1)):
            with self.session(lines, job={"micro_batch": 4, "min_batch": 0}) as session:
                sampler = StepSampler(session, stand_in_samples=samples)
                sizes = []
                for step, (values, _) in steps(DataLoader(Squares(), batch_sampler=sampler)):
                    sizes.append(len(values))
                    session.done(step)
            self.assertEqual(sizes, [told, 2, told])
            said = [line for line in self.agent.said if "done" in line]
            self.assertEqual([line.get("stand_in") for line in said], [told, None, told])

    def test_a_stand_in_is_no_larger_than_a_micro_batch(self):
        with self.session([], job={"micro_batch": 4, "min_batch": 0}) as session:
            for wrong in (0, 5):
                with self.refuses(evenkeel.EvenkeelError, "stand_in_samples", "give 1 to 4"):
                    StepSampler(session, stand_in_samples=wrong)

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

    def test_a_loader_that_accelerate_has_prepared_for_one_process_looks_one_batch_ahead(self):
        class DataLoaderShard(DataLoader):
            __module__ = "accelerate.data_loader"

            def __iter__(self):
                batches = super().__iter__()
                batch = next(batches)
                for following in batches:
                    yield batch
                    batch = following
                yield batch
        for loaders in LOADERS:
            with self.subTest(loaders=loaders), self.session(self.lines) as session:
                for step, (values, _) in steps(DataLoaderShard(
                        Squares(), batch_sampler=StepSampler(session), num_workers=loaders)):
                    self.assertEqual(values.tolist(), step.indices)
                    session.done(step)
            self.assertEqual(self.agent.done, 40)

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


class Itself(torch.utils.data.Dataset):
    def __getitem__(self, step):
        return step.number, step


def read_but_every_tenth(step):
    if step.number % 10 == 3:
        raise OSError(f"step {step.number}\ncannot be read")
    return read(step)


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

    def test_a_step_that_cannot_be_read_has_failed_and_the_loop_goes_on(self):
        for loaders in LOADERS:
            with self.subTest(loaders=loaders), self.session(self.lines, job=LEASE) as session:
                loader = loader_of(LeaseDataset(read_but_every_tenth), loaders,
                                   sampler=LeaseSampler(session), batch_size=None)
                for step, (indices, _) in steps(loader):
                    self.assertEqual(indices.tolist(), step.indices)
                    session.done(step)
            ends = [line for line in self.agent.said if "done" in line or "failed" in line]
            self.assertEqual([line.get("done", line.get("failed")) for line in ends],
                             list(range(40)))
            failed = [line for line in ends if "failed" in line]
            self.assertEqual([line["failed"] for line in failed], [3, 13, 23, 33])
            self.assertRegex(failed[0]["reason"],
                             r"^OSError: step 3 cannot be read"
                             r" \(torch_loading_test\.py, line \d+\)$")

    def test_an_error_that_has_no_text_and_cannot_be_sent_is_a_reason_too(self):
        class Odd(Exception):
            def __init__(self, first, second):
                super().__init__()

            def __str__(self):
                raise ValueError

        def fail(step):
            raise Odd(1, 2)
        with self.session(self.lines[:1], job=LEASE) as session:
            loader = loader_of(LeaseDataset(fail), 1, sampler=LeaseSampler(session),
                               batch_size=None)
            self.assertEqual(list(steps(loader)), [])
        self.assertRegex(self.agent.said[-1]["reason"], r"Odd: .*line \d+")

    def test_another_pass_inside_the_loop_raises_and_takes_nothing_from_it(self):
        for loaders, persistent in ((0, False), (2, False), (2, True)):
            with self.subTest(loaders=loaders, persistent=persistent), \
                    self.session(self.lines, job=LEASE) as session:
                loader = loader_of(LeaseDataset(read), loaders, sampler=LeaseSampler(session),
                                   batch_size=None, persistent_workers=persistent)
                seen = []
                for step, (indices, _) in steps(loader):
                    self.assertEqual(indices.tolist(), step.indices)
                    if step.number == 3:
                        with self.refuses(evenkeel.EvenkeelError, "another DataLoader"):
                            next(iter(loader))
                    session.done(step)
                    seen.append(step.number)
                self.assertEqual(seen, list(range(40)))

    def test_a_loader_that_skips_batches_is_told_so(self):
        for loaders in LOADERS:
            with self.subTest(loaders=loaders), self.session(self.lines, job=LEASE) as session:
                loader = Skipping(LeaseDataset(read), sampler=LeaseSampler(session),
                                  batch_size=None, num_workers=loaders)
                loader.skipped = 1
                with self.refuses(evenkeel.EvenkeelError, "leaves some out"):
                    next(steps(loader))

    def test_a_batch_that_has_lost_its_step_is_told_so(self):
        with self.session(self.lines, job=LEASE) as session:
            for dataset, collate in ((LeaseDataset(read), lambda given: given[1]),
                                     (Itself(), None)):
                loader = DataLoader(dataset, sampler=LeaseSampler(session), batch_size=None,
                                    collate_fn=collate)
                with self.refuses(evenkeel.EvenkeelError, "which step", r"LeaseDataset\(read\)"):
                    next(steps(loader))

    def test_a_step_is_a_batch_already(self):
        with self.session([], job=LEASE) as session:
            loader = DataLoader(LeaseDataset(read), sampler=LeaseSampler(session), batch_size=2)
            with self.refuses(evenkeel.EvenkeelError, "batch_size=None"):
                next(steps(loader))
            with self.refuses(evenkeel.EvenkeelError, "lease mode", "LeaseSampler"):
                StepSampler(session)


if __name__ == "__main__":
    unittest.main()
