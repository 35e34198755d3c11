#!/usr/bin/env python3
"""Jobs with trainers of other languages, on real processes: jobs.py EVENKEEL MPIRUN."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from mpirun import Mpirun, without_banners
from side_by_side import run_tests

HERE = Path(__file__).resolve().parent
GUIDE = HERE.parent.parent / "apps/evenkeel/guide/training.md"
EVENKEEL, MPIRUN = sys.argv[1], Mpirun(sys.argv[2])
SAMPLES = 1200


def guide_trainer(language):
    """The trainer in that language, as the guide shows it."""
    return re.search(rf"^```{language} file=.*?\n(.*?)```", GUIDE.read_text(),
                     re.DOTALL | re.MULTILINE)[1]


def put_in(script, place, instead):
    """The script with other lines in place of a line that begins like that, as it is indented."""
    lines = script.splitlines(keepends=True)
    found = [number for number, line in enumerate(lines) if place in line]
    assert len(found) == 1, (place, script)
    indent = re.match(" *", lines[found[0]])[0]
    lines[found[0]] = "".join(f"{indent}{line}\n" for line in instead)
    return "".join(lines)


# Rank 1 takes four times as long for a sample; then all meet.
TRAINING = {
    "bash": ("[[ $RANK != 1 ]] && one=3 || one=12",
             "count=${extent##*,}",
             "count=${count%]}",
             'printf -v s "%d.%03d" $((one * count / 1000)) $((one * count % 1000))',
             'sleep "$s"'),
    "python": ('__import__("time").sleep(count * (0.012 if os.environ["RANK"] == "1" else 0.003))',
               ),
}
MEETING = {
    "bash": ('[[ -v there ]] || exec {there}<> "/dev/tcp/127.0.0.1/$MEETING"',
             'echo here >&"$there"',
             'read -r _ <&"$there"'),
    "python": ('if "meeting" not in globals():',
               '    meeting = socket.create_connection(("127.0.0.1", int(os.environ["MEETING"])))',
               'meeting.sendall(b"here\\n")',
               "meeting.recv(100)"),
}


class Meeting(threading.Thread):
    """Stands for an all-reduce of so many trainers: lets them go on when all are there."""

    def __init__(self, trainers):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.trainers = trainers
        self.start()

    def run(self):
        there = [self.listener.accept()[0] for _ in range(self.trainers)]
        while all([each.recv(100) for each in there]):
            for each in there:
                each.sendall(b"on\n")
        for each in (*there, self.listener):
            each.close()


class Job:
    """A job on `ranks` ranks whose trainers run a script of Python or bash."""

    def __init__(self, test, script, ranks=2, options=(), language="python"):
        folder = tempfile.TemporaryDirectory()
        test.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "manifest.csv").write_text(
            f"path,samples\na.bin,{SAMPLES // 4}\nb.bin,{SAMPLES - SAMPLES // 4}\n")
        program = self.folder / "trainer"
        program.write_text(script)
        interpreter = [sys.executable] if language == "python" else ["bash"]
        self.command = [
            *MPIRUN.command(ranks), EVENKEEL, "run", "--manifest",
            str(self.folder / "manifest.csv"), "--quiet", "--report", str(self.path("report.json")),
            "--spans", str(self.path("spans.jsonl")), *options, "--", *interpreter, str(program)]

    def path(self, name):
        return self.folder / name

    def start(self):
        environment = MPIRUN.environment(SCRATCH=str(self.folder))
        return subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=environment)

    def run(self):
        process = self.start()
        self.out, err, self.status = MPIRUN.communicate(process, 100)
        self.err = without_banners(err)
        return self

    @property
    def report(self):
        return json.loads(self.path("report.json").read_text())

    @property
    def spans(self):
        return [json.loads(line) for line in self.path("spans.jsonl").read_text().splitlines()]


# Leaves the trainer's process id in a file.
BEGIN = ('begun = os.environ["SCRATCH"] + "/begun"; new = begun + str(os.getpid()); '
         'open(new, "w").write(str(os.getpid())); os.rename(new, begun)')


def parent_of(process_id):
    stat = Path(f"/proc/{process_id}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


def children_of(process_id):
    ids = [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]
    found = []
    for each in ids:
        with contextlib.suppress(OSError):  # it has just ended
            found += [each] if parent_of(each) == process_id else []
    return found


# Does nothing but say that every step is done; what is to happen before is put in.
def trainer(before_done="pass", at_start="pass"):
    return f"""
import json, os, socket, subprocess, sys, time
agent = socket.socket(fileno=int(os.environ["EVENKEEL_FD"]))
lines = agent.makefile()
job = json.loads(next(lines))
def tell(*words):  # in one write, which those of other ranks do not interrupt
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
def say(**message):
    agent.sendall(json.dumps(message).encode() + b"\\n")
{at_start}
for line in lines:
    step = json.loads(line)
    if "finish" in step:
        tell(step["finish"])
        break
    {before_done}
    say(reached=step["step"])
    say(done=step["step"])
