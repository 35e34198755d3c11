"""scripts/compare-trainings on runs made up for it: a quiet machine, a busy one, and nonsense."""

import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/compare-trainings"
STEPS = 100
BATCH = 128
SPEEDS = (4000, 4000, 4000, 1000)  # samples per second
REDUCE_S = 0.001
EQUAL_MS = 33.0  # 32 samples / 1,000 a second + the all-reduce
BEST_MS = 10.846  # 128 samples / 13,000 a second + the all-reduce


def step_of(policy, speeds):
    """The samples of each worker in a step, and how long the step takes at best."""
    total = sum(speeds)
    parts = [BATCH / 4 if policy == "static" else BATCH * speed / total for speed in speeds]
    return parts, max(part / speed for part, speed in zip(parts, speeds)) + REDUCE_S


class CompareTrainings(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.runs = []

    def add(self, policy, slower=1.0, speeds=SPEEDS, samples="0 1 2\n", parameter=0.5):
        """A run whose steps take so many times as long as they would at best."""
        parts, step_s = step_of(policy, speeds)
        step_s *= slower
        ranks = [{"rank": i + 1, "samples": STEPS * parts[i], "speed": speeds[i],
                  "compute_s": STEPS * parts[i] / speeds[i], "data_s": 0.0,
                  "uneven_s": STEPS * (step_s - REDUCE_S - parts[i] / speeds[i]),
                  "comm_s": STEPS * REDUCE_S, "coordinator_s": 0.0, "paused_s": 0.0}
                 for i in range(4)]
        folder = self.folder / str(len(self.runs))
        folder.mkdir()
        (folder / "report.json").write_text(json.dumps({
            "policy": policy, "complete": True, "makespan_s": STEPS * step_s, "steps": STEPS,
            "ranks": ranks}))
        (folder / "samples").write_text(samples)
        (folder / "parameters").write_text(f"1.0\n{parameter!r}\n")
        (folder / "digits.txt").write_text("test accuracy 0.9666   1 ms per step\n")
        self.runs.append(folder)

    def add_pairs(self, equal, other):
        for slower_equal, slower_other in zip(equal, other):
            self.add("static", slower_equal)
            self.add("adaptive", slower_other)

    def compare(self, status=0):
        run = subprocess.run([SCRIPT, *self.runs], capture_output=True, text=True)
        self.assertEqual(run.returncode, status, run.stderr)
        return run.stdout

    def refusal(self, *arguments):
        run = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True)
        self.assertEqual(run.returncode, 2)
        self.assertEqual(run.stdout, "")
        return run.stderr

    def test_a_quiet_machine(self):
        self.add_pairs((1.01, 1.0, 1.02), (1.04, 1.05, 1.06))
        self.assertEqual(self.compare(), """\
each worker's part of a step: # works, + all-reduce, . waits

equal split: 33.3 ms per step, the median of 3 runs (33.3, 33.0, 33.7)
  rank 1  ############++....................................  works  24%
  rank 2  ############++....................................  works  24%
  rank 3  ############++....................................  works  24%
  rank 4  ################################################++  works  96%

adaptive: 11.4 ms per step, the median of 3 runs (11.3, 11.4, 11.5)
  rank 1  ###########################################+++++..  works  86%
  rank 2  ###########################################+++++..  works  86%
  rank 3  ###########################################+++++..  works  86%
  rank 4  ###########################################+++++..  works  86%

measured  2.93 times as fast as the equal split, the median of 3 pairs (2.95, 2.90, 2.93)
limit     a step takes as long as its slowest worker, and the all-reduce; medians of all 6 runs
          equal split  32.0 samples / 1,000 a second + 1.00 ms = 33.00 ms
          at best      128.0 samples / (4,000 + 4,000 + 4,000 + 1,000) a second + 1.00 ms = 10.85 ms
          3.04 times as fast
reached   0.96 of what the speeds allow (the aim is 0.9)
machine   quiet: runs of one policy differ by less than 10%

same training? yes, all 6 runs
  samples of all 100 steps     identical
  largest parameter difference 0.0e+00 of the largest parameter
  test accuracy                0.9666

evenkeel trained 2.9 times as fast as the equal split, 0.96 of what the speeds allow; \
it was the same training.
""")

    def test_one_pair_has_no_medians(self):
        self.add_pairs((1.0,), (1.05,))
        page = self.compare()
        self.assertIn("equal split: 33.0 ms per step\n", page)
        self.assertIn("measured  2.90 times as fast as the equal split\n", page)
        self.assertNotIn("machine", page)

    def test_an_even_number_of_runs_has_a_median_between_two(self):
        self.add_pairs((1.0, 2.0, 1.2, 1.4), (1.0, 2.0, 1.0, 1.0))
        page = self.compare()
        self.assertIn("equal split: 42.9 ms per step, the median of 4 runs "
                      "(33.0, 66.0, 39.6, 46.2)\n", page)
        self.assertIn("adaptive: 10.8 ms per step, the median of 4 runs", page)
        # Of a run in the middle, the one of 39.6 ms: 32 of them rank 4 works.
        self.assertIn("\n  rank 4  ########################################++........  works  81%",
                      page)

    def test_a_run_that_was_disturbed_does_not_count(self):
        self.add_pairs((1.0, 3.0, 1.0), (1.05, 1.05, 1.05))
        page = self.compare()
        self.assertIn("equal split: 33.0 ms per step, the median of 3 runs (33.0, 99.0, 33.0)\n",
                      page)
        self.assertIn("\n  rank 4  ################################################++  works  97%",
                      page)
        self.assertIn("reached   0.95 of", page)
        self.assertIn("machine   BUSY, take the figures for rough ones\n"
                      "          the runs of the equal split took 3.30 to 9.90 s\n", page)
        self.assertIn("0.95 of what the speeds allow (roughly: the machine was busy); it was", page)

    def test_runs_of_the_other_policy_that_were_disturbed(self):
        self.add_pairs((1.0, 1.0, 1.0), (1.05, 1.05, 1.2))
        self.assertIn("\n          the runs of adaptive took 1.14 to 1.30 s\n", self.compare())

    def test_workers_that_were_not_equally_fast_in_all_runs(self):
        for _ in range(2):
            self.add("static", speeds=(4000, 4000, 4000, 1000))
            self.add("adaptive", speeds=(4000, 3400, 4000, 1000))
        self.assertIn("\n          rank 2 did 4,000 samples per second under the equal split, "
                      "3,400 under adaptive\n", self.compare())

    def test_faster_than_the_limit_is_not_judged(self):
        self.add_pairs((1.5, 1.5, 1.5), (1.05, 1.05, 1.05))
        page = self.compare()
        self.assertIn("reached   not judged: 4.35 is more than the 3.04 that these speeds allow\n",
                      page)
        self.assertIn("machine   BUSY", page)
        self.assertIn("\nevenkeel trained 4.3 times as fast as the equal split, but how much of "
                      "what the speeds allow that is cannot be told (roughly: the machine was "
                      "busy); it was the same training.\n", page)

    def test_a_step_shorter_than_its_limit_is_not_judged(self):
        self.add_pairs((0.9, 0.9), (1.0, 1.0))
        self.assertIn("reached   not judged: a step of the equal split took 29.70 ms, less than "
                      "the 33.00 ms that these speeds allow\n", self.compare())

    def test_pairs_that_agree_on_nothing_are_not_judged(self):
        self.add_pairs((1.0, 1.0, 1.0), (1.05, 1.6, 2.4))
        self.assertIn("reached   not judged: the pairs of runs differ too much\n", self.compare())

    def test_never_says_that_more_than_all_was_reached(self):
        self.add_pairs((1.015,), (1.0,))
        self.assertIn("reached   1.00 of", self.compare())

    def test_other_samples_are_another_training(self):
        self.add("static")
        self.add("adaptive", samples="0 1 3\n")
        page = self.compare(status=1)
        self.assertIn("same training? NO", page)
        self.assertIn("samples of all 100 steps     DIFFERENT", page)
        self.assertTrue(page.endswith("it was NOT the same training.\n"))

    def test_other_parameters_in_any_run_are_another_training(self):
        self.add_pairs((1.0,), (1.0,))
        self.add("static", parameter=0.5 + 1e-8)
        self.add("adaptive")
        self.assertIn("same training? NO", self.compare(status=1))

    def test_a_parameter_that_is_no_number_is_another_training(self):
        for parameters in ("nan\n0.5\n", "1.0\nnan\n"):
            self.runs = []
            for folder in self.folder.iterdir():
                shutil.rmtree(folder)
            self.add_pairs((1.0,), (1.0,))
            (self.runs[1] / "parameters").write_text(parameters)
            self.assertIn("same training? NO", self.compare(status=1))

    def test_parameters_may_differ_by_the_order_of_additions(self):
        self.add("static")
        self.add("adaptive", parameter=0.5 + 1e-12)
        self.assertIn("same training? yes", self.compare())

    def test_refuses_what_are_no_pairs(self):
        self.add("static")
        self.add("adaptive")
        usage = "usage: scripts/compare-trainings EQUAL OTHER [EQUAL OTHER]...\n"
        self.assertEqual(self.refusal(), usage)
        self.assertEqual(self.refusal(self.runs[0]), usage)
        self.assertIn("is a run of adaptive, not of static; give pairs",
                      self.refusal(*self.runs[::-1]))

    def test_refuses_what_is_no_run(self):
        self.add_pairs((1.0,), (1.0,))
        report = self.runs[1] / "report.json"
        whole = json.loads(report.read_text())
        for text in ("", "[]", "{}", json.dumps({**whole, "makespan_s": 0})):
            report.write_text(text)
            self.assertIn(f"{self.runs[1]} holds no run of digits", self.refusal(*self.runs))
        report.write_text(json.dumps({**whole, "complete": False}))
        self.assertIn(f"{self.runs[1]}: the run is not complete", self.refusal(*self.runs))
        report.write_text(json.dumps(whole))
        (self.runs[0] / "digits.txt").write_text("")
        self.assertIn(f"{self.runs[0]} holds no run of digits", self.refusal(*self.runs))


if __name__ == "__main__":
    unittest.main()
