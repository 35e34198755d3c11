"""Data-parallel training with parts that differ, against one process that does all samples."""

import gc
import inspect
import threading
import unittest
import warnings
import weakref
from collections import namedtuple
from functools import partial
from statistics import median
from unittest import mock

import torch
import torch.distributed as dist
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

import evenkeel
from evenkeel.torch import Replica, StepSampler, check_model, steps, training_watch
from evenkeel.torch.all_reduce_timer import AllReduceClock, AllReduceTimer, mark_on
from fake_agent import LEASE, step_line
from torch_case import Squares, TorchTest, parts_of, train_together

BATCHES = [list(range(12 * i, 12 * i + 12)) for i in range(8)]
SHARES = [(6, 6), (2, 10), (9, 3), (1, 11), (12, 0), (0, 12), (4, 8), (7, 5)]
WHOLE = [(12,)] * len(BATCHES)


class Inputs(torch.utils.data.Dataset):
    """Random inputs of 6 numbers with a class each, and so many tokens."""

    def __init__(self):
        random = torch.Generator().manual_seed(1)
        self.inputs = torch.randn(100, 6, generator=random, dtype=torch.float64)
        self.classes = torch.randint(0, 3, (100,), generator=random)

    def __getitem__(self, index):
        return self.inputs[index], self.classes[index], 1 + index % 4


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Tanh(),
                               torch.nn.Linear(5, 3)).double()


def trained(session, losses, optimizer=torch.optim.SGD, **wrapping):
    """The parameters after all steps; losses(replica, model, step, batch) gives scaled losses."""
    net = network()
    model = DistributedDataParallel(net, bucket_cap_mb=1e-4, **wrapping)  # several buckets
    replica = Replica(session, model)
    adapt = optimizer(model.parameters(), lr=0.3)
    for step, batch in steps(DataLoader(Inputs(), batch_sampler=StepSampler(session))):
        adapt.zero_grad()
        for loss in losses(replica, model, step, batch):
            loss.backward()
        adapt.step()
        replica.done(step)
    return torch.cat([parameter.detach().flatten() for parameter in net.parameters()])


def mean_loss(replica, model, step, batch):
    yield replica.scale(step) * torch.nn.functional.cross_entropy(model(batch[0]), batch[1])


def sum_loss(replica, model, step, batch):
    loss = torch.nn.functional.cross_entropy(model(batch[0]), batch[1], reduction="sum")
    yield replica.scale(step, loss="sum") * loss


def token_loss(replica, model, step, batch):
    inputs, classes, tokens = batch
    count = int(tokens.sum()) if step.samples else 0
    each = torch.nn.functional.cross_entropy(model(inputs), classes, reduction="none")
    scale = replica.scale(step, count, replica.global_count(count))
    yield scale * (each * tokens).sum() / tokens.sum()


def micro_batched(replica, model, step, batch):
    for (inputs, classes, _), count in replica.micro_batches(step, batch):
        assert len(inputs) <= 4
        loss = torch.nn.functional.cross_entropy(model(inputs), classes)
        yield replica.scale(step, count) * loss


def unscaled_loss(_, model, step, batch):
    yield torch.nn.functional.cross_entropy(model(batch[0]), batch[1])


def work_for(session, step, seconds):
    """Local work, for it is about time."""
    end_s = session.local_seconds(step) + seconds
    while session.local_seconds(step) < end_s:
        pass


def work_unevenly(session, says_done=Replica.done):
    """The second worker works 50 ms longer before its backward pass."""
    model = DistributedDataParallel(torch.nn.Linear(200, 200))
    replica = Replica(session, model)
    for step in session:
        loss = model(torch.ones(1, 200)).sum()
        work_for(session, step, 0.05 * session.job.rank)
        (loss * replica.scale(step)).backward()
        says_done(replica, step)


def session_says_done(replica, step):
    replica._session.done(step)


def train_two_models(session, at_once):
    """The second worker works 50 ms longer, before the backward pass of either model."""
    models = [DistributedDataParallel(torch.nn.Linear(200, 200)) for _ in range(2)]
    replicas = [Replica(session, model) for model in models]
    Replica(session, DistributedDataParallel(torch.nn.Linear(2, 2)))  # in no step
    for step in session:
        losses = [model(torch.ones(1, 200)).sum() * replicas[0].scale(step) for model in models]
        work_for(session, step, 0.05 * session.job.rank)
        for loss in [sum(losses)] if at_once else losses:
            loss.backward()
        (session if step.number % 2 else replicas[1]).done(step)


