#!/usr/bin/env python3
"""Jobs under Slurm: tests/slurm/slurm-cluster jobs.py EVENKEEL SBATCH_SCRIPT [TEST...]"""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

EVENKEEL, SCRIPT = sys.argv[1:3]
TRAINER = Path(__file__).resolve().parent.parent / "agent" / "trainer.py"
HOSTS = ["host-a", "host-b", "host-c"]  # of 3 CPUs each
WORKERS = 7  # the first is slow; with rank 0 too many for two hosts
SAMPLES = 7000


def run(command, **environment):
    """A finished command, within two minutes; what it printed is shown."""
    print("$", *command, flush=True)
    finished = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, **environment})
    print(finished.stdout, finished.stderr, sep="", flush=True)
    return finished


class Slurm(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.report = self.folder / "report.json"
        manifest = self.folder / "samples.csv"
        manifest.write_text(f"path,samples\nsynthetic.bin,{SAMPLES}\n")
        cluster = self.folder / "cluster.json"
        cluster.write_text(json.dumps({"evenkeel_cluster": 1, "ranks": [
            {"speed": 200}, {"count": WORKERS - 1, "speed": 800}]}))
        self.options = ["--manifest", manifest, "--workload", "simulated", "--cluster", cluster,
                        "--report", self.report, "--quiet"]

    def tearDown(self):
        deadline = time.monotonic() + 60  # a job may be completing for some seconds
        while (left := run(["squeue", "--noheader"]).stdout) and time.monotonic() < deadline:
            time.sleep(0.5)
        self.assertEqual(left, "")

    def expect_one_job(self, out, mode):
        """One job of eight ranks on three hosts did all, and not eight jobs of one rank each."""
        self.assertRegex(out, rf"{WORKERS} workers on 3 hosts .* COMPLETE ")
        self.assertEqual(out.count("COMPLETE"), 1)
        report = json.loads(self.report.read_text())
        self.assertTrue(report["complete"])
        self.assertEqual(report["mode"], mode)
        self.assertEqual(sorted(node["host"] for node in report["nodes"]), HOSTS)
        self.assertEqual(sum(node["ranks"] for node in report["nodes"]), WORKERS)
        self.assertEqual(sum(node["cost"] for node in report["nodes"]), SAMPLES)
        ranks = report["ranks"]
        self.assertEqual([rank["rank"] for rank in ranks], list(range(1, WORKERS + 1)))
        self.assertEqual(sum(rank["samples"] for rank in ranks), SAMPLES)
        slow, *others = (rank["samples"] for rank in ranks)
        self.assertGreater(slow, 0)
        self.assertLess(slow, sum(others) / len(others))

    def has_begun(self, ledger):
        """Whether the ledger has something of the job."""
        if not ledger.exists():
            return False  # looking would make it
        try:
            with contextlib.closing(sqlite3.connect(ledger)) as found:
                query = "SELECT max(samples_done) FROM incarnation"
                return bool(found.execute(query).fetchone()[0])
        except sqlite3.Error:
            return False  # not yet

    def srun(self, *options, mpi="pmix"):
        return run(["srun", f"--mpi={mpi}", "--ntasks", str(WORKERS + 1), EVENKEEL, "run",
                    *map(str, self.options), *options])

    def sbatch(self, launcher, *options):
        out = self.folder / "out.txt"
        finished = run(["sbatch", "--wait", f"--ntasks={WORKERS + 1}", f"--output={out}", SCRIPT,
                        *map(str, self.options), *options],
                       EVENKEEL=EVENKEEL, EVENKEEL_LAUNCHER=launcher)
        print(out.read_text(), flush=True)
        return finished.returncode, out.read_text()

    def test_srun_starts_one_job_in_lease_mode(self):
        finished = self.srun()
        self.assertEqual(finished.returncode, 0)
        self.expect_one_job(finished.stdout, "lease")

    def test_srun_starts_one_job_in_step_mode(self):
        finished = self.srun("--mode", "step", "--global-batch", "200", "--no-baseline")
        self.assertEqual(finished.returncode, 0)
        self.expect_one_job(finished.stdout, "step")

    def test_srun_starts_a_trainer_on_every_rank(self):
        manifest = self.options[:2]
        options = [*manifest, "--report", self.report, "--quiet", "--mode", "step",
                   "--global-batch", 200, "--", sys.executable, TRAINER, "--meet"]
        finished = run(["srun", "--mpi=pmix", "--ntasks", str(WORKERS + 1), EVENKEEL, "run",
                        *map(str, options)])
        self.assertEqual(finished.returncode, 0)
        report = json.loads(self.report.read_text())
        self.assertTrue(report["complete"])
        self.assertEqual([rank["rank"] for rank in report["ranks"]], list(range(WORKERS + 1)))

    def test_srun_prints_the_report_of_a_job_that_is_told_to_end(self):
        ledger = self.folder / "run.db"
        job = subprocess.Popen(
            ["srun", "--mpi=pmix", "--ntasks", str(WORKERS + 1), EVENKEEL, "run",
             *map(str, self.options), "--time-scale", "20", "--ledger", str(ledger)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not self.has_begun(ledger) and job.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        number = run(["squeue", "--noheader", "--format=%i"]).stdout.strip()
        run(["scancel", "--signal=TERM", number])
        out, err = job.communicate(timeout=60)
        self.assertIn("NOT COMPLETE", out, err)
        self.assertIn("run the same with --resume to go on", err)
        self.assertNotEqual(job.returncode, 0)

    def test_srun_without_pmix_is_refused(self):
        finished = self.srun(mpi="none")
        self.assertNotEqual(finished.returncode, 0)
        self.assertEqual(finished.stdout, "")
        self.assertFalse(self.report.exists())

    def test_the_batch_script_starts_one_job_with_any_launcher(self):
        for launcher in ("mpirun", "srun", ""):
            with self.subTest(launcher=launcher):
                self.report.unlink(missing_ok=True)
                status, out = self.sbatch(launcher)
                self.assertEqual(status, 0)
                self.expect_one_job(out, "lease")

    def test_the_batch_script_says_what_is_wrong(self):
        status, out = self.sbatch("ssh")
        self.assertEqual(status, 2)
        self.assertIn("EVENKEEL_LAUNCHER is 'ssh'", out)
        status, out = self.sbatch("srun", "--policy", "adaptve")
        self.assertNotEqual(status, 0)
        self.assertEqual(out.count("did you mean 'adaptive'"), 1)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