"""


class TrainersOfAnyLanguage(unittest.TestCase):
    def expect_every_sample_once(self, job):
        self.assertEqual(job.status, 0, job.err)
        self.assertTrue(job.report["complete"])
        end = 0
        for span in sorted(job.spans, key=lambda span: span["begin"]):
            self.assertEqual(span["begin"], end)
            end = span["end"]
        self.assertEqual(end, SAMPLES)

    def test_the_trainers_in_the_guide_do_a_job_in_either_mode(self):
        for language in ("bash", "python"):
            script = guide_trainer(language)
            self.assertLessEqual(len(script.splitlines()), 16)
            for mode in (["--step-samples", "100"], ["--mode", "step", "--global-batch", "100"]):
                with self.subTest(language=language, mode=mode):
                    job = Job(self, script, 3, mode, language).run()
                    self.expect_every_sample_once(job)
                    self.assertEqual(job.err, "")

    def train_together(self, language, script):
        """A job of step mode, whose trainers do work and meet where the guide says so."""
        script = put_in(script, "train on ", TRAINING[language])
        script = put_in(script, "the all-reduce, in step mode", MEETING[language])
        options = ["--mode", "step", "--global-batch", "30", "--no-baseline", "--shuffle", "none"]
        os.environ["MEETING"] = str(Meeting(3).port)
        self.addCleanup(os.environ.pop, "MEETING", None)
        job = Job(self, script, 3, options, language).run()
        self.expect_every_sample_once(job)
        return job

    def test_the_trainers_in_the_guide_are_balanced_in_step_mode(self):
        for language in ("bash", "python"):
            with self.subTest(language=language):
                job = self.train_together(language, guide_trainer(language))
                self.assertEqual(job.err, "")
                ranks = job.report["ranks"]
                self.assertEqual([rank["local_time"] for rank in ranks], 3 * ["told"])
                self.assertGreater(max(rank["uneven_s"] for rank in ranks), 0)
                self.assertGreater(job.report["ratio"], 1)
                # Half of the work that equal parts are, or less, if nothing disturbs.
                samples = [rank["samples"] for rank in ranks]
                self.assertLess(samples[1], 0.75 * min(samples[0], samples[2]), samples)

    def test_trainers_that_do_not_say_where_their_work_ends_are_told_to(self):
        for language in ("bash", "python"):
            with self.subTest(language=language):
                script = put_in(guide_trainer(language), "reached", ())
                job = self.train_together(language, script)
                self.assertRegex(job.err, r'^evenkeel: no rank says where its local work ends, .*'
                                          r'write {"reached":N} \(in Python: .*\)\n$')
                self.assertEqual([rank["samples"] for rank in job.report["ranks"]], 3 * [400])
                self.assertEqual([rank["local_time"] for rank in job.report["ranks"]],
                                 3 * ["not told"])
                for figure in ("ratio", "bound_s", "imbalance"):
                    self.assertIsNone(job.report[figure])
                self.assertIn("limit unknown: cannot tell waiting from work\n"
                              "local work   no rank says where it ends ('reached')\n", job.out)

    def test_only_trainers_that_do_not_say_where_their_work_ends_are_named(self):
        script = trainer().replace('    say(reached=step["step"])\n', """
    if job["rank"] == 0:
        say(reached=step["step"])
    elif job["rank"] == 1:  # says it otherwise
        say(done=step["step"], all_reduce_s=0)
        continue
""")
        options = ["--mode", "step", "--global-batch", "100"]
        job = Job(self, script, 3, options).run()
        self.assertRegex(job.err, "^evenkeel: rank 2 does not say where its local work ends")
        self.assertEqual(job.err.count("\n"), 1, job.err)
        self.assertEqual([rank["local_time"] for rank in job.report["ranks"]],
                         ["told", "told", "not told"])
        self.assertEqual(Job(self, script.replace("== 0", ">= 0"), 3, options).run().err, "")

    def test_a_ledger_too_says_that_waiting_cannot_be_told_from_work(self):
        job = Job(self, put_in(trainer(), "reached", ()), 2, ["--mode", "step"])
        quiet = job.command.index("--quiet")
        job.command[quiet:quiet] = ["--ledger", str(job.path("run.db"))]
        job.run()
        words = ("limit unknown: cannot tell waiting from work\n"
                 "local work   no rank says where it ends ('reached')\n")
        self.assertIn(words, job.out, job.err)
        report = subprocess.run(
            [EVENKEEL, "report", job.path("run.db"), "--as-cluster", job.path("cluster.json")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertIn(words, report.stdout, report.stderr)
        self.assertEqual(report.returncode, 2)
        self.assertRegex(report.stderr,
                         "run.db: ranks 0-1 did not say where local work ended in up to (\\d+) of "
                         "\\1 steps, .* 'reached' before each all-reduce\n$")
        self.assertFalse(job.path("cluster.json").exists())

    def test_every_rank_has_a_trainer_that_knows_its_place(self):
        at_start = """
