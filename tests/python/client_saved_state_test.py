"""What is saved beside a model is checked against the job that goes on."""

import json
import unittest

import evenkeel
from client_case import ClientTest
from fake_agent import LEASE, step_line


class SavedState(ClientTest):
    def saved(self, steps_done, **job):
        session = self.open(*(step_line(i, [0]) for i in range(4)), **job)
        for _ in range(steps_done):
            session.done(next(session))
        state = session.state_dict()
        session.close()
        return json.loads(json.dumps(state))  # plain

    def test_holds_all_that_the_samples_depend_on(self):
        self.assertEqual(self.saved(2), {
            "evenkeel_state": 2,
            "identity": {
                "mode": "step", "files": "2", "samples": "1000", "shard-samples": "1024",
                "shuffle": "block", "seed": "0", "shuffle-block": "16384", "global-batch": "256",
                "last": "partial", "dataset fingerprint": "9f86d081884c7d65"},
            "epoch": 0, "step": 2})

    def test_steps_that_were_read_ahead_are_not_done(self):
        session = self.open(*(step_line(i, [0]) for i in range(4)))
        session.done(next(session))
        next(session)
        next(session)
        self.assertEqual(session.state_dict()["step"], 1)

    def test_the_epoch_is_that_of_the_next_step(self):
        self.assertEqual(self.saved(3)["epoch"], 0)
        self.assertEqual(self.saved(4, epochs=2, steps=8)["epoch"], 1)
        self.assertEqual(self.saved(3, epochs=2, steps=6, last="drop")["epoch"], 1)

    def test_is_taken_where_the_job_begins_at_its_step(self):
        self.open(first_step=2).load_state_dict(self.saved(2))

    def test_says_how_to_begin_at_its_step(self):
        state = self.saved(2)
        with self.refuses(evenkeel.StateError, "step is 2 in the state and 0 in this job",
                          "--first-step 2"):
            self.open().load_state_dict(state)

    def test_refuses_every_difference_by_name(self):
        state = self.saved(0)
        dataset = {"name": "digits", "samples": 1000, "files": 2, "fingerprint": "0"}
        for job, said in [
                ({"datasets": [dataset]},
                 "dataset fingerprint is '9f86d081884c7d65' in the state and '0' in this job"),
                ({"datasets": [{**dataset, "samples": 9}]},
                 "samples is '1000' in the state and '9' in this job; start the job with the"
                 " manifest"),
                ({"shard_samples": 1}, "start the job with --shard-samples 1024"),
                ({"seed": 1}, "seed is '0' in the state and '1' in this job; start the job with"
                              " --seed 0"),
                ({"shuffle": "full"}, "--shuffle block"),
                ({"shuffle_block": 1}, "--shuffle-block 16384"),
                ({"global_batch": 1}, "--global-batch 256"),
                ({"last": "drop"}, "--last partial"),
                (LEASE, "mode is 'step' in the state and 'lease' in this job")]:
            with self.subTest(job=job), self.refuses(evenkeel.StateError, said):
                self.open(**job).load_state_dict(state)

    def test_says_all_differences_at_once(self):
        with self.refuses(evenkeel.StateError, "--seed 0", "--global-batch 256"):
            self.open(seed=1, global_batch=8).load_state_dict(self.saved(0))

    def test_micro_batches_may_be_others_as_batches_stay(self):
        self.open(micro_batch=2).load_state_dict(self.saved(0))

    def test_a_block_counts_only_where_there_are_blocks(self):
        state = self.saved(0, shuffle="full")
        self.open(shuffle="full", shuffle_block=1).load_state_dict(state)

    def test_refuses_what_was_never_saved(self):
        state = self.saved(0)
        for wrong, said in [
                (None, "no state of evenkeel's"), ({}, "no state of evenkeel's"),
                ({**state, "evenkeel_state": 3}, "evenkeel_state is 3"),
                ({name: state[name] for name in state if name != "step"}, "lacks step"),
                ({**state, "identity": None}, "lacks its identity"),
                ({**state, "identity": {}}, "lacks mode, files"),
                ({**state, "identity": {**state["identity"], "seed": None}}, "seed is None"),
                ({**state, "epoch": 5}, "epoch is 5 in the state, and step 0 is in epoch 0")]:
            with self.subTest(wrong=wrong), self.refuses(evenkeel.StateError, said):
                self.open().load_state_dict(wrong)

    def test_is_loaded_before_the_first_step(self):
        state = self.saved(0)
        session = self.open(step_line(0, [0]))
        next(session)
        with self.refuses(evenkeel.EvenkeelError, "steps have been taken already"):
            session.load_state_dict(state)

    def test_of_lease_mode_leaves_the_position_to_the_ledger(self):
        session = self.open(step_line(0, [0]), step_line(1, [1], epoch=1), **LEASE)
        self.assertEqual(session.state_dict()["epoch"], 0)
        for _ in range(2):
            session.done(next(session))
        state = session.state_dict()
        session.close()
        self.assertEqual((state["step"], state["epoch"]), (2, 1))
        self.open(**LEASE).load_state_dict(state)
        with self.refuses(evenkeel.StateError, "--step-samples 32"):
            self.open(**{**LEASE, "step_samples": 8}).load_state_dict(state)


if __name__ == "__main__":
    unittest.main()
