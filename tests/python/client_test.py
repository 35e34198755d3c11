"""The Python client against an agent that behaves, and against lines that do not."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import unittest
from unittest import mock

import evenkeel
from fake_agent import JOB, LEASE, FakeAgent, in_environment, said_on, scripted, step_line

LONGEST_TEST_S = 60


class HandClock:
    """Stands in for time.perf_counter: goes on only when it is told to."""

    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at

    def pass_by(self, seconds):
        self.at += seconds


class ClientTest(unittest.TestCase):
    def setUp(self):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LONGEST_TEST_S)
        self.addCleanup(signal.alarm, 0)
        os.environ.pop("EVENKEEL_FD", None)

    def open(self, *lines, **job):
        """A session on these lines after the job's; what the trainer says is on self.agent."""
        context = scripted([{**JOB, **job}, *lines])
        self.agent = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        session = evenkeel.Session()
        self.addCleanup(session.close)
        return session

    def refuses(self, kind, *parts):
        """As assertRaises; the message has to have these parts."""
        case = self

        class Refusal:
            def __enter__(self):
                pass

            def __exit__(self, raised, error, trace):
                if raised is None:
                    case.fail(f"no {kind.__name__}")
                if not isinstance(error, kind):
                    return False
                for part in parts:
                    case.assertIn(part, str(error))
                return True
        return Refusal()


class Opening(ClientTest):
    def test_says_how_to_start_without_an_agent(self):
        with self.refuses(evenkeel.NoAgentError, "EVENKEEL_FD",
                          "mpirun ... evenkeel run ... -- python train.py"):
            evenkeel.Session()

    def test_refuses_what_is_no_descriptor(self):
        for text in ("x", "-1", "", "99999999999999999999"):
            os.environ["EVENKEEL_FD"] = text
            with self.refuses(evenkeel.NoAgentError, "EVENKEEL_FD", "evenkeel run"):
                evenkeel.Session()

    def test_refuses_a_descriptor_that_is_no_socket(self):
        with open(os.devnull) as file, in_environment(file.fileno()) as copy:
            with self.refuses(evenkeel.NoAgentError, f"descriptor {copy} is no socket"):
                evenkeel.Session()
            os.close(copy)

    def test_there_is_one_session_a_process(self):
        self.open()
        with self.refuses(evenkeel.NoAgentError, f"taken by process {os.getpid()}"):
            evenkeel.Session()

    def test_programs_that_the_trainer_starts_do_not_inherit_the_descriptor(self):
        with scripted([JOB]):
            descriptor = int(os.environ["EVENKEEL_FD"])
            os.set_inheritable(descriptor, True)
            with evenkeel.Session():
                self.assertFalse(os.get_inheritable(descriptor))

    def test_the_job_is_what_the_agent_says(self):
        job = self.open(seed=7).job
        self.assertEqual((job.mode, job.rank, job.workers, job.global_batch), ("step", 0, 1, 256))
        self.assertEqual((job.seed, job.dataset.name, job.dataset.samples), (7, "digits", 1000))
        with self.assertRaises(AttributeError):
            job.seed = 8

    def test_refuses_another_version_of_the_protocol(self):
        with self.refuses(evenkeel.AgentLostError, "version 2", "Python package"):
            self.open(evenkeel=2)

    def test_an_agent_that_says_nothing_is_lost(self):
        with scripted([]) as own:
            own.shutdown(2)
            with self.refuses(evenkeel.AgentLostError, "gone before the job was over"):
                evenkeel.Session()

    def test_every_error_has_one_base(self):
        for kind in (evenkeel.NoAgentError, evenkeel.AgentLostError, evenkeel.StateError,
                     evenkeel.ModelError):
            self.assertTrue(issubclass(kind, evenkeel.EvenkeelError))


