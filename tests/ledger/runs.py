#!/usr/bin/env python3
"""Runs with a ledger, as users have them: runs.py EVENKEEL MPIRUN."""

import contextlib
import csv
import fcntl
import io
import json
import os
import re
import resource
import shlex
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from mpirun import Mpirun, without_banners
from side_by_side import run_tests

EVENKEEL, MPIRUN = sys.argv[1], Mpirun(sys.argv[2])
SAMPLES = 9_000


class LedgerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.ledger = self.folder / "run.db"
        (self.folder / "m.csv").write_text(f"path,samples\na.bin,{SAMPLES}\n")

    def command(self, *options, workers=2, trainer=None):
        ranks = [{"count": workers, "host": "h%d", "speed": 1000}]
        cluster = {"evenkeel_cluster": 1, "ranks": ranks}
        (self.folder / "c.json").write_text(json.dumps(cluster))
        command = [*MPIRUN.command(workers + (trainer is None)), EVENKEEL, "run", "--manifest",
                   str(self.folder / "m.csv"), "--quiet", "--ledger",
                   str(self.ledger), *options]
        if trainer is not None:
            program = self.folder / "trainer.py"
            program.write_text(trainer)
            return [*command, "--", sys.executable, str(program)]
        return [*command, "--workload", "simulated", "--cluster", str(self.folder / "c.json")]

    def start(self, *options, environment=(), **more):
        return subprocess.Popen(
            self.command(*options, **more), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=MPIRUN.environment(**dict(environment)))

    def finish(self, process, status=0):
        out, err, ended_with = MPIRUN.communicate(process, 60)
        if ended_with is not None:
            self.assertEqual(ended_with, status, out + err)
        return out, without_banners(err)

    def run_job(self, *options, status=0, **more):
        """To its end, and quickly."""
        hurry = () if "trainer" in more else ("--time-scale", "0.1")
        return self.finish(self.start(*options, *hurry, **more), status)

    def rows(self, query):
        with contextlib.closing(sqlite3.connect(self.ledger)) as ledger:
            return ledger.execute(query).fetchall()

    def wait_for(self, query):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                found = self.rows(query)
                if found and found[0][0]:
                    return
            except sqlite3.Error:
                pass  # not there yet
            time.sleep(0.02)
        self.fail(f"never: {query}")

    def wait_until_free(self):
        """Rank 0 of a job whose mpirun was killed notices after a moment."""
        with open(f"{self.ledger}.lock", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)

    def is_open_in(self, process_id):
        folder = Path(f"/proc/{process_id}/fd")
        try:
            return any(os.readlink(entry) == str(self.ledger) for entry in folder.iterdir())
        except OSError:
            return False  # it, or one of its files, has just gone

    def rank_0(self):
        """The process that has the ledger open."""
        for folder in Path("/proc").glob("[0-9]*"):
            if int(folder.name) != os.getpid() and self.is_open_in(folder.name):
                return int(folder.name)
        self.fail("nobody has the ledger open")

    def interrupt(self, process, number=signal.SIGTERM):
        """Once the ledger has something of the job."""
        self.wait_for("SELECT samples_done > 500 FROM incarnation ORDER BY number DESC")
        process.send_signal(number)

    def report(self, *options, status=0):
        ended = subprocess.run([EVENKEEL, "report", str(self.ledger), *options], timeout=20,
                               capture_output=True, text=True, check=False)
        self.assertEqual(ended.returncode, status, ended.stderr)
        return ended.stdout, ended.stderr.replace(f"{self.folder}/", "")

    def assert_tiled(self, epochs=1):
        for epoch in range(epochs):
            end = 0
            for begin, next_end in self.rows(
                    f"SELECT begin, end FROM spans WHERE epoch = {epoch} ORDER BY begin"):
                self.assertEqual(begin, end)
                end = next_end
            self.assertEqual(end, SAMPLES)