def work_afterwards(session):
    """20 ms of work after the backward pass."""
    model = DistributedDataParallel(torch.nn.Linear(2, 2))
    replica = Replica(session, model)
    for step in session:
        (model(torch.ones(1, 2)).sum() * replica.scale(step)).backward()
        work_for(session, step, 0.02)
        replica.done(step)


def count_unevenly(session):
    """The second worker works 50 ms longer before the workers' counts are added up."""
    model = DistributedDataParallel(torch.nn.Linear(2, 2))
    replica = Replica(session, model)
    for step in session:
        work_for(session, step, 0.05 * session.job.rank)
        assert replica.global_count(3 + session.job.rank) == 7
        (model(torch.ones(1, 2)).sum() * replica.scale(step, 3, 7)).backward()
        replica.done(step)


def reduce_nothing(session):
    """What done() says without an all-reduce, of each step."""
    model = DistributedDataParallel(torch.nn.Linear(2, 2))
    replica = Replica(session, model)
    messages = []
    for step in session:
        with model.no_sync():
            model(torch.ones(1, 2)).sum().backward()
        try:
            replica.done(step)
        except evenkeel.EvenkeelError as error:
            messages.append(str(error))
        session.done(step)
    return messages


def scale_by_hand(replica, step):
    return 2 * step.samples / replica.global_count(step.samples)


def warnings_of(session, scales, updates, scale=Replica.scale, says_done=Replica.done,
                good_steps=training_watch.GOOD_STEPS):
    """Two models, trained in turns; the loss is scaled and the optimizer steps in these steps."""
    training_watch.GOOD_STEPS = good_steps  # of this process
    models = [DistributedDataParallel(torch.nn.Linear(2, 2)) for _ in range(2)]
    replicas = [Replica(session, model) for model in models]
    optimizers = [torch.optim.SGD(model.parameters(), lr=0.1) for model in models]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for step in session:
            turn = step.number % 2
            loss = models[turn](torch.ones(1, 2)).sum()
            factor = scale(replicas[0], step) if step.number in scales else 1
            (loss * factor).backward()
            if step.number in updates:
                optimizers[turn].step()
            says_done(replicas[turn], step)
    return [(str(each.message), each.filename) for each in warned
            if each.category is RuntimeWarning]


def compress(session):
    """Was the gradient reduced in half precision?"""
    model = DistributedDataParallel(network().float())
    replica = Replica(session, model, hook=default_hooks.fp16_compress_hook)
    for step in session:
        (model(torch.ones(1, 6)).sum() * replica.scale(step)).backward()
        replica.done(step)
    gradient = model.module[2].weight.grad
    return torch.equal(gradient, gradient.half().float())