names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR")
tell(*(os.environ[name] for name in names), job["rank"], job["workers"])
"""
        job = Job(self, trainer(at_start=at_start), 3).run()
        places = sorted(line for line in job.out.splitlines() if re.match(r"\d \d", line))
        self.assertEqual(places, [f"{rank} 3 {rank} 3 127.0.0.1 {rank} 3" for rank in range(3)])
        self.assertEqual([rank["rank"] for rank in job.report["ranks"]], [0, 1, 2])

    def test_a_dedicated_coordinator_has_no_trainer(self):
        at_start = 'tell("RANK", os.environ["RANK"], os.environ["WORLD_SIZE"])'
        job = Job(self, trainer(at_start=at_start), 3, ["--coordinator", "dedicated"]).run()
        self.expect_every_sample_once(job)
        self.assertEqual(sorted(re.findall(r"RANK \d \d", job.out)), ["RANK 0 2", "RANK 1 2"],
                         job.out)
        self.assertEqual([rank["rank"] for rank in job.report["ranks"]], [1, 2])

    def test_one_rank_alone_can_do_the_job(self):
        self.expect_every_sample_once(Job(self, trainer(), 1).run())

    def test_a_place_to_meet_can_be_given(self):
        os.environ.update(MASTER_ADDR="some.host", MASTER_PORT="4711")
        self.addCleanup(lambda: [os.environ.pop(f"MASTER_{name}") for name in ("ADDR", "PORT")])
        at_start = 'tell(os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"])'
        job = Job(self, trainer(at_start=at_start)).run()
        self.assertEqual(job.out.count("some.host 4711\n"), 2)

    def test_the_place_to_meet_is_kept_for_trainer_0(self):
        at_start = """
with socket.socket() as other:  # of somebody else on the machine, who does not share
    try:
        other.bind(("", int(os.environ["MASTER_PORT"])))
        tell("taken")
    except OSError:
        tell("kept")
if os.environ["RANK"] == "0":
    socket.create_server(("", int(os.environ["MASTER_PORT"]))).close()
    tell("listened")
"""
        job = Job(self, trainer(at_start=at_start)).run()
        self.assertEqual(job.out.count("kept\n"), 2)
        self.assertEqual(job.out.count("listened\n"), 1)

    def test_trainers_may_use_every_core_and_an_mpi_of_their_own(self):
        at_start = """
tell("cores", len(os.sched_getaffinity(0)))
tell("left", [name for name in os.environ if name.startswith(("PMIX_", "OMPI_COMM"))])
"""
        job = Job(self, trainer(at_start=at_start)).run()
        self.assertEqual(job.out.count(f"cores {len(os.sched_getaffinity(0))}\n"), 2)
        self.assertEqual(job.out.count("left []\n"), 2)

    def test_standard_error_has_the_rank_before_each_line(self):
        at_start = 'print("loading\\nready", file=sys.stderr)'
        job = Job(self, trainer(at_start=at_start)).run()
        self.assertEqual(sorted(job.err.splitlines()),
                         ["[0] loading", "[0] ready", "[1] loading", "[1] ready"])

    def test_steps_are_sent_as_far_ahead_as_a_trainer_wants(self):
        at_start = """
say(read_ahead=5)
given = [json.loads(next(lines))["step"] for _ in range(6)]
agent.settimeout(0.3)
try:
    given.append(next(lines))
except OSError:
    pass
tell("given", given)
agent.settimeout(None)
for step in given:
    say(reached=step)
    say(done=step)
