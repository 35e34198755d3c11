"""Runs jobs whose cases have names, several at a time, all or those that the command line names."""

import argparse
import concurrent.futures
import os
import tempfile

from deaths import Wrong
from mpirun import Mpirun


def run_cases(cases, one, streams):
    """Prints a line per job. Returns 1 if one has not ended as it should, else 0.

    cases: tuples of words and numbers. one(options, number, case): does a job, returns how many
    seconds it took, and raises Wrong.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("evenkeel", type=os.path.abspath)
    parser.add_argument("plain_trainer", type=os.path.abspath)
    parser.add_argument("mpirun", type=Mpirun)
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    chosen = [case for case in cases if set(options.words) <= set(map(str, case))]
    faults = 0
    with (tempfile.TemporaryDirectory() as scratch,
          concurrent.futures.ThreadPoolExecutor(streams) as pool):
        options.scratch = scratch
        runs = {pool.submit(one, options, number, case): case for number, case in enumerate(chosen)}
        for run in concurrent.futures.as_completed(runs):
            name = " ".join(map(str, runs[run]))
            try:
                print(f"{name}: {run.result():.1f} s", flush=True)
            except Wrong as wrong:
                faults += 1
                print(f"{name}: {wrong}", flush=True)
    print(f"{len(chosen) - faults} of {len(chosen)} jobs ended as they should")
    return 1 if faults or not chosen else 0