class Steps(ClientTest):
    def test_a_step_says_where_its_samples_are(self):
        line = {"step": 3, "epoch": 1, "begin": 40, "end": 45, "samples": 5, "global_samples": 256,
                "files": [{"path": "/a", "offset": 0}, {"path": "/b", "offset": 100}],
                "extents": [[1, 7, 2], [0, 9, 3]]}
        step = next(self.open(line))
        self.assertEqual((step.number, step.epoch, step.begin, step.end), (3, 1, 40, 45))
        self.assertEqual((step.samples, step.global_samples), (5, 256))
        self.assertEqual(step.extents, (("/b", 7, 2, 107), ("/a", 9, 3, 9)))
        self.assertEqual((step.extents[0].path, step.extents[0].index), ("/b", 107))
        self.assertEqual(step.indices, [107, 108, 9, 10, 11])
        with self.assertRaises(AttributeError):
            step.samples = 6

    def test_a_part_may_be_empty(self):
        step = next(self.open(step_line(0, [], 256)))
        self.assertEqual((step.samples, step.extents, step.indices), (0, (), []))

    def test_are_done_once_each_with_one_line_each(self):
        agent = FakeAgent([step_line(i, range(8)) for i in range(50)])
        agent.start()
        with in_environment(agent.trainer.fileno()), evenkeel.Session() as session:
            for step in session:
                session.loaded(step)
                session.reached(step)
                session.done(step)
            self.assertTrue(session.complete)
        said = agent.end()
        self.assertEqual([line["done"] for line in said], list(range(50)))
        self.assertEqual(agent.faults, [])
        for line in said:
            self.assertEqual(set(line), {"done", "local_s", "data_s", "all_reduce_s"})

    def test_a_loop_that_takes_ahead_raises_the_window_by_itself(self):
        agent = FakeAgent([step_line(i, range(8)) for i in range(30)])
        agent.start()
        with in_environment(agent.trainer.fileno()), evenkeel.Session() as session:
            steps = [next(session) for _ in range(12)]
            self.assertEqual(session.read_ahead, 11)
            for step in steps:
                session.done(step)
            for step in session:
                session.done(step)
        agent.end()
        self.assertEqual((agent.faults, agent.done), ([], 30))

    def test_all_steps_of_step_mode_can_be_taken_before_any_is_done(self):
        agent = FakeAgent([step_line(i, range(8)) for i in range(30)])
        agent.start()
        with in_environment(agent.trainer.fileno()), evenkeel.Session() as session:
            steps = list(session)
            self.assertEqual(len(steps), 30)
            self.assertIsNone(session.complete)  # they are not done
            for step in steps:
                session.done(step)
            self.assertEqual(list(session), [])
            self.assertTrue(session.complete)
        agent.end()

    def test_a_loop_that_never_says_done_is_told_so(self):
        agent = FakeAgent([step_line(i, [0]) for i in range(1500)])
        agent.start()
        with in_environment(agent.trainer.fileno()), evenkeel.Session() as session:
            self.assertEqual(len([next(session) for _ in range(1001)]), 1001)
            with self.refuses(evenkeel.EvenkeelError, "1001 steps were taken", "done(step)"):
                next(session)
        agent.end()

    def test_read_ahead_is_told_and_bounded(self):
        session = self.open()
        self.assertEqual(session.read_ahead, 1)
        session.read_ahead = 8
        self.assertEqual(session.read_ahead, 8)
        self.assertEqual(said_on(self.agent), [{"read_ahead": 8}])
        for wrong in (-1, 1001):
            with self.refuses(evenkeel.EvenkeelError, "read_ahead", "0 to 1000"):
                session.read_ahead = wrong

    def test_take_ready_does_not_wait(self):
        session = self.open(step_line(0, [0]), **LEASE)
        self.assertEqual(session.take_ready().number, 0)
        self.assertIsNone(session.take_ready())
        self.agent.sendall(b'{"finish":"complete"}\n')
        self.assertIsNone(session.take_ready())
        self.assertTrue(session.complete)

    def test_lines_may_come_in_pieces(self):
        session = self.open(**LEASE)
        text = b'{"step":0,"epoch":0,"begin":0,"end":1,"samples":1,"global_samples":1,' \
               b'"files":[{"path":"\xc3\xa4","offset":0}],"extents":[[0,0,1]]}\n'
        for at in range(len(text) - 1):
            self.agent.sendall(text[at:at + 1])
            self.assertIsNone(session.take_ready())
        self.agent.sendall(text[-1:])
        self.assertEqual(next(session).extents[0].path, "ä")

    def test_a_job_that_is_given_up_is_not_complete(self):
        session = self.open({"finish": "given up"})
        self.assertEqual(list(session), [])
        self.assertIs(session.complete, False)

    def test_the_stream_ends_without_a_last_word_when_the_agent_dies(self):
        session = self.open(step_line(0, [0]))
        self.agent.close()
        step = next(session)
        with self.refuses(evenkeel.AgentLostError, "gone"):
            next(session)
        with self.refuses(evenkeel.AgentLostError, "gone"):
            session.done(step)

    def test_a_line_that_the_death_cuts_off_is_no_step(self):
        session = self.open()
        self.agent.sendall(b'{"step":0')
        self.agent.shutdown(2)
        with self.refuses(evenkeel.AgentLostError, "cut off"):
            next(session)

    def test_lines_that_are_no_protocol_are_refused(self):
        for line in (b"nonsense", b"[1]", b'{"unheard":1}', b'{"step":1,"extents":[]}',
                     b'{"step":0,"epoch":0,"begin":0,"end":1,"samples":1,"global_samples":1,'
                     b'"files":[],"extents":[[0,0,1]]}'):
            session = self.open()
            self.agent.sendall(line + b"\n")
            with self.refuses(evenkeel.AgentLostError, "the agent says"):
                next(session)
            session.close()