lines = agent.makefile()
"""
        job = Job(self, trainer(at_start=at_start), 1, ["--step-samples", "10"]).run()
        self.assertIn("given [0, 1, 2, 3, 4, 5]\n", job.out)
        self.expect_every_sample_once(job)

    def test_a_job_can_go_on_where_another_ended(self):
        at_start = 'tell("begins at", job["first_step"], job["steps"])'
        options = ["--mode", "step", "--global-batch", "100", "--epochs", "2", "--first-step", "14"]
        job = Job(self, trainer(at_start=at_start), 2, options).run()
        self.assertEqual(job.out.count("begins at 14 24\n"), 2)
        self.assertTrue(job.report["complete"])
        self.assertEqual(job.report["steps"], 10)
        self.assertEqual(min((span["epoch"], span["begin"]) for span in job.spans), (1, 200))
        self.assertEqual(sum(span["end"] - span["begin"] for span in job.spans), 1000)

    def test_times_that_a_trainer_gives_come_before_the_clock(self):
        script = trainer("time.sleep(0.03)").replace(
            'say(done=step["step"])',
            'say(done=step["step"], local_s=0.02, data_s=0.005, all_reduce_s=0)')
        job = Job(self, script, 1, ["--mode", "step", "--global-batch", "100"]).run()
        rank = job.report["ranks"][0]
        self.assertAlmostEqual(rank["compute_s"] + rank["data_s"], 0.24, places=6)
        self.assertAlmostEqual(rank["data_s"], 0.06, places=6)
        self.assertEqual(job.err, "")

    def test_times_that_cannot_be_are_named_once_and_not_used(self):
        faults = {"local_s=31_536_000": "local work", "local_s=-1": "local work",
                  "data_s=0.001, all_reduce_s=1e300": "all-reduce"}
        for mode in (["--step-samples", "10"], ["--mode", "step", "--global-batch", "20"]):
            for times, what in faults.items():
                with self.subTest(mode=mode, times=times):
                    script = trainer("time.sleep(0.002)").replace(
                        'say(done=step["step"])', f'say(done=step["step"], {times})')
                    job = Job(self, script, 2, mode).run()
                    self.expect_every_sample_once(job)
                    self.assertEqual(len(re.findall(
                        rf"^evenkeel: rank [01]: a step that was taken \S+ s ago is said to have "
                        rf"taken \S+ s of {what}; give seconds", job.err, re.MULTILINE)),
                        len(job.report["ranks"]), job.err)
                    self.assertEqual(job.err.count("\n"), 2, job.err)
                    for rank in job.report["ranks"]:
                        for figure in ("compute_s", "data_s", "uneven_s", "comm_s"):
                            self.assertLessEqual(rank[figure] or 0, job.report["makespan_s"])

    def test_a_pause_that_cannot_be_is_named(self):
        steps = ["--mode", "step", "--global-batch", "100"]
        for mode, pause, counted in ((steps, "30e9", "3.15e+07"), ([], "-1", "0")):
            with self.subTest(mode=mode, pause=pause):
                job = Job(self, trainer(f"say(pause={pause})"), 2, mode).run()
                self.expect_every_sample_once(job)
                self.assertEqual(sorted(re.sub(r"pause of \S+ s", "pause", line)
                                        for line in job.err.splitlines()),
                                 [f"evenkeel: rank {rank}: a pause is announced; give seconds: "
                                  f"{counted} s count" for rank in (0, 1)])

    def test_bytes_that_are_no_message_lose_one_trainer_and_not_the_job(self):
        for line in (r'{"done":0}\0{"done":1}', r"\xff", r'{"done":0,"local_s":"1"}'):
            with self.subTest(line=line):
                before_done = f"""
    if job["rank"] == 1:
        agent.sendall(b'{line}\\n')
        time.sleep(1000)
    time.sleep(0.01)"""
                job = Job(self, trainer(before_done), 3, ["--step-samples", "100"]).run()
                self.expect_every_sample_once(job)
                self.assertEqual(job.report["lost_ranks"], [1])
                self.assertRegex(job.err, r"^evenkeel: rank 1: the trainer says .*; others do its "
                                          r"work, if any are left\n$")

    def test_bytes_that_are_no_message_end_step_mode_with_its_results(self):
        before_done = r"""
    if job["rank"] == 1 and step["step"] == 3:
        agent.sendall(b'{"done":3}\0\n')
    """
        job = Job(self, trainer(before_done), 2, ["--mode", "step", "--global-batch", "100"])
        quiet = job.command.index("--quiet")
        job.command[quiet:quiet] = ["--ledger", str(job.path("run.db"))]
        job.run()
        self.assertIn(job.status, (1, None))
        self.assertRegex(job.err, "rank 1: the trainer says .*; the job is given up\n")
        self.assertIn("run the same with --resume to go on", job.err)
        self.assertEqual(job.report["complete"], False)

    def test_a_reason_is_cut_to_a_line(self):
        before_done = r"""
    if job["rank"] == 1 and step["step"] == 0:
        say(failed=0, reason="Traceback:\n" + 50_000 * "x" + "\nOSError")
        continue"""
        job = Job(self, trainer(before_done), 2, ["--step-samples", "100"]).run()
        self.assertRegex(job.err, r"^evenkeel: rank 1: the trainer fails step 0 \(.*\): "
                                  r"Traceback: x+…x+ OSError\n$")
        self.assertLess(len(job.err), 400)

    def test_a_pause_is_no_work(self):
        before_done = 'say(pause=10); time.sleep(2 if step["step"] == 3 else 0)'
        options = ["--mode", "step", "--global-batch", "100"]
        rank = Job(self, trainer(before_done), 1, options).run().report["ranks"][0]
        self.assertGreater(rank["paused_s"], 1.99)
        self.assertLess(rank["compute_s"], 1.5)

    def test_a_checkpoint_is_answered_with_the_steps_that_are_done(self):
        before_done = """
    if step["step"] == 4:
        say(checkpoint="best")
        answer = {}
        while "checkpoint" not in answer:
            answer = json.loads(next(lines))
        tell("answer", answer)
        break"""
        job = Job(self, trainer(before_done), 1, ["--step-samples", "10"]).run()
        self.assertIn("answer {'checkpoint': 'best', 'step': 4, 'state': 'unrecorded'}", job.out)

    def test_a_checkpoint_after_the_last_step_is_answered(self):
        at_end = """
say(checkpoint="final")
tell("answer", next(lines).strip())
"""
        options = ["--mode", "step", "--global-batch", "100", "--first-step", "4"]
        job = Job(self, trainer() + at_end, 1, options).run()
        self.assertIn('answer {"checkpoint":"final","step":12,"state":"unrecorded"}', job.out)
        self.assertEqual(job.err, "")

    def test_a_checkpoint_after_the_last_step_is_recorded(self):
        at_end = """
if job["resumed_tag"] is None or "again" in sys.argv:
    say(pause=30)
    time.sleep(0.3 * job["rank"])
    say(checkpoint="final")
    tell("answer", json.loads(next(lines))["state"])
tell("resumed", job["resumed_tag"])
"""
        for options in (["--mode", "step", "--global-batch", "100"], ["--step-samples", "10"]):
            with self.subTest(options=options):
                job = Job(self, trainer() + at_end, 3, options)
                job.command[job.command.index("--"):0] = ["--ledger", str(job.path("run.db"))]
                job.run()
                self.assertEqual(job.status, 0, job.err)
                self.assertIn("answer complete", job.out)
                self.assertNotIn("unrecorded", job.out)
                job.command[job.command.index("--"):0] = ["--resume"]
                job.path("report.json").unlink()  # of a job with nothing to do, it would stay
                job.run()
                self.assertEqual(job.status, 0, job.err)
                self.assertEqual(job.out.count("resumed final"), 3)
                self.assertEqual(job.report["samples_before"], SAMPLES)
                self.assertEqual(sum(rank["samples"] for rank in job.report["ranks"]), 0)

    def test_a_trainer_that_dies_as_it_saves_takes_its_checkpoint_along(self):
        at_end = """
