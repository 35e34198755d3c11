"""The mpirun that a test is given: Open MPI 4.1's, or 5's."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path


def _is_its_crash(*texts):
    return any("(PMIx_server_finalize" in text for text in texts if text)


def _without_stack(text):
    return text and re.sub(r"^\[\S+:\d+\] .*\n", "", text, flags=re.MULTILINE)


def without_banners(text):
    """What the ranks have said on standard error. Open MPI 5 cannot be told to be quiet; and its
    PMIx and its event library may complain at the end."""
    text = re.sub(r"^-{70,}\n.*?^-{70,}\n", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^(\[warn\] Epoll |\[\S+\] PMIX ERROR: ).*\n", "", text, flags=re.MULTILINE)


class Mpirun:
    """Where the two differ, tests ask here."""

    def __init__(self, program):
        self.program = program
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        self.major = int(re.search(r"\((?:Open MPI|OpenRTE)\) (\d+)\.", told.stdout)[1])

    @property
    def tells_of_deaths(self):
        """Whether ranks learn of a death from MPI, where deaths are survived; else from silence."""
        return self.major >= 5

    @property
    def hides_recovery(self):
        """Whether ranks cannot see that --enable-recovery was given."""
        return self.major >= 5

    @property
    def survival(self):
        """The option under which the other ranks go on when one dies."""
        return ["--with-ft", "ulfm"] if self.major >= 5 else ["--enable-recovery"]

    def command(self, ranks, *options):
        """What comes before a program and its arguments."""
        return [self.program, *options, "--oversubscribe", "-n", str(ranks)]

    def environment(self, **more):
        """For that: as far as mpirun can be told so, it adds no words of its own."""
        # Of hosts with IPv6 addresses, Debian 13's Open MPI says otherwise that it finds no way to
        # reach a rank on the same host over TCP, which it then reaches through shared memory.
        reachable = {"OMPI_MCA_reachable": "weighted"} if self.major >= 5 else {}
        return {**os.environ, "OMPI_MCA_orte_execute_quiet": "1", **reachable, **more}

    def communicate(self, process, timeout_s):
        """What it has printed, and its status: None if it hangs or crashes after all its ranks.

        Open MPI 4.1's mpirun does so once in some sixty jobs that end before their time: its main
        thread and that for PMIx disturb each other at the end.
        """
        deadline, all_ended_at = time.monotonic() + timeout_s, None
        while True:
            try:
                out, err = process.communicate(timeout=1)
                if process.returncode != -signal.SIGSEGV or not _is_its_crash(out, err):
                    return out, err, process.returncode
                print("mpirun crashes after the end of all ranks", file=sys.stderr)
                return _without_stack(out), _without_stack(err), None
            except subprocess.TimeoutExpired:
                now = time.monotonic()
                if self.major > 4 or not self._have_all_ended(process.pid):
                    all_ended_at = None
                else:
                    all_ended_at = all_ended_at or now
                    if now - all_ended_at > 5:
                        print("mpirun hangs after the end of all ranks", file=sys.stderr)
                        process.kill()
                        return *process.communicate(), None
                if now > deadline:
                    raise

    @staticmethod
    def _have_all_ended(pid):
        """Whether a process has children that have ended, and no others."""
        states = []
        for file in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it has just ended
                state, parent = file.read_text().rpartition(")")[2].split()[:2]
                states += [state] if int(parent) == pid else []
        return bool(states) and set(states) == {"Z"}