class Interruptions(LedgerTest):
    def test_a_run_that_is_told_to_end_goes_on(self):
        for mode in ("lease", "step"):
            for number in (signal.SIGTERM, signal.SIGINT):
                with self.subTest(mode=mode, signal=number.name):
                    self.ledger = self.folder / f"{mode}-{number.name}.db"
                    process = self.start("--mode", mode)
                    self.interrupt(process, number)
                    begin = time.monotonic()
                    out, err = self.finish(process, 1)
                    self.assertLess(time.monotonic() - begin, 20)
                    self.assertRegex(out, "\nNOT COMPLETE: .* undone   interrupted\n")
                    self.assertIn("run the same with --resume to go on", err)
                    out, err = self.report()
                    self.assertRegex(out, "\nNOT COMPLETE: .* undone   interrupted\n")
                    self.assertIn("run.db: the run was interrupted;".replace(
                        "run", self.ledger.stem, 1), err)
                    self.assertEqual(self.rows("SELECT state FROM incarnation"), [("ended",)])
                    before = self.rows("SELECT sum(end - begin) FROM spans")[0][0]
                    out, _ = self.run_job("--mode", mode, "--resume", workers=3)
                    left = f"{SAMPLES - before:,}"
                    self.assertIn(f"{left} of {left} samples once each, {before:,} done before",
                                  out)
                    self.assert_tiled()

    def test_nobody_is_left_in_the_all_reduce_if_rank_0_alone_is_told(self):
        options = ("--mode", "step", "--global-batch", "4")  # steps of 2 ms
        for number in range(4):
            self.ledger = self.folder / f"{number}.db"
            process = self.start(*options)
            self.interrupt_rank_0()
            _, err = self.finish(process, 1)
            self.assertIn("run the same with --resume to go on", err)

    def interrupt_rank_0(self):
        self.wait_for("SELECT samples_done > 500 FROM incarnation")
        os.kill(self.rank_0(), signal.SIGTERM)

    def test_a_report_that_cannot_be_written_does_not_cost_the_ledger_its_end(self):
        folder = self.folder / "reports"
        folder.mkdir()
        process = self.start("--report", str(folder / "r.json"))
        self.wait_for("SELECT samples_done > 500 FROM incarnation")
        folder.rmdir()
        self.finish(process, 1)
        self.assertEqual(self.rows("SELECT state FROM incarnation"), [("complete",)])
        self.assert_tiled()

    def test_a_run_that_is_killed_goes_on(self):
        for mode in ("lease", "step"):
            with self.subTest(mode=mode):
                self.ledger = self.folder / f"{mode}.db"
                process = self.start("--mode", mode, "--epochs", "2")
                self.interrupt(process, signal.SIGKILL)
                process.communicate()
                self.wait_until_free()
                self.run_job("--mode", mode, "--epochs", "2", "--resume", workers=1)
                self.assert_tiled(2)
                leases = self.rows("SELECT DISTINCT lease >> 40 FROM span WHERE lease NOT NULL")
                self.assertIn(leases, [[(1,), (2,)], []])

    def test_a_complete_run_has_nothing_left_to_do(self):
        for mode in ("lease", "step"):
            with self.subTest(mode=mode):
                self.ledger = self.folder / f"{mode}.db"
                file = self.folder / f"{mode}.json"
                self.run_job("--mode", mode, "--report", str(file))
                reports = self.report(), file.read_text()
                out, err = self.run_job("--mode", mode, "--resume", "--report", str(file))
                self.assertIn("COMPLETE", out)
                self.assertIn(f"\nnothing left, {SAMPLES:,} samples done before   0 redone", out)
                self.assertIn("nothing is left to do of the run; 'evenkeel report ", err)
                self.assertEqual((self.report(), file.read_text()), reports, "of the work")
                out, _ = self.run_job("--mode", mode, "--resume", "--epochs", "2")
                self.assertIn(f"{SAMPLES:,} of {SAMPLES:,} samples once each", out)
                self.assert_tiled(2)

    def test_a_job_that_makes_an_interrupted_run_complete_is_reported(self):
        for mode in ("lease", "step"):
            with self.subTest(mode=mode):
                self.ledger = self.folder / f"{mode}.db"
                file = self.folder / f"{mode}.json"
                options = ("--mode", mode, "--report", str(file))
                self.run_job(*options)
                process = self.start(*options, "--resume", "--epochs", "2")
                self.wait_for("SELECT 1 FROM incarnation WHERE number = 2")
                self.interrupt(process)
                self.finish(process, 1)
                self.assertIn("NOT COMPLETE", self.report()[0])
                interrupted = file.read_text()
                _, err = self.run_job(*options, "--resume")
                self.assertIn("nothing is left to do of the run", err)
                self.assertRegex(self.report()[0], " COMPLETE .*\nnothing left, [0-9,]+ samples "
                                                   "done before   0 redone")
                self.assertNotEqual(file.read_text(), interrupted)