class Together(TorchTest):
    def compare(self, losses, losses_alone=None, shares=SHARES, micro_batch=1, **more):
        job = {"micro_batch": micro_batch, "min_batch": 0}
        (alone,), _ = train_together(partial(trained, losses=losses_alone or losses, **more),
                                     parts_of(BATCHES, WHOLE), **job)
        (first, second), agents = train_together(partial(trained, losses=losses, **more),
                                                 parts_of(BATCHES, shares), **job)
        self.assertGreater((alone - torch.cat([each.detach().flatten() for each in
                                               network().parameters()])).abs().max(), 0.1)
        self.assertTrue(torch.equal(first, second))
        self.assertLess((first - alone).abs().max(), 1e-12)
        for agent, samples in zip(agents, zip(*shares)):
            done = [line for line in agent.said if "done" in line]
            self.assertEqual([line["done"] for line in done], list(range(len(BATCHES))))
            for line, count in zip(done, samples):
                self.assertEqual(line.pop("stand_in", None), micro_batch if count == 0 else None)
                self.assertEqual(set(line), {"done", "local_s", "data_s", "all_reduce_s"})

    def test_mean_losses_train_as_in_one_process(self):
        self.compare(mean_loss)

    def test_sum_losses_train_as_mean_losses(self):
        self.compare(sum_loss, losses_alone=mean_loss)

    def test_losses_over_tokens_train_as_in_one_process(self):
        self.compare(token_loss)

    def test_micro_batches_train_as_whole_batches(self):
        shares = [(4, 8), (8, 4), (12, 0), (0, 12), (4, 8), (8, 4), (4, 8), (8, 4)]
        self.compare(micro_batched, losses_alone=mean_loss, shares=shares, micro_batch=4)

    def test_a_sharded_optimizer_trains_as_in_one_process(self):
        self.compare(mean_loss, optimizer=partial(ZeroRedundancyOptimizer,
                                                  optimizer_class=torch.optim.SGD))

    def test_without_the_scale_it_would_be_another_training(self):
        with self.assertRaisesRegex(AssertionError, "not less than 1e-12"):
            self.compare(unscaled_loss, losses_alone=mean_loss)

    def test_waiting_for_a_slower_worker_is_no_local_work(self):
        self.check_waiting(work_unevenly)

    def test_the_session_says_the_same_of_a_step_as_the_replica(self):
        self.check_waiting(partial(work_unevenly, says_done=session_says_done))

    def test_waiting_for_a_slower_worker_is_no_local_work_whatever_the_number_of_models(self):
        for at_once in (False, True):
            with self.subTest(at_once=at_once):
                self.check_waiting(partial(train_two_models, at_once=at_once))

    def test_waiting_for_the_global_count_is_no_local_work(self):
        self.check_waiting(count_unevenly)

    def check_waiting(self, train):
        _, agents = train_together(train, parts_of(BATCHES, SHARES[:1] * 8))
        fast, slow = [[line for line in agent.said if "done" in line] for agent in agents]
        for line in slow:
            self.assertGreater(line["local_s"], 0.0499)

        def usual(lines, name):
            return median(line[name] for line in lines)
        # On a busy machine a single step may be interrupted for longer than the work takes.
        self.assertGreater(usual(fast, "all_reduce_s"), usual(fast, "local_s"))
        self.assertLess(usual(fast, "local_s"), 0.5 * usual(slow, "local_s"))
        self.assertLess(usual(fast, "all_reduce_s"), 3 * usual(slow, "local_s"))

    def test_work_after_the_all_reduce_is_local_work(self):
        _, agents = train_together(work_afterwards, parts_of(BATCHES, SHARES[:1] * 8))
        for agent in agents:
            for line in agent.said:
                self.assertGreater(line.get("local_s", 1), 0.0199)

    def test_a_step_without_an_all_reduce_is_refused(self):
        for messages in train_together(reduce_nothing, parts_of(BATCHES, SHARES))[0]:
            self.assertEqual(len(messages), len(BATCHES))
            for message in messages:
                self.assertRegex(message, r"done\(\d+\): no gradient was reduced.*micro_batches")

    def warned(self, shares=SHARES, scales=range(16), updates=range(16), **more):
        train = partial(warnings_of, scales=scales, updates=updates, **more)
        return train_together(train, parts_of(BATCHES * 2, shares), min_batch=0)[0]

    def test_parts_that_differ_without_the_scale_are_warned_of_once(self):
        for (text, _), in self.warned(scales=(), shares=[(6, 6)] + SHARES[:7]):
            self.assertRegex(text, r"step 2: .* has (2|10) of 12 samples .*scale\(step\)")
        self.assertEqual(self.warned(scales=(), shares=[(6, 6)] * 8), [[], []])

    def test_steps_without_an_update_are_warned_of_once(self):
        for every in (2, 3):
            (text, file), = self.warned(SHARES * 2, updates=range(every - 1, 16, every),
                                        says_done=session_says_done)[0]
            self.assertRegex(text, f"every {every} steps.*larger --global-batch .{every} times")
            self.assertEqual(file, __file__)

    def test_a_loss_scaled_by_hand_is_not_warned_of(self):
        self.assertEqual(self.warned(scale=scale_by_hand), [[], []])
        for (text, _), in self.warned(scales=(0, 1), scale=scale_by_hand):
            self.assertRegex(text, r"step 2: .*scale\(step\)")

    def test_a_training_that_went_well_for_long_is_not_warned_of(self):
        late = {0, 1, 2, 3, *range(5, 16, 2)}
        for good_steps, count in ((4, 0), (5, 2)):
            first, other = self.warned(SHARES[1:] * 2, range(4), late, good_steps=good_steps)
            self.assertEqual((len(first), len(other)), (count, count > 0))

    def test_a_usual_training_is_not_warned_of(self):
        # None, as if in another way; all but some that overflow; at no interval.
        for updates in ((), (2, 3, 4, 7), (1, 4, 6)):
            self.assertEqual(self.warned(updates=updates), [[], []])

    def test_a_hook_of_ones_own_does_the_all_reduce(self):
        results, _ = train_together(compress, parts_of(BATCHES, SHARES[:4] * 2))
        self.assertEqual(results, [True, True])


