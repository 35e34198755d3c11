"""The mpirun that a test is given: Open MPI 4.1's, or 5's."""

import os
import re
import subprocess


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

    def without_banners(self, text):
        """What the ranks have said on standard error. Open MPI 5 cannot be told to be quiet; and
        its event library may warn at the end."""
        text = re.sub(r"^-{70,}\n.*?^-{70,}\n", "", text, flags=re.DOTALL | re.MULTILINE)
        return re.sub(r"^\[warn\] Epoll .*\n", "", text, flags=re.MULTILINE)