if job["rank"] == 1:
    time.sleep(0.5)
    os.kill(os.getpid(), 6)
say(checkpoint="final")
tell("answer", json.loads(next(lines))["state"])
"""
        job = Job(self, trainer() + at_end, 3, ["--step-samples", "10"])
        job.command[job.command.index("--"):0] = ["--ledger", str(job.path("run.db"))]
        job.run()
        self.assertNotEqual(job.status, 0)
        kinds = [event["kind"] for event in job.report["events"]]
        self.assertIn("voided", kinds)
        self.assertNotIn("checkpoint", kinds)

    def test_trainers_that_save_for_too_long_are_not_waited_for(self):
        at_end = """
while not os.path.exists(os.environ["SCRATCH"] + "/report.json"):
    time.sleep(0.1)
time.sleep(0.5)
say(checkpoint="late")
tell("answer", json.loads(next(lines))["state"])
"""
        job = Job(self, trainer() + at_end, 2, ["--step-samples", "10"])
        job.command[job.command.index("--"):0] = ["--ledger", str(job.path("run.db"))]
        job.run()
        self.assertEqual(job.status, 0, job.err)
        self.assertEqual(job.out.count("answer unrecorded"), 2)
        self.assertEqual(job.err.count("checkpoint 'late' is not recorded: the job has ended"), 2)
        self.assertEqual({rank["state"] for rank in job.report["ranks"]}, {"finished"})

    def test_a_pause_lasts_until_the_next_line(self):
        # One write: the agent gives the next step after it has heard of the pause.
        script = put_in(trainer(), "reached", ()).replace('    say(done=step["step"])', """
    say(progress=step["step"])
    time.sleep(0.02)
    agent.sendall(b'{"done":%d}\\n{"pause":60}\\n' % step["step"])
    time.sleep(0.4)""")
        for options in (["--mode", "step", "--global-batch", "200"], ["--step-samples", "200"]):
            with self.subTest(options=options):
                rank = Job(self, script, 1, options).run().report["ranks"][0]
                self.assertGreater(rank["paused_s"], 1.9)
                self.assertGreater(rank["compute_s"], 0.1)
                self.assertLess(rank["compute_s"], 1.5)

    def test_a_pause_after_the_last_step_is_no_matter(self):
        for options in (["--mode", "step", "--global-batch", "200"], ["--step-samples", "200"]):
            with self.subTest(options=options):
                job = Job(self, trainer() + "\nsay(pause=5)\ntime.sleep(0.2)\n", 2, options).run()
                self.assertEqual((job.status, job.err), (0, ""))

    def test_step_mode_is_finished_when_all_is_done(self):
        script = trainer('if job["rank"] == 1 and step["step"] == 11: sys.exit(1)')
        options = ["--mode", "step", "--global-batch", "100"]
        script = script.replace("for line in lines:", """
