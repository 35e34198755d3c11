"""What is no argument for a call, and what is said then."""

import unittest

import evenkeel
from client_case import ClientTest
from fake_agent import LEASE, said_on, step_line

STEP_CALLS = ("loaded", "reached", "reduced", "local_seconds", "done", "progress")


class Number:
    """As numpy and torch have it."""

    def __init__(self, value):
        self.value = value

    def __float__(self):
        return float(self.value)

    def __index__(self):
        return self.value


class Types(ClientTest):
    def test_a_step_is_a_step(self):
        session = self.open(step_line(0, [0]))
        next(session)
        for name in STEP_CALLS:
            for wrong in (None, 0, [0]):
                with self.subTest(name=name, wrong=wrong), self.refuses(
                        TypeError, f"{name}: got {wrong!r}, which is of type",
                        "give a step of this session"):
                    getattr(session, name)(wrong)
        with self.refuses(TypeError, "failed: got None", "give a step"):
            session.failed(None, "no")
        self.assertEqual(said_on(self.agent), [])

    def test_text_is_text(self):
        session = self.open(step_line(0, [0]))
        step = next(session)
        with self.refuses(TypeError, "checkpoint: got 3, which is of type int; give the tag"):
            session.checkpoint(3)
        with self.refuses(TypeError, "failed: got OSError('no'), which is of type OSError",
                          "give the reason as text"):
            session.failed(step, OSError("no"))
        session.failed(step, "no")
        self.assertEqual(said_on(self.agent), [{"failed": 0, "reason": "no"}])

    def test_a_number_is_a_number(self):
        session = self.open(step_line(0, [0]))
        step = next(session)

        def set_read_ahead(steps):
            session.read_ahead = steps
        for what, call in [("pause", session.pause), ("take_ready", session.take_ready),
                           ("read_ahead", set_read_ahead), ("epoch_of", session.job.epoch_of),
                           ("done(0): data_s", lambda s: session.done(step, data_s=s))]:
            for wrong in ("3", [3]):
                with self.subTest(what=what, wrong=wrong), self.refuses(
                        TypeError, f"{what}: got {wrong!r}, which is of type", "number"):
                    call(wrong)
        with self.refuses(TypeError, "read_ahead: got 2.5, which is of type float"):
            set_read_ahead(2.5)
        self.assertEqual(said_on(self.agent), [])

    def test_numbers_of_other_packages_are_numbers(self):
        session = self.open(step_line(0, [0]))
        step = next(session)
        session.read_ahead = Number(2)
        session.pause(Number(3))
        session.done(step, data_s=Number(1), all_reduce_s=Number(0))
        self.assertEqual(said_on(self.agent)[:2], [{"read_ahead": 2}, {"pause": 3.0}])
        self.assertEqual(session.job.epoch_of(Number(0)), 0)

    def test_it_cannot_take_less_than_no_time_for_a_step_to_come(self):
        session = self.open()
        for wrong in (-1, float("inf")):  # poll() would wait for ever
            with self.refuses(evenkeel.EvenkeelError, "take_ready", "give seconds"):
                session.take_ready(wrong)

    def test_a_year_is_not_too_long_to_wait(self):
        session = self.open(step_line(0, [0]))
        self.assertEqual(session.take_ready(365 * 24 * 3600).number, 0)

    def test_steps_of_lease_mode_know_their_epoch_themselves(self):
        with self.refuses(evenkeel.EvenkeelError, "epoch_of", "step.epoch"):
            self.open(**LEASE).job.epoch_of(0)


if __name__ == "__main__":
    unittest.main()