class FullyShardedDataParallel(torch.nn.Module):
    """As far as its name is concerned."""


class Alone(TorchTest):
    def setUp(self):
        super().setUp()
        store = dist.HashStore()
        dist.init_process_group("gloo", store=store, rank=0, world_size=1)
        self.addCleanup(dist.destroy_process_group)

    def test_a_scale_is_what_makes_the_average_right(self):
        line = step_line(0, range(8), 32)
        with self.session([line], job={"workers": 1}) as session:
            replica = Replica(session, torch.nn.Linear(2, 2))
            replica._workers = 4  # what it takes from the job
            step = next(session)
            self.assertEqual(replica.scale(step), 8 * 4 / 32)
            self.assertEqual(replica.scale(step, 2), 2 * 4 / 32)
            self.assertEqual(replica.scale(step, 90, 360), 1)
            self.assertEqual(replica.scale(step, loss="sum"), 4 / 32)
            self.assertEqual(replica.scale(step, 0, 360), 0)
            empty = evenkeel.Step(1, 0, 0, 0, 0, 0, 32, ())
            self.assertEqual(replica.scale(empty), 0)
            self.assertEqual(replica.scale(empty, loss="sum"), 0)
            for wrong in (9, -1):
                with self.refuses(evenkeel.EvenkeelError, "global_count"):
                    replica.scale(step, wrong)
            with self.refuses(evenkeel.EvenkeelError, "local_count is 9 and global_count 8"):
                replica.scale(step, 9, 8)
            with self.refuses(evenkeel.EvenkeelError, "'mean' or 'sum'"):
                replica.scale(step, loss="max")
            replica.done(step)

    def test_micro_batches_divide_whatever_is_made_of_tensors(self):
        lines = [step_line(0, range(5)), step_line(1, [])]
        with self.session(lines, job={"micro_batch": 2}) as session:
            replica = Replica(session, torch.nn.Linear(2, 2))
            self.assertEqual(replica.global_count(5), 5)
            step = next(session)
            batch = {"a": torch.arange(5), "b": [torch.arange(10).view(5, 2)]}
            parts = list(replica.micro_batches(step, batch))
            self.assertEqual([count for _, count in parts], [2, 2, 1])
            self.assertEqual([part["a"].tolist() for part, _ in parts], [[0, 1], [2, 3], [4]])
            self.assertEqual(parts[2][0]["b"][0].tolist(), [[8, 9]])
            for wrong, said in [(torch.arange(4), "first dimension"), ((3,), "int"),
                                (torch.tensor(1), "first dimension")]:
                with self.refuses(evenkeel.EvenkeelError, said):
                    list(replica.micro_batches(step, wrong))
            replica.done(step)
            empty = next(session)
            (part, count), = replica.micro_batches(empty, torch.arange(2))
            self.assertEqual((part.tolist(), count), ([0, 1], 0))
            replica.done(empty)

    def test_micro_batches_of_named_tuples_have_the_same_names(self):
        pair = namedtuple("pair", "inputs targets")
        with self.session([step_line(0, range(2))]) as session:
            replica = Replica(session, torch.nn.Linear(2, 2))
            batch = pair(torch.arange(2), torch.arange(2))
            parts = [part for part, _ in replica.micro_batches(next(session), batch)]
            self.assertEqual([part.targets.tolist() for part in parts], [[0], [1]])

    def test_what_is_no_step_model_or_number_is_told_so(self):
        linear = torch.nn.Linear(2, 2)
        with self.session([step_line(0, range(2))]) as session:
            replica = Replica(session, linear)
            step = next(session)
            for call in (lambda: Replica(None, linear), lambda: Replica(linear, session),
                         lambda: Replica(session, None), lambda: check_model("net", 1),
                         lambda: replica.scale(None), lambda: replica.scale(step, "2"),
                         lambda: replica.scale(step, 1, [2]), lambda: replica.global_count("2"),
                         lambda: next(replica.micro_batches(torch.ones(2), step)),
                         lambda: replica.done(0)):
                with self.refuses(TypeError, "got .*, which is of type .*; give "):
                    call()
            self.assertEqual(replica.scale(step, torch.tensor(1), torch.tensor(4)), 0.25)
            session.done(step)

    def test_models_that_meet_in_every_layer_are_refused_by_name(self):
        linear = torch.nn.Linear(2, 2)
        check_model(linear, 1)
        check_model(torch.nn.SyncBatchNorm(2), 1)
        sharded = torch.nn.Sequential(linear, FullyShardedDataParallel())
        for model, said in [
                (sharded, ("FSDP .module '1'.", "DistributedDataParallel")),
                (torch.nn.Sequential(torch.nn.SyncBatchNorm(2)), ("SyncBatchNorm .module '0'.",
                                                                  "GroupNorm")),
                (linear, ("no DistributedDataParallel", "2 workers")),
                (DistributedDataParallel(linear), ("1 processes", "2 workers"))]:
            with self.refuses(evenkeel.ModelError, *said):
                check_model(model, 2)
        with self.refuses(evenkeel.ModelError, "FSDP"):
            check_model(sharded, 1)

    def test_buffers_that_are_broadcast_are_refused(self):
        def wrapped(**how):
            return DistributedDataParallel(torch.nn.Sequential(
                torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2)), **how)
        arguments = inspect.signature(DistributedDataParallel).parameters
        argument = next(name for name in ("forward_sync_buffers", "broadcast_buffers")
                        if name in arguments)
        with mock.patch("torch.distributed.get_world_size", return_value=2):
            with self.refuses(evenkeel.ModelError, f" {argument}=False"):
                check_model(wrapped(), 2)
            check_model(wrapped(**{argument: False}), 2)

    def test_a_replica_checks_its_model(self):
        with self.session([]) as session:
            with self.refuses(evenkeel.ModelError, "FSDP"):
                Replica(session, FullyShardedDataParallel())
            model = DistributedDataParallel(torch.nn.Linear(2, 2))
            model.register_comm_hook(None, default_hooks.allreduce_hook)
            with self.refuses(evenkeel.ModelError, "hook=..."):
                Replica(session, model)

    def test_an_all_reduce_counts_though_its_replica_or_model_is_gone(self):
        with self.session([step_line(number, [0]) for number in range(4)]) as session:
            model = DistributedDataParallel(torch.nn.Linear(2, 2))
            timer = weakref.ref(Replica(session, model)._timer)
            for step in session:
                if model is not None:
                    model(torch.ones(1, 2)).sum().backward()
                if step.number == 1:
                    model = None
                gc.collect()
                self.assertEqual(timer() is None, model is None)
                session.done(step)
        self.assertEqual(["all_reduce_s" in line for line in self.agent.said if "done" in line],
                         [True, True, False, False])

    def test_nothing_is_kept_of_models_that_are_gone(self):
        rounds = []
        with self.session([step_line(number, [0]) for number in range(4)]) as session:
            for step in session:
                model = DistributedDataParallel(torch.nn.Linear(2, 2))
                replica = Replica(session, model)
                model(torch.ones(1, 2)).sum().backward()
                rounds.append(weakref.ref(replica._timer._last))
                replica.done(step)
            del model, replica
            gc.collect()
            self.assertEqual([each() is None for each in rounds], [True, True, True, False])

    def test_lease_mode_has_no_replicas(self):
        with self.session([], job=LEASE) as session:
            with self.refuses(evenkeel.EvenkeelError, "lease mode", "--mode step"):
                Replica(session, torch.nn.Linear(2, 2))