class Done(ClientTest):
    def test_in_step_mode_is_said_in_the_order_taken(self):
        session = self.open(step_line(0, [0]), step_line(1, [1]))
        first, second = next(session), next(session)
        with self.refuses(evenkeel.EvenkeelError, "step 1 ends before step 0"):
            session.done(second)
        session.done(first)
        session.done(second)
        self.assertEqual([line["done"] for line in said_on(self.agent)], [0, 1])

    def test_in_lease_mode_is_held_back_until_those_before_are_done(self):
        session = self.open(*(step_line(i, [i]) for i in range(3)), **LEASE)
        session.read_ahead = 2
        steps = [next(session) for _ in range(3)]
        session.done(steps[1])
        session.failed(steps[2], "unreadable")
        self.assertEqual(said_on(self.agent), [{"read_ahead": 2}])
        self.assertEqual(session.state_dict()["step"], 0)
        session.done(steps[0])
        said = said_on(self.agent)
        self.assertEqual([line.get("done") for line in said], [0, 1, None])
        self.assertEqual(said[2], {"failed": 2, "reason": "unreadable"})

    def test_is_said_once_and_of_steps_that_were_taken(self):
        session = self.open(step_line(0, [0]), step_line(1, [1]))
        step = next(session)
        session.done(step)
        for call in (session.done, session.loaded, session.reached, session.progress):
            with self.refuses(evenkeel.EvenkeelError, "(0): the step is done already"):
                call(step)
        other = evenkeel.Step(9, 0, 0, 1, 1, 1, ())
        with self.refuses(evenkeel.EvenkeelError, "(9): the step was never taken"):
            session.done(other)

    def test_takes_the_users_times_before_its_own(self):
        session = self.open(step_line(0, [0]))
        session.done(next(session), local_s=1.5, data_s=0.25, all_reduce_s=0.125)
        self.assertEqual(said_on(self.agent), [
            {"done": 0, "local_s": 1.5, "data_s": 0.25, "all_reduce_s": 0.125}])

    def test_refuses_times_that_are_none(self):
        session = self.open(step_line(0, [0]))
        step = next(session)
        for wrong in (-1.0, float("nan"), float("inf"), 1e9):
            with self.refuses(evenkeel.EvenkeelError, "done(0): local_s", "give seconds"):
                session.done(step, local_s=wrong)
        self.assertEqual(said_on(self.agent), [])

    def test_failed_gives_the_reason(self):
        session = self.open(step_line(0, [0]))
        session.failed(next(session), "a\n\"b\"" + 5000 * "c")
        line, = said_on(self.agent)
        self.assertEqual(line["failed"], 0)
        self.assertTrue(line["reason"].startswith("a\n\"b\"c"))
        self.assertLess(len(line["reason"]), 5000)

    def test_progress_is_of_the_first_step_that_is_not_done(self):
        session = self.open(step_line(0, [0]), step_line(1, [1]))
        next(session)
        session.progress(next(session))
        self.assertEqual(said_on(self.agent), [{"progress": 0}])


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
        session.reached(step)
        session.done(step)
        said = said_on(self.agent)
        self.assertEqual(said[:2], [{"pause": 30.0}, {"progress": 0}])
        self.assertEqual(said[2]["local_s"], 1)

    def test_a_pause_between_steps_ends_with_the_next_step(self):
        session = self.open(step_line(0, [0]), step_line(1, [0]))
        session.done(next(session))
        session.pause(30)
        self.clock.pass_by(100)
        step = next(session)
        self.clock.pass_by(2)
        session.done(step)
        said = said_on(self.agent)
        self.assertEqual([list(line)[0] for line in said], ["done", "pause", "progress", "done"])
        self.assertEqual(said[3]["local_s"], 2)

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
        self.agent.sendall(b'{"checkpoint":"a","step":0}\n')
        session.checkpoint("a")
        self.clock.pass_by(1)
        session.done(step)
        self.assertEqual(self.done_line()["local_s"], 1)


