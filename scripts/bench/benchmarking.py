"""Common code of the benchmarks: build, start of ranks, and limits."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / "build/release"
MISSED = "MISSED"
ROW = "| {:<72} | {:>11} | {:>13} | {:<6} |\n"  # of Markdown

if "--help" in sys.argv[1:]:  # of any of them
    sys.exit(print(sys.modules["__main__"].__doc__))


def build(*targets):
    """Builds these targets with optimisation, and installs what that needs."""
    subprocess.run([ROOT / "scripts/setup"], check=True)
    subprocess.run(["cmake", "--preset", "release", "-DEVENKEEL_TESTS=ON", "--log-level=WARNING"],
                   cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", "--preset", "release", "--parallel", str(os.cpu_count()),
                    "--target", *targets], cwd=ROOT, check=True)


def allow_mpirun():
    """Lets mpirun run as root, if necessary."""
    if os.geteuid() == 0:
        os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


class Limits:
    """Prints measurements and their limits, as rows of the table of scripts/bench/all."""

    def __init__(self):
        self.rows = []

    def at_most(self, what, value, limit, form="{:.4f}"):
        self._judge(what, form.format(value), f"≤ {form.format(limit)}", value <= limit)

    def at_least(self, what, value, limit, form="{:.4f}"):
        self._judge(what, form.format(value), f"≥ {form.format(limit)}", value >= limit)

    def no_limit(self, what, value, form="{:.4f}"):
        self._add(what, form.format(value), "", "")

    def _judge(self, what, value, limit, is_kept):
        self._add(what, value, limit, "kept" if is_kept else MISSED)

    def _add(self, *cells):
        self.rows.append(ROW.format(*cells))
        print(self.rows[-1], end="", flush=True)

    def leave(self):
        """Ends the program, with status 1 if a limit is missed."""
        leave(self.rows)


def is_missed(row):
    return row.endswith(f" {MISSED} |\n")


def leave(rows):
    missed = sum(map(is_missed, rows))
    sys.exit(f"{Path(sys.argv[0]).name}: limits missed: {missed}" if missed else 0)
