"""What is taken and what is done."""

import json
import unittest

import evenkeel
from client_case import ClientTest
from fake_agent import LEASE, FakeAgent, in_environment, said_on, step_line


class Steps(ClientTest):
    def test_a_step_says_where_its_samples_are(self):
        line = {"step": 3, "dataset": 0, "epoch": 1, "begin": 40, "end": 45, "samples": 5,
                "global_samples": 256,
                "files": [{"path": "/a", "offset": 0}, {"path": "/b", "offset": 100}],
                "extents": [[1, 7, 2], [0, 9, 3]]}
        step = next(self.open(line))
        self.assertEqual((step.number, step.dataset, step.epoch, step.begin, step.end),
                         (3, 0, 1, 40, 45))
        self.assertEqual((step.samples, step.global_samples), (5, 256))
        self.assertEqual(step.extents, (evenkeel.Extent(path="/b", first=7, count=2, index=107),
                                         evenkeel.Extent(path="/a", first=9, count=3, index=9)))
        self.assertEqual(step.indices, [107, 108, 9, 10, 11])
        with self.assertRaises(AttributeError):
            step.samples = 6

    def test_a_part_may_be_empty(self):
        step = next(self.open(step_line(0, [], 256)))
        self.assertEqual((step.samples, step.extents, step.indices), (0, (), []))

    def test_an_empty_part_may_have_a_stand_in(self):
        session = self.open(step_line(0, [], 256), step_line(1, [5], 256), step_line(2, [], 256))
        empty, full, without = next(session), next(session), next(session)
        session.stand_in(empty, 8)
        for wrong in (0, -1, 2_000_000_000):
            with self.refuses(evenkeel.EvenkeelError, "stand_in(2): ", "give 1 to"):
                session.stand_in(without, wrong)
        with self.refuses(evenkeel.EvenkeelError, "stand_in(1): 8 ", " part of 1; ", "empty part"):
            session.stand_in(full, 8)
        for step in (empty, full, without):
            session.done(step)
        said = [line for line in said_on(self.agent) if "done" in line]
        self.assertEqual([line.get("stand_in") for line in said], [8, None, None])

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
        text = b'{"step":0,"dataset":0,"epoch":0,"begin":0,"end":1,"samples":1,' \
               b'"global_samples":1,"files":[{"path":"\xc3\xa4","offset":0}],"extents":[[0,0,1]]}\n'
        for at in range(len(text) - 1):
            self.agent.sendall(text[at:at + 1])
            self.assertIsNone(session.take_ready())
        self.agent.sendall(text[-1:] + text[:5])
        self.assertEqual(session.take_ready().extents[0].path, "ä")
        self.agent.sendall(text[5:])
        self.assertEqual(session.take_ready().number, 0)

    def test_a_job_that_is_given_up_is_not_complete(self):
        session = self.open({"finish": "given up"})
        self.assertIsNone(session.given_up)
        self.assertEqual(list(session), [])
        self.assertIs(session.complete, False)
        self.assertIs(session.given_up, True)
        self.assertIs(session.replaced, False)

    def test_a_trainer_that_is_replaced_ends_half_way(self):
        session = self.open({"finish": "replaced"})
        self.assertIsNone(session.replaced)
        self.assertEqual(list(session), [])
        self.assertIs(session.complete, False)
        self.assertIs(session.given_up, True)
        self.assertIs(session.replaced, True)

    def test_a_job_that_has_set_samples_aside_is_neither_complete_nor_given_up(self):
        session = self.open({"finish": "incomplete"})
        self.assertEqual(list(session), [])
        self.assertIs(session.complete, False)
        self.assertIs(session.given_up, False)

    def test_the_stream_ends_without_a_last_word_when_the_agent_dies(self):
        session = self.open(step_line(0, [0]))
        self.agent.close()
        step = next(session)
        with self.refuses(evenkeel.AgentLostError, "gone"):
            next(session)
        with self.refuses(evenkeel.AgentLostError, "gone"):
            session.done(step)

    def test_an_agent_that_dies_without_having_listened_is_lost_too(self):
        session = self.open()
        session.pause(1)
        self.agent.close()  # what it has not read resets the connection
        with self.refuses(evenkeel.AgentLostError, "gone"):
            next(session)

    def test_a_line_that_the_death_cuts_off_is_no_step(self):
        session = self.open()
        self.agent.sendall(b'{"step":0')
        self.agent.shutdown(2)
        with self.refuses(evenkeel.AgentLostError, "cut off"):
            next(session)

    def test_lines_that_are_no_protocol_are_refused(self):
        for line in (b"nonsense", b"[1]", b'{"unheard":1}', b'{"step":1,"extents":[]}',
                     b'{"step":0,"dataset":0,"epoch":0,"begin":0,"end":1,"samples":1,'
                     b'"global_samples":1,"files":[],"extents":[[0,0,1]]}'):
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
        other = evenkeel.Step(9, 0, 0, 0, 1, 1, 1, ())
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


def answer(tag, step):
    return {"checkpoint": tag, "step": step, "state": "complete"}


class Checkpoints(ClientTest):
    def test_are_not_called_for_while_done_steps_are_held_back(self):
        session = self.open(step_line(0, [0]), step_line(1, [1]), mode="lease")
        first, second = next(session), next(session)
        session.done(second)
        with self.refuses(evenkeel.EvenkeelError, "one that was taken before it is not"):
            session.checkpoint("a")
        session.done(first)
        self.agent.sendall((json.dumps(answer("a", 2)) + "\n").encode())
        self.assertTrue(session.checkpoint("a").complete)

    def test_steps_that_come_before_the_answer_are_kept(self):
        session = self.open(step_line(0, [0]), answer("best", 0), step_line(1, [1]))
        self.assertEqual(session.checkpoint("best"), evenkeel.Checkpoint(0, "complete"))
        self.assertEqual([next(session).number, next(session).number], [0, 1])
        self.assertEqual(said_on(self.agent), [{"checkpoint": "best"}])

    def test_each_has_an_answer_of_its_own(self):
        session = self.open(answer("a", 1), answer("b", 2))
        self.assertEqual([session.checkpoint("a").step, session.checkpoint("b").step], [1, 2])

    def test_refuses_tags_that_are_too_short_or_too_long(self):
        session = self.open()
        for wrong in ("", 65 * "a", 33 * "ä"):
            with self.refuses(evenkeel.EvenkeelError, "1 to 64"):
                session.checkpoint(wrong)
        self.assertEqual(said_on(self.agent), [])

    def test_is_answered_when_all_steps_are_done(self):
        session = self.open({"finish": "complete"}, answer("last", 4))
        self.assertEqual(session.checkpoint("last").step, 4)

    def test_without_an_answer_is_an_error(self):
        session = self.open({"finish": "complete"})
        self.agent.shutdown(1)  # nothing more is written
        with self.refuses(evenkeel.EvenkeelError, "the job was over before 'last'"):
            session.checkpoint("last")


if __name__ == "__main__":
    unittest.main()
