"""Who may open and use a session."""

import json
import multiprocessing
import os
import pickle
import socket
import subprocess
import sys
import threading
import unittest

import evenkeel
from client_case import ClientTest
from fake_agent import in_environment, job_line, said_on, scripted, step_line


class Waiting(threading.Thread):
    """A thread that waits for the next step."""

    def __init__(self, session):
        super().__init__()
        self._session = session
        self._step = None
        self.start()

    def run(self):
        self._step = next(self._session)

    def result(self):
        self.join()
        return self._step


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

    def test_refuses_a_socket_that_is_no_stream(self):
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with one, other, in_environment(one.fileno()) as copy:
            with self.refuses(evenkeel.NoAgentError, f"descriptor {copy} is no stream socket"):
                evenkeel.Session()
            os.close(copy)

    def test_waits_for_lines_though_the_descriptor_does_not_block(self):
        with scripted([]) as own:
            os.set_blocking(int(os.environ["EVENKEEL_FD"]), False)
            own.sendall(json.dumps(job_line()).encode() + b"\n")
            with evenkeel.Session() as session:
                step = Waiting(session)
                own.sendall(json.dumps(step_line(0, [0])).encode() + b"\n")
                self.assertEqual(step.result().number, 0)

    def test_there_is_one_session_per_process(self):
        self.open()
        with self.refuses(evenkeel.NoAgentError, f"is taken by process {os.getpid()}",
                          "one per trainer"):
            evenkeel.Session()

    def test_programs_that_the_trainer_starts_do_not_inherit_the_descriptor(self):
        with scripted([job_line()]):
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

    def test_refuses_a_job_of_which_something_is_missing(self):
        lines = [{name: value for name, value in job_line().items() if name != "seed"},
                 job_line(datasets=[{"name": "digits"}])]
        for line, lacks in zip(lines, ("seed", "samples")):
            with scripted([line]), self.refuses(evenkeel.AgentLostError, f"lacks '{lacks}'"):
                evenkeel.Session()

    def test_an_agent_that_says_nothing_is_lost(self):
        with scripted([]) as own:
            own.shutdown(2)
            with self.refuses(evenkeel.AgentLostError, "gone before the job was over"):
                evenkeel.Session()

    def test_every_error_has_one_base(self):
        for kind in (evenkeel.NoAgentError, evenkeel.AgentLostError, evenkeel.StateError,
                     evenkeel.ModelError):
            self.assertTrue(issubclass(kind, evenkeel.EvenkeelError))


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

    def calls(self, session, step):
        """Everything that takes part in the conversation."""
        def set_read_ahead():
            session.read_ahead = 1
        return [lambda: next(session), session.take_ready, set_read_ahead,
                lambda: session.loaded(step), lambda: session.reached(step),
                lambda: session.reduced(step), lambda: session.local_seconds(step),
                lambda: session.done(step), lambda: session.failed(step, "no"),
                lambda: session.progress(step), lambda: session.pause(1),
                lambda: session.checkpoint("a"), session.state_dict,
                lambda: session.load_state_dict({})]

    def test_a_fork_cannot_use_the_session(self):
        session = self.open(step_line(0, [0]), step_line(1, [1]))
        step = next(session)
        for call in self.calls(session, step):
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
        step = next(session)
        session.close()
        session.close()
        for call in self.calls(session, step):
            with self.refuses(evenkeel.EvenkeelError, "closed", "before close()"):
                call()

    def test_python_does_not_warn_of_a_session_that_was_not_closed(self):
        for end in ("", "; del session", "; session.close()", "; raise SystemExit"):
            with scripted([job_line(), step_line(0, [0])]):
                descriptor = int(os.environ["EVENKEEL_FD"])
                script = ("import evenkeel; session = evenkeel.Session(); "
                          "session.done(next(session))" + end)
                trainer = subprocess.run([sys.executable, "-X", "dev", "-c", script],
                                         pass_fds=[descriptor], stderr=subprocess.PIPE, text=True)
                os.close(descriptor)
            self.assertEqual((trainer.returncode, trainer.stderr), (0, ""), end)

    def test_the_client_needs_the_standard_library_only(self):
        script = ("import sys, evenkeel;"
                  "print([name for name in ('torch', 'numpy') if name in sys.modules])")
        said = subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.PIPE,
                              text=True).stdout
        self.assertEqual(said, "[]\n")


if __name__ == "__main__":
    unittest.main()
