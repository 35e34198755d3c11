"""scripts/demo-outcome on reports made up for it."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/demo-outcome"


class DemoOutcome(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def report(self, name, **members):
        report = {"policy": "adaptive", "complete": True, "makespan_s": 4.0, "bound_s": 3.9,
                  "ratio": 4.0 / 3.9, "imbalance": 0.005, "epochs": 1,
                  "dataset": {"cost": 12e9}, "ranks": [{}] * 4, "events": [],
                  "step_ms": {"median": 11.6, "bound": 11.3},
                  "baseline": {"step_ms": 43.24, "source": "measured"}}
        path = self.folder / name
        path.write_text(json.dumps({**report, **members}))
        return str(path)

    def outcome(self, *arguments):
        run = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, check=True)
        return run.stdout

    def test_a_recovery(self):
        events = [{"rank": 4, "kind": "slower", "detail": "no"},
                  {"rank": 3, "kind": "faster", "detail": "no"},
                  {"rank": 4, "kind": "faster", "detail": "710 -> 2,820 samples/s"},
                  {"rank": 4, "kind": "faster", "detail": "1,500 -> 2,900 samples/s"},
                  {"rank": 4, "kind": "faster", "detail": "99,100 -> 101k samples/s"}]
        self.assertEqual(
            self.outcome("recovery", "4", self.report("a", events=events)),
            "rank 4 recovered (710 -> 2,820 samples/s); a step now takes 11.6 ms, 1.03 times the "
            "limit at these speeds; an equal split took 43.2 ms while the rank was slow.\n")

    def test_a_recovery_that_was_not_seen(self):
        unseen = self.report("a", baseline={"step_ms": None, "source": None},
                             step_ms={"median": 11.6, "bound": 0})
        self.assertEqual(self.outcome("recovery", "4", unseen),
                         "rank 4 was not seen to recover; a step now takes 11.6 ms.\n")

    def test_an_equal_split_that_was_not_measured_says_nothing_of_the_slow_rank(self):
        modelled = self.report("a", baseline={"step_ms": 43.24, "source": "modelled"})
        self.assertEqual(self.outcome("recovery", "4", modelled),
                         "rank 4 was not seen to recover; a step now takes 11.6 ms, 1.03 times "
                         "the limit at these speeds.\n")

    def test_a_step_that_the_report_has_no_limit_for(self):
        noisy = self.report("a", step_ms={"median": 10.0, "bound": None})
        self.assertIn("a step now takes 10.0 ms; an equal",
                      self.outcome("recovery", "4", noisy))

    def test_reading(self):
        self.assertEqual(self.outcome("reading", self.report("a", epochs=2)),
                         "4 workers read 24.0 GB in 4.0 s; the last of them finished 0.02 s (0.5%) "
                         "later than they did on average.\n")

    def test_leases(self):
        equal = self.report("a", policy="static", makespan_s=10.0)
        self.assertEqual(self.outcome("leases", equal, self.report("b")),
                         "adaptive took 4.0 s, 1.03 times the limit at these speeds; equal parts, "
                         "fixed at the start, took 10.0 s.\n")

    def test_judges_nothing_below_a_second(self):
        short = self.report("a", makespan_s=0.99)
        self.assertEqual(self.outcome("reading", short),
                         "4 workers read 12.0 GB in 0.99 s, too short to judge.\n")
        self.assertIn("adaptive took 1.0 s, too short to judge; ",
                      self.outcome("leases", short, short))

    def test_says_if_work_was_left_undone(self):
        self.assertTrue(self.outcome("reading", self.report("a", complete=False))
                        .startswith("NOT COMPLETE: 4 workers"))

    def test_passes_that_take_long_enough(self):
        self.assertEqual(self.outcome("passes", "6", self.report("a", makespan_s=4.0)), "2\n")
        self.assertEqual(self.outcome("passes", "6", self.report("a", makespan_s=0.5)), "13\n")

    def test_refuses_another_part(self):
        run = subprocess.run([SCRIPT, "reading"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 2)
        self.assertIn("scripts/demo-outcome reading REPORT", run.stderr)

    def test_refuses_what_is_no_report_or_no_number(self):
        broken = self.report("a")
        Path(broken).write_text("[]")
        for arguments in (("reading", "/nowhere"), ("reading", broken), ("passes", "x", broken),
                          ("passes", "nan", self.report("b"))):
            run = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn("no such part of the demo", run.stderr)


if __name__ == "__main__":
    unittest.main()