class Event:
    """A CUDA event on a stream where a quarter of a second passes between any two."""

    recorded = 0

    def __init__(self, enable_timing):
        assert enable_timing
        self.is_complete = False

    def record(self):
        Event.recorded += 1
        self.at_ms = 250.0 * Event.recorded

    def synchronize(self):
        self.is_complete = True

    def elapsed_time(self, later):
        assert later.is_complete
        return later.at_ms - self.at_ms


class SlowToForget:
    """A future whose thread keeps its callback for a while after it was called."""

    def then(self, callback):
        callback(self)
        self.callback = callback
        threading.Timer(0.05, self.forget).start()
        return self

    def forget(self):
        self.callback = None

    @staticmethod
    def value():
        return [torch.ones(1)]


class Timer(TorchTest):
    def test_no_callback_is_left_to_another_thread(self):
        """Which could wait for Python's lock while destroy_process_group() waits for it."""
        future = SlowToForget()
        clock = AllReduceClock()
        timer = AllReduceTimer(clock, lambda state, bucket: future)
        bucket = mock.Mock(index=lambda: 0, buffer=lambda: torch.zeros(1))
        self.assertIs(timer.hook(None, bucket), future)
        clock.take()
        self.assertIsNone(future.callback)

    def test_on_cuda_moments_are_of_the_stream(self):
        with mock.patch("torch.cuda.Event", Event):
            earlier, later = (mark_on(torch.device("cuda")) for _ in range(2))
        self.assertEqual(earlier.seconds_until(later), 0.25)
        self.assertEqual(later.seconds_until(earlier), 0)

    def reduced(self, models, happenings):
        """What a clock has seen of these on models' buckets: a second each, on one device.

        "a0" is bucket 0 of model a, ready; "A0" the same, reduced.
        """
        ticks = iter(range(100))

        class Mark:
            def __init__(self, _):
                self.at = next(ticks)

            def seconds_until(self, later):
                return later.at - self.at

        class Bucket:
            def __init__(self, index):
                self.index = lambda: index

            @staticmethod
            def buffer():
                return torch.zeros(1)

        clock = AllReduceClock()
        futures = {}
        timers = {}
        for model in models:
            hook = mock.Mock(side_effect=lambda _, bucket, model=model:
                             futures[f"{model}{bucket.index()}".upper()])
            timers[model] = AllReduceTimer(clock, hook, f"state of {model}")
        self.assertIsNone(clock.so_far())
        self.assertIsNone(clock.take())
        gradients = []
        with mock.patch("evenkeel.torch.all_reduce_timer.mark_on", Mark):
            for name in happenings:
                if name.islower():
                    futures[name.upper()] = torch.futures.Future()
                    gradients.append(timers[name[0]].hook(None, Bucket(int(name[1:]))))
                    self.assertEqual(timers[name[0]]._hook.call_args.args[0],
                                     f"state of {name[0]}")
                else:
                    futures[name].set_result(torch.ones(1))
        self.assertTrue(all(each.value().item() == 1 for each in gradients))
        so_far = clock.so_far()
        self.assertTrue(any(timer.has_seen_any for timer in timers.values()))
        seconds = clock.take()
        self.assertEqual(so_far, seconds)
        self.assertIsNone(clock.take())
        self.assertFalse(any(timer.has_seen_any for timer in timers.values()))
        return seconds

    def test_counts_from_the_last_bucket_to_the_end_of_all(self):
        self.assertEqual(self.reduced("a", ["a0", "A0", "a1", "a2", "A2", "A1"]), 2)

    def test_adds_up_all_reduces_of_one_model_and_of_several(self):
        self.assertEqual(self.reduced("a", ["a0", "A0", "a0", "a1", "A0", "A1"]), 1 + 2)
        self.assertEqual(self.reduced("ab", ["b0", "B0", "a0", "a1", "A0", "A1"]), 1 + 2)

    def test_one_model_waits_while_another_works(self):
        self.assertEqual(self.reduced("ab", ["a0", "b0", "a1", "b1", "A1", "A0", "B0", "B1"]), 4)
        self.assertEqual(self.reduced("ab", ["b0", "a0", "B0", "a1", "A0", "A1"]), 2)

    def test_adds_what_workers_meet_for_elsewhere(self):
        clock = AllReduceClock()
        clock.add(0.25)
        clock.add(0.5)
        self.assertEqual(clock.so_far(), 0.75)
        self.assertEqual(clock.take(), 0.75)
        self.assertIsNone(clock.take())


if __name__ == "__main__":
    unittest.main()
