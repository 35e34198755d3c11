"""Runs the tests of a script several at a time, each in a process of its own: they mostly wait."""

import concurrent.futures
import io
import multiprocessing
import sys
import unittest

SCRIPT = sys.modules["__main__"]


def _names(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _names(test)
        else:
            yield test.id().removeprefix("__main__.")


def _run(name):
    said = io.StringIO()
    test = unittest.defaultTestLoader.loadTestsFromName(name, SCRIPT)
    result = unittest.TextTestRunner(said, verbosity=2).run(test)
    return result.wasSuccessful(), said.getvalue()


def run_tests(chosen, streams):
    """Runs the chosen tests, or all. Returns 1 if one fails, else 0."""
    names = chosen or list(_names(unittest.defaultTestLoader.loadTestsFromModule(SCRIPT)))
    fork = multiprocessing.get_context("fork")
    failures = 0
    with concurrent.futures.ProcessPoolExecutor(streams, fork) as pool:
        for is_passed, said in pool.map(_run, names):
            failures += not is_passed
            print(said, flush=True)
    print(f"{len(names) - failures} of {len(names)} passed")
    return 1 if failures or not names else 0