class Refusals(LedgerTest):
    def refused(self, *options, **more):
        out, err = self.run_job(*options, status=2, **more)
        self.assertEqual(out, "")
        self.assertEqual(err.count("\n"), 1)
        return err.removeprefix("evenkeel: ").replace(f"{self.folder}/", "").rstrip()

    def test_what_must_not_change_is_refused_by_name(self):
        self.run_job()
        for options, words in {
                ("--seed", "3"): "seed 0, and here it is 3",
                ("--shuffle", "full"): "shuffle shards, and here it is full",
                ("--shard-samples", "7"): "shard-samples 1024, and here it is 7",
                ("--step-samples", "16"): "step-samples 32, and here it is 16",
                ("--mode", "step"): "mode lease, and here it is step"}.items():
            self.assertEqual(self.refused("--resume", *options),
                             f"run.db: the run has {words}; resume it with the same, or begin "
                             "another ledger")
        (self.folder / "m.csv").write_text(f"path,samples\nb.bin,{SAMPLES}\n")
        self.assertIn("the run has dataset fingerprint", self.refused("--resume"))
        (self.folder / "m.csv").write_text(f"path,samples\na.bin,{SAMPLES - 1}\n")
        self.assertIn("the run has samples 9000, and here it is 8999", self.refused("--resume"))

    def test_of_step_mode_too(self):
        self.run_job("--mode", "step")
        for options, words in {
                ("--global-batch", "50"): "global-batch 256, and here it is 50",
                ("--last", "drop"): "last partial, and here it is drop"}.items():
            self.assertIn(words, self.refused("--mode", "step", "--resume", *options))
        self.run_job("--mode", "step", "--resume", "--micro-batch", "4", workers=3)  # may change

    def test_two_runs_do_not_share_a_ledger(self):
        process = self.start()
        self.wait_for("SELECT count(*) FROM incarnation")
        self.assertEqual(self.refused("--resume"),
                         "run.db: another run is writing to this ledger; wait for its end, or give "
                         "another ledger")
        self.finish(process)
        self.assert_tiled()

    def test_a_run_is_not_begun_over(self):
        self.run_job()
        self.assertEqual(self.refused(),
                         "run.db: holds a run already, which is complete; give --resume to go on "
                         "with it, or another ledger")

    def test_a_tag_that_is_not_there(self):
        self.run_job()
        self.assertEqual(self.refused("--resume", "best"),
                         "run.db: has no checkpoint 'best'; it has none; give --resume alone")

    def test_a_run_whose_ledger_is_gone_is_not_begun_over_unless_that_is_asked_for(self):
        gone = ("run.db: the run is gone that has left a lock or log beside it; restore the file, "
                "or give --new to begin another run")
        self.run_job()
        self.assertIn("holds a run already", self.refused("--new"))
        self.ledger.unlink()
        for options in ((), ("--resume",), ("--resume", "c1")):
            self.assertEqual(self.refused(*options), gone)
            self.assertFalse(self.ledger.exists())
        self.run_job("--new")
        self.assert_tiled()

    def test_a_ledger_with_two_names(self):
        self.run_job()
        other = self.folder / "other.db"
        other.hardlink_to(self.ledger)
        words = "has 2 names (hard links), and a ledger must have one; remove the others"
        self.assertEqual(self.refused("--resume"), f"run.db: {words}")
        self.ledger = other
        self.assertEqual(self.refused("--resume"), f"other.db: {words}")

    def test_a_ledger_in_which_a_bit_has_flipped(self):
        process = self.start()
        self.interrupt(process)
        self.finish(process, 1)
        with contextlib.closing(sqlite3.connect(self.ledger)) as ledger, ledger:
            ledger.execute("UPDATE span SET end = end + 1 WHERE begin = "
                           "(SELECT max(begin) FROM span)")
        self.assertEqual(self.refused("--resume"),
                         "run.db: is damaged; restore a copy of it, or begin another ledger")

    def test_options_that_do_not_go_together(self):
        self.assertEqual(self.refused("--new", "--resume"),
                         "--new: conflicts with --resume, which goes on with a run; leave one out")
        self.assertEqual(self.refused("--mode", "step", "--first-step", "3"),
                         "--first-step: conflicts with --ledger, which knows where the run goes "
                         "on; leave one of them out")

    def test_a_ledger_that_cannot_be_written(self):
        self.ledger = self.folder / "nowhere" / "run.db"
        self.assertEqual(self.refused(),
                         "nowhere/run.db: cannot be made: No such file or directory; check the "
                         "ledger's folder, or choose another file")
        self.assertFalse(self.ledger.exists())


