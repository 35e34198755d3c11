"""A few scenarios of scripts/bench/balance, with the limits that hold; and what judges them.

    balance_test.py PROGRAM
"""

import sys
import unittest

import clairvoyant
from judge import judge
from scenarios import all_scenarios

RUNS = 5
# Of adaptive's makespan over the bound. None of these is beaten by another policy.
LIMITS = {
    ("lease", "rare stalls: 0.3% 10x"): 1.01,
    ("lease", "log-normal noise: sigma 0.4"): 1.005,
    ("lease", "slow for a while: 100x for 20 s"): 1.005,
    ("lease", "one stall: 18 s"): 1.005,
    ("lease", "warm-up of half: 20 steps 5x"): 1.005,
    ("lease", "late: 4 of 8 at 50%"): 1.005,
    ("lease", "files local to a worker: elsewhere 1.5x"): 1.05,
    ("lease", "files local to a worker: elsewhere 3x"): 1.12,
    ("lease", "files local to a worker: elsewhere 10x"): 1.55,
    ("lease", "two workers, weights: 1:100"): 1.005,
    ("lease", "few steps: 96 x 60"): 1.02,
    ("lease", "short epochs, one slow: 30x, 6400 an epoch"): 1.05,
    ("lease", "short epochs, one slow, copies: 300x, 800 an epoch"): 1.005,
    ("lease", "slower near the end, copies: 10x at 98%"): 1.02,
    ("lease", "slower near the end, copies: 100x at 98%"): 1.02,
    ("step", "all pause: 0.5 s every 50"): 1.01,
    ("step", "overheads: 0.05 s"): 1.01,
    ("step", "slow file: 20x"): 1.02,
    ("step", "stairs: of 16"): 1.02,
    ("step", "few steps: 150 on 8"): 1.04,
}
PROGRAM = sys.argv.pop(1)


class Balance(unittest.TestCase):
    def test_adaptive_is_near_the_bound_and_not_beaten(self):
        scenarios = {(scenario.mode, scenario.name): scenario for scenario in all_scenarios()}
        for name, limit in LIMITS.items():
            with self.subTest(name):
                verdict = judge(PROGRAM, scenarios[name], RUNS)
                self.assertLessEqual(verdict.adaptive, limit)
                self.assertGreater(verdict.adaptive, 0.99)
                self.assertIsNone(verdict.behind, verdict.policy)

    def test_a_better_policy_is_seen(self):
        scenario, = (scenario for scenario in all_scenarios()
                     if scenario.name == "files local to a worker: elsewhere 10x")
        verdict = judge(PROGRAM, scenario, RUNS)
        self.assertLess(verdict.other, verdict.equal)
        self.assertAlmostEqual(verdict.clairvoyant, 1, delta=0.01)


class Scenarios(unittest.TestCase):
    def test_are_sixty_in_each_mode_with_names_of_their_own(self):
        names = [(scenario.mode, scenario.name) for scenario in all_scenarios()]
        self.assertEqual(len(names), len(set(names)))
        for mode in ("lease", "step"):
            self.assertGreaterEqual(sum(name[0] == mode for name in names), 60)


class Clairvoyant(unittest.TestCase):
    def makespan_s(self, ranks, files=((100, 100),), step_samples=10, epochs=1, free_order=False,
                   **more):
        return clairvoyant.makespan_s({"ranks": ranks, **more}, files, step_samples, epochs,
                                      free_order)

    def test_leaves_a_slow_worker_out(self):
        self.assertAlmostEqual(self.makespan_s([{"speed": 100}, {"speed": 1}]), 1)
        self.assertAlmostEqual(self.makespan_s([{"speed": 100}, {"speed": 100}], epochs=2), 1)

    def test_knows_of_all_that_changes(self):
        worker = {"speed": 100}
        for members, makespan_s in (({"phases": [[0.5, 50]]}, 1.5), ({"hangs": [[0.5, 2]]}, 2.5),
                                    ({"starts_at": 3}, 4), ({"warmup": [5, 3]}, 2),
                                    ({"noise": {"mixture": [0.01, 11]}}, 1.1),
                                    ({"pauses": {"every_steps": 4, "seconds": 1}}, 3),
                                    ({"file_factors": [[0, 2]]}, 2)):
            self.assertAlmostEqual(self.makespan_s([{**worker, **members}]), makespan_s)
        self.assertAlmostEqual(self.makespan_s([worker], file_factors=[[0, 3]]), 3)

    def test_begins_with_the_longest_where_the_order_is_free(self):
        files = [(10, 10)] * 6 + [(10, 60)]
        workers = [{"speed": 10}] * 2
        self.assertAlmostEqual(self.makespan_s(workers, files), 9)
        self.assertAlmostEqual(self.makespan_s(workers, files, free_order=True), 6)

    def test_knows_whose_files_are_whose(self):
        workers = [{"speed": 10, "file_factors": [[other, 3]]} for other in (1, 0)]
        files = [(100, 100), (100, 100)]
        self.assertAlmostEqual(self.makespan_s(workers, files, free_order=True), 10)


if __name__ == "__main__":
    unittest.main()
