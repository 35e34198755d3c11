"""What the tests of the client have in common."""

import os
import signal
import unittest

import evenkeel
from fake_agent import job_line, scripted

LONGEST_TEST_S = 60


class ClientTest(unittest.TestCase):
    def setUp(self):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LONGEST_TEST_S)
        self.addCleanup(signal.alarm, 0)
        os.environ.pop("EVENKEEL_FD", None)

    def open(self, *lines, **job):
        """A session on these lines after the job's; what the trainer says is on self.agent."""
        context = scripted([job_line(**job), *lines])
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