class FullDisk(LedgerTest):
    def limit(self, room):
        """What the disk has left for rank 0; None: enough."""
        wal = Path(f"{self.ledger}-wal")
        most = resource.RLIM_INFINITY if room is None else wal.stat().st_size + room
        resource.prlimit(self.rank_0(), resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    def test_is_said_at_once_and_the_job_goes_on(self):
        process = self.start("--epochs", "2")
        self.wait_for("SELECT samples_done > 500 FROM incarnation")
        self.limit(4096)
        out, err = self.finish(process, 1)
        self.assertEqual(err.count("work done from now on is not recorded"), 1)
        self.assertIn("COMPLETE", out)
        self.run_job("--epochs", "2", "--resume")
        self.assert_tiled(2)

    def test_is_made_good_when_there_is_room_again(self):
        process = self.start("--epochs", "2")
        self.wait_for("SELECT samples_done > 500 FROM incarnation")
        self.limit(4096)
        time.sleep(2.5)
        self.limit(None)
        _, err = self.finish(process)
        self.assertIn("work done from now on is not recorded", err)
        self.assertIn("everything is recorded again", err)
        self.assert_tiled(2)


class Reports(LedgerTest):
    def test_of_a_finished_run_is_the_one_that_it_printed(self):
        for mode in ("lease", "step"):
            with self.subTest(mode=mode):
                self.ledger = self.folder / f"{mode}.db"
                report = self.folder / "report.json"
                printed, _ = self.run_job("--mode", mode, "--report", str(report))
                self.assertEqual(self.report(), (printed, ""))
                expected = {**json.loads(report.read_text()), "coordinator_busy": None}
                self.assertEqual(json.loads(self.report("--format", "json")[0]), expected)
                table = list(csv.DictReader(io.StringIO(self.report("--format", "csv")[0])))
                self.assertEqual(sum(int(row["samples"]) for row in table), SAMPLES)

    def test_of_a_run_that_is_going_on_and_of_one_that_died(self):
        process = self.start()
        self.wait_for("SELECT samples_done > 500 FROM incarnation")
        out, err = self.report()
        self.assertIn("NOT COMPLETE", out)
        self.assertIn("run.db: the run is going on", err)
        process.kill()
        process.communicate()
        self.wait_until_free()
        out, err = self.report()
        self.assertIn("NOT COMPLETE", out)
        self.assertIn("run.db: the run has died; --resume goes on with it", err)

    def test_as_a_cluster_that_tells_the_time_of_such_a_run(self):
        for mode in ("lease", "step"):
            with self.subTest(mode=mode):
                self.ledger = self.folder / f"{mode}.db"
                report = self.folder / "report.json"
                options = ("--mode", mode, "--policy", "adaptive", "--manifest",
                           str(self.folder / "m.csv"))
                self.finish(self.start("--mode", mode, "--report", str(report)))
                seen = self.folder / "seen 'now'"
                seen.mkdir(exist_ok=True)
                reported = subprocess.run(
                    ["bash", "-c", f"{shlex.quote(EVENKEEL)} report {self.ledger} --as-cluster "
                     "seen.json > ../report.txt"],
                    cwd=seen, timeout=60, capture_output=True, text=True, check=True)
                advised = re.fullmatch("evenkeel: seen.json: to see what other policies would have "
                                       "done, run:\n(.*)\n", reported.stderr)[1]
                compared = subprocess.run(["bash", "-c", advised], cwd="/", timeout=60,
                                          capture_output=True, text=True, check=True)
                (seen / "seen.json").rename(self.folder / "seen.json")
                self.assertEqual(compared.stderr, "")
                self.assertIn("slowest/mean" if mode == "step" else "imbalance", compared.stdout)
                samples = json.loads(report.read_text())["epochs"] * SAMPLES
                self.assertIn(f" {samples:,} samples ", compared.stdout)
                seen = json.loads((self.folder / "seen.json").read_text())
                self.assertEqual([rank["host"] for rank in seen["ranks"]], ["h0", "h1"])
                simulated = self.folder / "simulated.json"
                subprocess.run([EVENKEEL, "simulate", *options, "--cluster",
                                str(self.folder / "seen.json"), "--report", str(simulated)],
                               timeout=60, capture_output=True, check=True)
                makespan = json.loads(report.read_text())["makespan_s"]
                self.assertLess(json.loads(simulated.read_text())["makespan_s"], 1.2 * makespan)
                self.assertGreater(json.loads(simulated.read_text())["makespan_s"], makespan / 2)

    def test_as_a_cluster_where_that_cannot_be_written(self):
        self.run_job()
        _, err = self.report("--as-cluster", str(self.folder / "no" / "seen.json"), status=2)
        self.assertIn("no/seen.json: cannot write: No such file or directory", err)

    def test_of_a_run_that_died_lists_what_it_had_set_aside(self):
        trainer = TRAINER.replace("    time.sleep(0.005)", """    time.sleep(0.005)
    if message["begin"] < 30:
        say(failed=message["step"], reason="bad sample")
        continue""")
        process = self.start("--step-samples", "30", "--epochs", "50", "--shuffle", "none",
                             trainer=trainer, workers=3)
        self.wait_for("SELECT count(*) FROM set_aside")
        process.kill()
        process.communicate()
        self.wait_until_free()
        self.assertIn("samples 0-29", self.report()[0])

    def test_of_a_run_that_ends_while_it_is_read_does_not_say_that_it_died(self):
        self.run_job()
        writer = sqlite3.connect(self.ledger, isolation_level=None)
        self.addCleanup(writer.close)
        writer.execute("UPDATE incarnation SET state = 'running'")
        writer.execute("PRAGMA journal_mode = TRUNCATE")  # a writer keeps readers waiting
        writer.execute("BEGIN EXCLUSIVE")
        with open(f"{self.ledger}.lock", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            report = subprocess.Popen([EVENKEEL, "report", str(self.ledger)], text=True,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            while report.poll() is None and not self.is_open_in(report.pid):
                time.sleep(0.001)
        writer.execute("COMMIT")
        _, err = report.communicate(timeout=20)
        self.assertIn("run.db: the run is going on", err)

    def test_of_what_is_no_ledger(self):
        self.assertIn("there is no such file", self.report(status=2)[1])
        self.ledger.write_text("no ledger, but long enough to be taken for the header of one" * 9)
        self.assertEqual(self.report(status=2)[1],
                         "evenkeel: run.db: is not a ledger; give another file\n")


TRAINER = """
import json, os, socket, sys, time
agent = socket.socket(fileno=int(os.environ["EVENKEEL_FD"]))
lines = agent.makefile()
job = json.loads(next(lines))
def say(**message):
    agent.sendall(json.dumps(message).encode() + b"\\n")
def tell(text):
    os.write(1, (text + "\\n").encode())
tell(f"rank {job['rank']} resumes {job['resumed_tag']} at {job['first_step']}")
done, called = 0, 0
for line in lines:
    message = json.loads(line)
    if "finish" in message:
        break
    if "checkpoint" in message:
        tell(f"rank {job['rank']} {message['checkpoint']} {message['state']} at {message['step']}")
    if "extents" not in message:
        continue
    time.sleep(0.005)
    say(reached=message["step"])
    say(done=message["step"])
    done += 1
    if done % 40 == 0 and job["mode"] == "lease":
        called += 1
        say(checkpoint=f"c{called}")
    if job["mode"] == "step" and job["rank"] == 0 and (message["step"] + 1) % 40 == 0:
        say(checkpoint=f"s{message['step'] + 1}")
"""


class Checkpoints(LedgerTest):
    def test_of_step_mode_are_gone_back_to(self):
        options = ("--mode", "step", "--global-batch", "30", "--no-baseline")
        process = self.start(*options, trainer=TRAINER)
        self.wait_for("SELECT count(*) > 1 FROM checkpoint")
        process.send_signal(signal.SIGTERM)
        out, _ = self.finish(process, 1)
        self.assertIn("rank 0 resumes None at 0", out)
        self.assertIn("rank 0 s40 complete at 40", out)
        step = self.rows("SELECT step FROM checkpoints ORDER BY step DESC")[0][0]
        out, _ = self.run_job(*options, "--resume", trainer=TRAINER, workers=3)
        self.assertIn(f"rank 2 resumes s{step} at {step}", out)
        self.assert_tiled()
        out, _ = self.run_job(*options, "--resume", "s40", trainer=TRAINER, workers=1)
        self.assertIn("rank 0 resumes s40 at 40", out)
        self.assert_tiled()
        self.assertEqual(self.rows("SELECT min(begin) FROM span WHERE generation = 3"), [(1200,)])

    def test_of_lease_mode_are_complete_when_all_have_called(self):
        options = ("--step-samples", "30", "--epochs", "3")
        process = self.start(*options, trainer=TRAINER)
        self.wait_for("SELECT count(*) > 1 FROM checkpoint")  # what is said of the first is out
        process.send_signal(signal.SIGTERM)
        out, _ = self.finish(process, 1)
        self.assertIn("c1 pending at 40", out)
        self.assertIn("c1 complete at 40", out)
        out, _ = self.run_job(*options, "--resume", "c1", trainer=TRAINER)
        self.assertIn("rank 1 resumes c1 at None", out)
        self.assert_tiled(3)

    def test_without_a_ledger_are_not_recorded(self):
        command = self.command("--mode", "step", "--global-batch", "100", trainer=TRAINER)
        place = command.index("--ledger")
        ended = subprocess.run(command[:place] + command[place + 2:], capture_output=True,
                               text=True, timeout=60, check=True)
        self.assertIn("rank 0 s40 unrecorded at 40", ended.stdout)


# Told to end, it takes two seconds to save, says so, and ends: rank 1 a second after rank 0.
SAVING_TRAINER = """
import json, os, signal, socket, sys, time
told = []
signal.signal(signal.SIGTERM, lambda *_: told.append(1))
agent = socket.socket(fileno=int(os.environ["EVENKEEL_FD"]))
lines = agent.makefile()
job = json.loads(next(lines))
def say(**message):
    agent.sendall(json.dumps(message).encode() + b"\\n")
for line in lines:
    message = json.loads(line)
    if "finish" in message:
        break
    if "extents" not in message:
        continue
    time.sleep(0.02)
    say(reached=message["step"])
    say(done=message["step"])
    if told:
        is_silent = job["mode"] == "step" or "ONE_SAVES" in os.environ  # it may be a step further
        if is_silent and job["rank"] > 0:
            break
        time.sleep(2 + job["rank"])
        say(checkpoint="saved")
        os.write(1, next(line for line in lines if "checkpoint" in line).encode())
        break
"""


class Grace(LedgerTest):
    def saved_in_time(self, mode, *options, tags=(("saved",),), environment=None):
        """The ranks are told, not mpirun, which passes a signal on later or not at all."""
        process = self.start("--mode", mode, "--grace", "12", "--report",
                             str(self.folder / "r.json"), *options, trainer=SAVING_TRAINER,
                             environment={"OMPI_MCA_odls_base_sigkill_timeout": "14",
                                          **(environment or {})})
        self.wait_for("SELECT samples_done > 100 FROM incarnation")
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (f"{self.ledger}".encode() in (folder / "cmdline").read_bytes() and
                        (folder / "comm").read_text() == "evenkeel\n" and
                        b"guard-trainer" not in (folder / "cmdline").read_bytes()):
                    os.kill(int(folder.name), signal.SIGTERM)
        begin = time.monotonic()
        while not (self.folder / "r.json").exists() and time.monotonic() < begin + 10:
            time.sleep(0.02)
        self.assertFalse(json.loads((self.folder / "r.json").read_text())["complete"])
        self.assertEqual(self.rows("SELECT tag FROM checkpoints"), [])
        self.assertIsNone(process.poll(), "the report is there before the end")
        _, err = self.finish(process, 1)
        self.assertIn("; trainers have 12 s to save\n", err)
        self.assertNotIn("mpirun kills", err)
        self.assertEqual(self.rows("SELECT tag FROM checkpoints"), list(tags), err)

    def test_lets_trainers_save_in_lease_mode(self):
        self.saved_in_time("lease")

    def test_records_no_checkpoint_that_lacks_a_trainer_which_did_not_save(self):
        self.saved_in_time("lease", tags=(), environment={"ONE_SAVES": "1"})

    def test_lets_trainers_save_in_step_mode(self):
        self.saved_in_time("step", "--global-batch", "30", "--no-baseline")

    def test_that_mpirun_does_not_give_is_said_at_the_start(self):
        _, err = self.run_job("--grace", "2.5")
        told = ("mpirun of Open MPI 5 kills the ranks a quarter of a second after SIGTERM"
                if MPIRUN.major >= 5 else
                "mpirun kills the ranks 1 s after SIGTERM; start it with "
                "OMPI_MCA_odls_base_sigkill_timeout=5\n")
        self.assertIn(f"evenkeel: --grace 2.5: {told}", err)


if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[3:], streams=3))