for line in lines:
    if job["rank"] == 0 and '"step":11,' in line:
        time.sleep(1)  # until the other one has gone""")
        job = Job(self, script, 2, options).run()
        self.assertIn("given up", job.out)
        self.assertNotIn("complete\n", job.out.split("NOT COMPLETE")[0])
        self.assertIn(job.status, (1, None))

    def test_results_that_cannot_be_written_end_the_job(self):
        job = Job(self, trainer(), 2, ["--step-samples", "10"])
        job.command[job.command.index("--spans") + 1] = "/dev/full"
        job.run()
        self.assertIn("evenkeel: /dev/full: ", job.err)
        self.assertNotEqual(job.status, 0)

    def test_a_noisy_child_does_not_keep_the_job(self):
        job = Job(self, "yes spam >&2 & sleep 0.2", 1, language="bash").run()
        self.assertIn("the trainer ended with status 0 before the job is over", job.err)

    def test_a_trainer_that_has_left_its_process_group_is_ended(self):
        at_start = """
child = subprocess.Popen(["sleep", "1000"], preexec_fn=lambda: os.setpgid(0, 0))
os.setpgid(0, child.pid)
agent.sendall(b"nonsense\\n")
time.sleep(1000)
"""
        job = Job(self, trainer(at_start=at_start), 1).run()
        self.assertIn("says nonsense, which is not a JSON object", job.err)

    def test_a_trainer_that_fails_steps_leaves_them_to_others_and_stays(self):
        before_done = """
    if job["rank"] == 1 and step["step"] < 2:
        say(failed=step["step"], reason="cannot be read")
        continue
    time.sleep(0.002)"""
        job = Job(self, trainer(before_done), 2, ["--step-samples", "10"]).run()
        said = re.findall(r"^evenkeel: rank 1: the trainer fails step (\d) \(samples \d+-\d+ of "
                          r"\S+/[ab].bin.*\): cannot be read$", job.err, re.MULTILINE)
        self.assertEqual(said, ["0", "1"], job.err)
        self.assertEqual(len(job.err.splitlines()), 2, job.err)
        self.expect_every_sample_once(job)
        self.assertEqual(job.report["lost_ranks"], [])
        self.assertEqual([rank["failed_steps"] for rank in job.report["ranks"]], [0, 2])
        self.assertGreater(job.report["ranks"][1]["samples"], 0)
        self.assertEqual(job.out.count("complete\n"), 2)

    def test_nobody_waits_for_a_late_step_that_may_be_done_twice(self):
        before_done = """
    while job["rank"] == 1 and step["step"] == 3:
        say(progress=3)
        time.sleep(0.1)
    time.sleep(0.02)"""
        options = ["--step-samples", "10", "--idempotent", "--lease-deadline", "500"]
        job = Job(self, trainer(before_done), 3, options).run()
        self.expect_every_sample_once(job)
        self.assertEqual(job.report["wasted_samples"], 10)
        self.assertEqual(job.report["lost_ranks"], [])
        self.assertEqual([rank["state"] for rank in job.report["ranks"]], ["finished"] * 3)
        copies = [event for event in job.report["events"] if event["kind"] == "copied"]
        self.assertEqual(copies[-1]["detail"], "10 samples of rank 1, which is late")
        self.assertNotEqual(copies[-1]["rank"], 1)
        self.assertIn("evenkeel: rank 1: the job is over, and the trainer is still in a step that "
                      "others have done: it is told to end\n", job.err)

    def test_what_nobody_can_do_is_set_aside_and_trainers_may_save(self):
        before_done = """
    if step["begin"] <= 500 < step["end"]:
        say(failed=step["step"], reason="bad sample")
        continue"""
        script = trainer(before_done) + "time.sleep(0.3)\ntell('saved')\n"
        job = Job(self, script, 4, ["--step-samples", "10", "--shuffle", "none"]).run()
        self.assertIn(job.status, (1, None))
        # mpirun may mix up the lines of different ranks.
        lines = sorted(job.err.splitlines(), key=lambda line: line.startswith("evenkeel: the job"))
        self.assertEqual(len(lines), 4, job.err)
        ranks = {re.match(r"evenkeel: rank (\d): the trainer fails step \d+ \(samples 200-209 of "
                          r"\S+/b.bin\): bad sample$", line)[1] for line in lines[:3]}
        self.assertEqual(len(ranks), 3)
        path = str(job.path("b.bin"))
        self.assertEqual(lines[3], "evenkeel: the job is not complete: 10 samples set aside after"
                                   f" 3 failed attempts: samples 200-209 of {path}")
        self.assertIs(job.report["complete"], False)
        self.assertEqual(job.report["set_aside_samples"], 10)
        self.assertEqual(job.report["set_aside"],
                         [{"dataset": 0, "epoch": 0, "path": path, "first": 200, "count": 10}])
        self.assertEqual(sum(span["end"] - span["begin"] for span in job.spans), SAMPLES - 10)
        self.assertEqual(job.out.count("incomplete\n"), 4)
        self.assertEqual(job.out.count("saved\n"), 4)

    # Ends the trainer at one sample.
    DIES = """
    if step["begin"] <= 500 < step["end"]:
        raise ValueError("bad sample")"""

    def expect_ten_samples_set_aside(self, job):
        self.assertIn(job.status, (1, None))
        self.assertEqual(job.report["set_aside"],
                         [{"dataset": 0, "epoch": 0, "path": str(job.path("b.bin")), "first": 200,
                           "count": 10}])
        self.assertEqual(sum(rank["samples"] for rank in job.report["ranks"]), SAMPLES - 10)

    def test_a_sample_of_which_trainers_die_is_set_aside(self):
        job = Job(self, trainer(self.DIES), 5, ["--step-samples", "10", "--restarts", "0"]).run()
        self.expect_ten_samples_set_aside(job)
        self.assertEqual(len(job.report["lost_ranks"]), 3)
        self.assertEqual(job.out.count("incomplete\n"), 2)

    def test_a_trainer_that_dies_of_a_sample_is_started_again(self):
        at_start = """
tell("incarnation", job["incarnation"])"""
        job = Job(self, trainer(self.DIES, at_start), 1, ["--step-samples", "10"]).run()
        self.expect_ten_samples_set_aside(job)
        self.assertEqual(job.report["lost_ranks"], [])
        self.assertEqual([line for line in job.out.splitlines() if line.startswith("incarnation")],
                         [f"incarnation {number}" for number in range(3)])
        # The second has done the rest of the data before it dies.
        self.assertEqual(re.findall(r"; it is started again (.*)", job.err),
                         ["in 1 s (1 of 3)", "in 1 s (1 of 3)", "in 2 s (2 of 3)"])

    def test_a_trainer_that_reads_ahead_does_not_take_others_with_it(self):
        for restarts in ("0", "3"):
            with self.subTest(restarts=restarts):
                job = Job(self, trainer(self.DIES, "say(read_ahead=6)"), 6,
                          ["--step-samples", "10", "--restarts", restarts]).run()
                self.expect_ten_samples_set_aside(job)

    def test_a_step_is_not_to_blame_if_trainers_end_as_they_start(self):
        at_start = 'if job["incarnation"] < 3: sys.exit(1)'
        script = trainer().replace("job = json.loads(next(lines))", "job = json.loads(first)")
        script = script.replace("lines = agent.makefile()", """
first = ""
while not first.endswith("\\n"): first += agent.recv(1).decode()
lines = agent.makefile()""").replace("for line in lines:", at_start + "\nfor line in lines:")
        job = Job(self, script, 1, ["--step-samples", "10"]).run()
        self.expect_every_sample_once(job)

    def test_a_trainer_that_does_no_step_is_given_up(self):
        job = Job(self, trainer(at_start='if job["rank"] == 1: sys.exit(1)'), 2,
                  ["--step-samples", "10", "--restarts", "1"]).run()
        self.expect_every_sample_once(job)
        job = Job(self, trainer(at_start="sys.exit(1)"), 2,
                  ["--step-samples", "10", "--restarts", "1"]).run()
        self.assertEqual(job.err.count("is started again in 1 s (1 of 1)"), 2)
        self.assertEqual(job.err.count("none of its restarts has done a step"), 2)
        self.assertEqual(job.report["set_aside_samples"], 0)

    def test_a_signal_ends_a_job_whose_trainer_waits_to_be_started(self):
        process = Job(self, trainer(at_start="sys.exit(1)"), 1, ["--restarts", "100"]).start()
        for line in process.stderr:
            if "(3 of 100)" in line:
                break
        process.send_signal(signal.SIGTERM)
        self.assertIn("NOT COMPLETE", MPIRUN.communicate(process, 60)[0])

    # Its first failure breaks it: it fails all that follows.
    BROKEN = """
    broken |= job["incarnation"] < breaks and step["step"] == 2
    if broken:
        say(failed=step["step"], reason="broken")
        continue"""

    def test_a_lone_trainer_that_a_failure_has_broken_makes_way_for_a_fresh_one(self):
        for ranks, breaks, read_ahead in ((1, 2, 0), (1, 2, 3), (2, 1, 1)):
            with self.subTest(ranks=ranks, read_ahead=read_ahead):
                at_start = f"broken, breaks = False, {breaks}; say(read_ahead={read_ahead})"
                options = ["--step-samples", "50", "--restarts", "1"]
                job = Job(self, trainer(self.BROKEN, at_start), ranks, options).run()
                self.expect_every_sample_once(job)
                fresh = len(re.findall(r"a fresh trainer tries samples .* again$|"
                                       r"failed \d+ steps in a row: a fresh one takes its place$",
                                       job.err, re.MULTILINE))
                self.assertGreaterEqual(fresh, 1, job.err)
                self.assertEqual(job.out.count("replaced\n"), fresh)
                self.assertEqual(job.report["set_aside"], [])
                self.assertEqual(job.report["lost_ranks"], [])

    def test_a_bad_step_that_breaks_every_trainer_is_all_that_is_set_aside(self):
        before_done = """
    broken |= step["begin"] == 500
    if broken:
        say(failed=step["step"], reason="broken")
        continue
    time.sleep(0.002)"""
        for ranks, read_ahead in ((1, 0), (2, 0), (3, 0), (3, 2)):
            with self.subTest(ranks=ranks, read_ahead=read_ahead):
                at_start = f"broken = False; say(read_ahead={read_ahead})"
                job = Job(self, trainer(before_done, at_start), ranks,
                          ["--step-samples", "10"]).run()
                self.expect_ten_samples_set_aside(job)
                self.assertEqual(job.report["lost_ranks"], [])

    def test_fresh_trainers_that_do_not_help_are_few(self):
        before_done = """
    if step["begin"] >= 1000:
        say(failed=step["step"], reason="torn")
        continue"""
        options = ["--step-samples", "10", "--shuffle", "none"]
        job = Job(self, trainer(before_done), 1, options).run()
        self.assertIn(job.status, (1, None))
        self.assertEqual(job.report["set_aside_samples"], 200)
        self.assertEqual(sum(span["end"] - span["begin"] for span in job.spans), 1000)
        fresh = (job.err.count("a fresh trainer tries") +
                 job.err.count("a fresh one takes its place"))
        self.assertTrue(4 <= fresh <= 12, job.err)

    def test_a_step_that_fails_in_step_mode_gives_the_job_up(self):
        before_done = """
    if job["rank"] == 1 and step["step"] == 2:
        say(failed=step["step"], reason="bad sample")
        continue"""
        job = Job(self, trainer(before_done), 2, ["--mode", "step", "--global-batch", "100"]).run()
        self.assertIn(job.status, (1, None))
        self.assertRegex(job.err, r"^evenkeel: rank 1: the trainer fails step 2 \(.*\): bad sample;"
                                  r" the job is given up\n")
        self.assertIs(job.report["complete"], False)
        self.assertIn("given up\n", job.out)

    def test_a_step_done_out_of_turn_is_refused(self):
        script = trainer().replace('done=step["step"]', 'done=step["step"] + 1')
        job = Job(self, script, 1).run()
        self.assertIn('evenkeel: rank 0: the trainer says {"done":1}, but step 0 comes first and '
                      "is not done; steps are done in the order given; others do its work, if "
                      "any are left\n",
                      job.err)
        self.assertIn(job.status, (1, None))
        self.assertEqual(job.report["ranks"][0]["samples"], 0)

    def test_a_program_that_knows_nothing_of_evenkeel_is_told(self):
        job = Job(self, "print('hello')", 1).run()
        self.assertEqual(job.report["redone_samples"], 0)
        self.assertIn("evenkeel: rank 0: the trainer ended with status 0 before the job is over, "
                      "and took no step; it has to take its steps from the descriptor in "
                      "EVENKEEL_FD (in Python: evenkeel.Session()); others do its work, if any are "
                      "left\n", job.err)
        self.assertIn(job.status, (1, None))

    def test_a_crash_before_the_first_step_points_at_its_own_error(self):
        job = Job(self, "raise ValueError('no such model')", 1).run()
        self.assertIn("[0] ValueError: no such model\n"
                      "evenkeel: rank 0: the trainer ended with status 1 before the job is over, "
                      "after 0 steps; its error message, if any, is above; it is started again in "
                      "1 s (1 of 3)\n", job.err)
        self.assertNotIn("EVENKEEL_FD", job.err)

    def test_a_trainer_that_never_says_done_is_told_so(self):
        options = ["--mode", "step", "--global-batch", "100"]
        script = put_in(trainer(), "done", ()).replace("for line in lines:", """
say(read_ahead=20)
for line in [next(lines) for _ in range(12)]:""")
        job = Job(self, script, 1, options).run()
        self.assertIn('says {"reached":1}, but step 0 comes first and is not done', job.err)
        job = Job(self, put_in(script, "reached", ()), 1, options).run()
        self.assertIn("evenkeel: rank 0: the trainer ended with status 0 before the job is over; "
                      'it took 12 steps and said done of none: after each it has to write '
                      '{"done":N} (in Python: call done(step)); the job is given up\n', job.err)

    def test_a_trainer_that_cannot_be_started_is_one_clear_line(self):
        job = Job(self, "", 2)
        interpreted = job.path("interpreted")
        interpreted.write_text("#!/no/such/interpreter\n")
        interpreted.chmod(0o755)
        job.command[-2:] = [str(interpreted)]
        job.run()
        line = (f"rank {{}}: cannot start the trainer {interpreted}: No such file or directory; "
                "others do its work, if any are left")
        self.assertEqual(sorted(job.err.splitlines()),
                         [f"evenkeel: {line.format(rank)}" for rank in (0, 1)])

    def test_a_failure_after_the_last_step_is_not_hidden(self):
        job = Job(self, trainer() + "\nsys.exit(5)\n", 2).run()
        self.assertEqual(job.err.count("the trainer ended with status 5 after its last step; its "
                                       "error message, if any, is above\n"), 2)
        self.assertNotEqual(job.status, 0)
        self.assertTrue(job.report["complete"])

    def start_and_wait(self, job):
        """Starts it, and waits until a trainer has begun: that one's process."""
        process = job.start()
        deadline = time.monotonic() + 60
        while not job.path("begun").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        return process, int(job.path("begun").read_text())

    def test_a_signal_ends_trainers_and_the_report_is_written(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                job = Job(self, trainer(f"{BEGIN}; time.sleep(1000)"), 2)
                process, _ = self.start_and_wait(job)
                process.send_signal(number)
                out, err, status = MPIRUN.communicate(process, 60)
                self.assertIn("NOT COMPLETE", out)
                self.assertFalse(job.report["complete"])
                self.assertEqual({rank["state"] for rank in job.report["ranks"]}, {"interrupted"})
                self.assertIn(status, (1, None), err)
                said = re.findall("^evenkeel: (.*)", err, re.MULTILINE)
                self.assertEqual(len(said), 1, err)
                self.assertRegex(said[0], r"^the job is ended by signal (15 \(Ter|2 \(Int)")

    def test_work_that_is_done_within_the_grace_counts_if_the_ranks_are_told_to_end(self):
        at_start = "import signal; signal.signal(signal.SIGTERM, lambda *_: None)"
        job = Job(self, trainer(f"{BEGIN}; time.sleep(0.02)", at_start), 2,
                  ["--step-samples", "20", "--grace", "60"])
        process, trainer_id = self.start_and_wait(job)
        for rank in children_of(parent_of(parent_of(parent_of(trainer_id)))):
            os.kill(rank, signal.SIGTERM)
        job.out, job.err, job.status = MPIRUN.communicate(process, 60)
        self.assertIn("the job is ended by signal 15", job.err)
        self.assertIn("  COMPLETE", job.out)
        self.expect_every_sample_once(job)

    def test_a_signal_that_was_passed_on_is_not_the_fault_of_the_trainer(self):
        job = Job(self, trainer(f"{BEGIN}; time.sleep(1000)"), 1)
        process, trainer_id = self.start_and_wait(job)
        os.kill(parent_of(parent_of(trainer_id)), signal.SIGUSR1)
        _, err, _ = MPIRUN.communicate(process, 60)
        self.assertIn("evenkeel: rank 0: the trainer was ended by signal 10 (User defined signal "
                      "1), which its rank was sent, before the job is over, after 0 steps; others "
                      "do its work, if any are left\n", err)

    def test_output_comes_out_in_whole_lines(self):
        before_done = 'os.write(1, b"."); os.write(2, b","); time.sleep(0.002)'
        at_end = """
os.write(1, b"saving ...")
time.sleep(0.5)  # the report is printed meanwhile
os.write(1, b" saved")
"""
        job = Job(self, trainer(before_done) + at_end, 2, ["--step-samples", "100"]).run()
        self.assertEqual(len(re.findall(r"^\.+complete$", job.out, re.MULTILINE)), 2, job.out)
        self.assertEqual(job.out.splitlines().count("saving ... saved"), 2, job.out)
        self.assertRegex(job.out, r"(?m)^\S+  lease mode  .*COMPLETE")
        self.assertEqual(sorted(re.sub(",+", ",", job.err).splitlines()), ["[0] ,", "[1] ,"])

    def test_standard_input_is_empty(self):
        job = Job(self, trainer(at_start='tell("read", repr(sys.stdin.read()))'), 2).run()
        self.assertEqual(job.out.count("read ''\n"), 2)


if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[3:], streams=3))
