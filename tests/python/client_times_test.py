"""What the client measures, on a clock that the test moves."""

import unittest
from unittest import mock

import evenkeel
from client_case import ClientTest
from fake_agent import LEASE, said_on, step_line


class HandClock:
    """Stands in for time.perf_counter: goes on only when it is told to."""

    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at

    def pass_by(self, seconds):
        self.at += seconds


class Seen:
    """Stands in for the clock of a session's replicas, which have seen what the test says."""

    def __init__(self):
        self.seconds = None

    def see(self, seconds):
        self.seconds = (self.seconds or 0) + seconds

    def so_far(self):
        return self.seconds

    def take(self):
        seconds, self.seconds = self.seconds, None
        return seconds


class Times(ClientTest):
    def setUp(self):
        super().setUp()
        self.clock = HandClock()
        patch = mock.patch("time.perf_counter", self.clock)
        patch.start()
        self.addCleanup(patch.stop)

    def done_line(self):
        line = said_on(self.agent)[-1]
        return {name: value for name, value in line.items() if name != "done"}

    def test_loading_computing_and_the_all_reduce_are_told_apart(self):
        session = self.open(step_line(0, [0]))
        self.clock.pass_by(5)  # not of any step
        step = next(session)
        self.clock.pass_by(2)
        session.loaded(step)
        self.clock.pass_by(8)
        session.reached(step)
        self.assertEqual(session.local_seconds(step), 10)
        self.clock.pass_by(16)
        session.done(step)
        self.assertEqual(self.done_line(), {"local_s": 10, "data_s": 2, "all_reduce_s": 16})

    def test_the_time_of_a_step_that_failed_is_not_that_of_the_next(self):
        session = self.open(step_line(0, [0]), step_line(1, [1]))
        first, second = next(session), next(session)  # taken ahead
        self.clock.pass_by(5)
        session.failed(first, "unreadable")
        self.clock.pass_by(3)
        session.done(second)
        self.assertEqual(self.done_line(), {"local_s": 3})

    def test_work_after_the_all_reduce_is_local(self):
        session = self.open(step_line(0, [0]))
        step = next(session)
        for _ in range(2):  # two all-reduces
            self.clock.pass_by(1)
            session.reached(step)
            self.clock.pass_by(2)
            session.reached(step)  # it was not all yet
            self.clock.pass_by(4)
            session.reduced(step)
            self.clock.pass_by(8)
        session.done(step)
        self.assertEqual(self.done_line(), {"local_s": 22, "all_reduce_s": 8})

    def test_without_an_all_reduce_all_is_local(self):
        session = self.open(step_line(0, [0]))
        step = next(session)
        self.clock.pass_by(3)
        session.reduced(step)  # of nothing
        session.done(step)
        self.assertEqual(self.done_line(), {"local_s": 3})

    def test_among_several_workers_only_what_is_no_waiting_is_told(self):
        session = self.open(step_line(0, [0]), workers=2)
        step = next(session)
        self.clock.pass_by(2)
        session.loaded(step)
        self.clock.pass_by(3)
        session.done(step)
        self.assertEqual(self.done_line(), {"data_s": 2})

    def test_an_all_reduce_that_is_given_is_no_local_work(self):
        session = self.open(step_line(0, [0]), step_line(1, [0]), step_line(2, [0]), workers=2)
        step = next(session)
        self.clock.pass_by(5)
        session.done(step, all_reduce_s=2)
        self.assertEqual(self.done_line(), {"local_s": 3, "all_reduce_s": 2})
        step = next(session)
        self.clock.pass_by(1)
        session.reached(step)
        self.clock.pass_by(4)
        session.done(step, all_reduce_s=3)  # it knows better
        self.assertEqual(self.done_line(), {"local_s": 1, "all_reduce_s": 3})
        step = next(session)
        self.clock.pass_by(5)
        session.done(step, local_s=1)
        self.assertEqual(self.done_line(), {"local_s": 1})

    def test_what_a_replica_has_seen_is_no_local_work(self):
        session = self.open(*(step_line(number, [0]) for number in range(4)), workers=2)
        session._all_reduces = replicas = Seen()
        step = next(session)
        self.clock.pass_by(5)
        replicas.see(2)
        session.done(step)
        self.assertEqual(self.done_line(), {"local_s": 3, "all_reduce_s": 2})
        step = next(session)
        self.clock.pass_by(5)
        replicas.see(2)
        session.reached(step)  # for something else
        self.clock.pass_by(4)
        session.reduced(step)
        session.done(step)
        self.assertEqual(self.done_line(), {"local_s": 3, "all_reduce_s": 6})
        step = next(session)
        self.clock.pass_by(5)
        replicas.see(2)
        session.done(step, all_reduce_s=4)  # all of it, as the trainer knows
        self.assertEqual(self.done_line(), {"local_s": 1, "all_reduce_s": 4})
        step = next(session)
        self.clock.pass_by(5)
        session.done(step)
        self.assertEqual(self.done_line(), {})

    def test_an_all_reduce_that_trainer_and_replica_have_seen_counts_once(self):
        session = self.open(*(step_line(number, [0]) for number in range(5)), workers=2)
        session._all_reduces = replicas = Seen()
        step = next(session)
        self.clock.pass_by(5)
        session.reached(step)
        self.clock.pass_by(4)
        replicas.see(2)
        session.done(step)  # which is the end of it
        self.assertEqual(self.done_line(), {"local_s": 5, "all_reduce_s": 4})
        step = next(session)
        for _ in range(2):
            self.clock.pass_by(5)
            replicas.see(1)  # elsewhere
            session.reached(step)
            self.clock.pass_by(4)
            replicas.see(2)
            session.reduced(step)
        self.clock.pass_by(3)
        replicas.see(0.5)  # elsewhere
        session.done(step)
        self.assertEqual(self.done_line(), {"local_s": 2 * 4 + 2.5, "all_reduce_s": 2 * 5 + 0.5})
        step = next(session)
        self.clock.pass_by(5)
        session.reached(step)
        self.clock.pass_by(4)
        replicas.see(2)
        session.reached(step)  # it was none, but for what the replica saw
        self.clock.pass_by(1)
        session.reduced(step)
        session.done(step)
        self.assertEqual(self.done_line(), {"local_s": 7, "all_reduce_s": 3})
        for says_reduced in (False, True):
            step = next(session)
            self.clock.pass_by(5)
            replicas.see(1)
            session.reached(step)
            self.clock.pass_by(4)
            replicas.see(2)
            if says_reduced:
                session.reduced(step)
            session.done(step, all_reduce_s=3)  # all of it, as the trainer knows
            self.assertEqual(self.done_line(), {"local_s": 5, "all_reduce_s": 3})

    def test_waiting_for_the_device_of_a_replica_is_where_its_work_is(self):
        session = self.open(step_line(0, [0]), workers=2)
        session._all_reduces = replicas = Seen()

        def wait():
            self.clock.pass_by(10)
            return 0
        step = next(session)
        replicas.so_far = wait
        session.reached(step)
        session.reduced(step)
        session.done(step)
        self.assertEqual(self.done_line(), {"local_s": 10, "all_reduce_s": 10})

    def test_in_lease_mode_all_is_local(self):
        session = self.open(step_line(0, [0]), **LEASE, workers=2)
        step = next(session)
        self.clock.pass_by(3)
        session.done(step)
        self.assertEqual(self.done_line(), {"local_s": 3})

    def test_a_step_that_was_taken_ahead_begins_when_the_one_before_is_done(self):
        session = self.open(step_line(0, [0]), step_line(1, [0]))
        first, second = next(session), next(session)
        self.clock.pass_by(3)
        session.done(first)
        self.clock.pass_by(4)
        session.loaded(second)
        session.done(second)
        self.assertEqual(self.done_line(), {"local_s": 4, "data_s": 4})

    def test_a_pause_is_no_work_and_ends_with_the_next_call(self):
        session = self.open(step_line(0, [0]), step_line(1, [0]))
        step = next(session)
        self.clock.pass_by(1)
        session.pause(30)
        self.clock.pass_by(100)
        session.loaded(step)
        self.assertEqual(said_on(self.agent), [{"pause": 30.0}, {"progress": 0}])
        self.clock.pass_by(2)
        session.done(step)
        self.assertEqual(self.done_line(), {"local_s": 3, "data_s": 1})

    def test_a_pause_between_steps_ends_with_the_next_step(self):
        session = self.open(step_line(0, [0]), step_line(1, [0]))
        session.done(next(session))
        session.pause(30)
        self.clock.pass_by(100)
        step = next(session)
        said = said_on(self.agent)
        self.assertEqual([list(line)[0] for line in said], ["done", "pause", "progress"])
        self.clock.pass_by(2)
        session.done(step)
        self.assertEqual(self.done_line(), {"local_s": 2})

    def test_refuses_a_pause_that_is_no_time(self):
        session = self.open()
        for wrong in (-1, float("nan")):
            with self.refuses(evenkeel.EvenkeelError, "pause", "give seconds"):
                session.pause(wrong)

    def test_waiting_for_the_agent_is_no_work(self):
        session = self.open(step_line(0, [0]))
        step = next(session)
        receive = session._receive

        def receive_late():
            self.clock.pass_by(50)
            return receive()
        session._receive = receive_late
        self.agent.sendall(b'{"checkpoint":"a","step":0,"state":"complete"}\n')
        session.checkpoint("a")
        self.clock.pass_by(1)
        session.done(step)
        self.assertEqual(self.done_line()["local_s"], 1)


if __name__ == "__main__":
    unittest.main()