class Checkpoints(ClientTest):
    def test_steps_that_come_before_the_answer_are_kept(self):
        session = self.open(step_line(0, [0]), {"checkpoint": "best", "step": 0},
                            step_line(1, [1]))
        self.assertEqual(session.checkpoint("best"), 0)
        self.assertEqual([next(session).number, next(session).number], [0, 1])
        self.assertEqual(said_on(self.agent), [{"checkpoint": "best"}])

    def test_refuses_tags_that_are_too_short_or_too_long(self):
        session = self.open()
        for wrong in ("", 65 * "a", 33 * "ä"):
            with self.refuses(evenkeel.EvenkeelError, "1 to 64"):
                session.checkpoint(wrong)
        self.assertEqual(said_on(self.agent), [])

    def test_is_answered_when_all_steps_are_done(self):
        session = self.open({"finish": "complete"}, {"checkpoint": "last", "step": 4})
        self.assertEqual(session.checkpoint("last"), 4)

    def test_without_an_answer_is_an_error(self):
        session = self.open({"finish": "complete"})
        self.agent.shutdown(1)  # nothing more is written
        with self.refuses(evenkeel.EvenkeelError, "the job was over before 'last'"):
            session.checkpoint("last")


class Processes(ClientTest):
    def in_child(self, call):
        """What `call` raises in a forked child, as text."""
        context = multiprocessing.get_context("fork")
        answers = context.SimpleQueue()

        def run():
            try:
                call()
                answers.put("nothing raised")
            except evenkeel.EvenkeelError as error:
                answers.put(f"{type(error).__name__}: {error}")
        child = context.Process(target=run)
        child.start()
        answer = answers.get()
        child.join()
        return answer

    def test_a_fork_cannot_use_the_session(self):
        session = self.open(step_line(0, [0]), step_line(1, [1]))
        step = next(session)
        for call in (lambda: next(session), lambda: session.done(step), session.state_dict,
                     session.take_ready, lambda: session.checkpoint("a")):
            answer = self.in_child(call)
            self.assertIn("NoAgentError", answer)
            self.assertIn("DataLoader worker", answer)
        self.assertIn("taken by process", self.in_child(evenkeel.Session))
        self.assertEqual(said_on(self.agent), [])
        session.done(step)
        self.assertEqual(next(session).number, 1)

    def test_the_agent_sees_the_trainer_end_though_a_fork_lives_on(self):
        session = self.open()
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.read(read_end, 1)
            os._exit(0)
        session.close()
        self.assertEqual(self.agent.recv(1), b"")  # would wait for ever
        os.write(write_end, b"x")
        os.waitpid(child, 0)
        os.close(read_end)
        os.close(write_end)

    def test_a_session_is_not_sent_to_another_process(self):
        with self.refuses(evenkeel.EvenkeelError, "cannot be sent to another process"):
            pickle.dumps(self.open())

    def test_a_closed_session_is_over(self):
        session = self.open(step_line(0, [0]))
        session.close()
        session.close()
        with self.refuses(evenkeel.EvenkeelError, "closed"):
            next(session)

    def test_the_client_needs_the_standard_library_only(self):
        script = ("import sys, evenkeel;"
                  "print([name for name in ('torch', 'numpy') if name in sys.modules])")
        said = subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.PIPE,
                              text=True).stdout
        self.assertEqual(said, "[]\n")


if __name__ == "__main__":
    unittest.main()
