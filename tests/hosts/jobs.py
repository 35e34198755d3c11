#!/usr/bin/env python3
"""Jobs across several hosts.

  scripts/lab/three-hosts [--latency MS] jobs.py EVENKEEL MPIRUN [TEST...]
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from collections import Counter
from pathlib import Path

EVENKEEL, MPIRUN = sys.argv[1:3]
HOSTS = ("host-a", "host-b", "host-c")
ENTER = os.environ["THREE_HOSTS_ENTER"]
WORKERS = 17  # one more than the text report has a line each for
SAMPLES = 17_000
LATENCY_S = float(os.environ["THREE_HOSTS_LATENCY_MS"]) / 1000  # of what host-c sends
START_BYTES = 20_000  # more than what mpirun alone sends a host; 9,000 were seen
LEAST_BYTES = 60  # of a message, with the headers of its packet


def host_of(rank):
    """Where mpirun --map-by node puts a rank."""
    return HOSTS[rank % len(HOSTS)]


def received_bytes(host):
    """What has come over the host's cable so far."""
    link = subprocess.run([ENTER, host, "ip -json -stats link show inner"], check=True,
                          stdout=subprocess.PIPE, text=True)
    return json.loads(link.stdout)[0]["stats64"]["rx"]["bytes"]


def mpirun(ranks, *command):
    return subprocess.run(
        [MPIRUN, "--oversubscribe", "--map-by", "node", "-n", str(ranks), *map(str, command)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=150, check=False)


class ThreeHosts(unittest.TestCase):
    def setUp(self):
        self.assertEqual(socket.gethostname(), HOSTS[0], "to be run by scripts/lab/three-hosts")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "manifest.csv").write_text(f"path,samples\nsynthetic.bin,{SAMPLES}\n")
        # The workers of host-b are twice as fast. No entry names a host.
        speeds = [{"speed": 1000 if host_of(rank) == "host-b" else 500, "noise": 0.02}
                  for rank in range(1, WORKERS + 1)]
        (self.folder / "cluster.json").write_text(
            json.dumps({"evenkeel_cluster": 1, "ranks": speeds}))

    def run_evenkeel(self, ranks, *options):
        finished = mpirun(ranks, EVENKEEL, "run", "--manifest", self.folder / "manifest.csv",
                          "--quiet", "--report", self.folder / "report.json", *options)
        # mpirun may say so of its agents, and nothing is wrong then.
        stderr = re.sub(r"\[.*\] plm:(rsh|ssh): Warning: setpgid.*\n", "", finished.stderr)
        self.assertEqual((finished.returncode, stderr), (0, ""))
        return finished.stdout, json.loads((self.folder / "report.json").read_text())

    def simulated_job(self, *options):
        before = {host: received_bytes(host) for host in HOSTS}
        text, report = self.run_evenkeel(WORKERS + 1, "--workload", "simulated", "--cluster",
                                         self.folder / "cluster.json", *options)
        received = {host: received_bytes(host) - before[host] for host in HOSTS}
        print(text, received, sep="\n", file=sys.stderr)
        return text, report, received

    def check_complete(self, report):
        self.assertTrue(report["complete"])
        self.assertEqual(report["dataset"]["samples"], SAMPLES)
        self.assertEqual(sum(rank["samples"] for rank in report["ranks"]), SAMPLES)
        self.assertEqual((report["lost_ranks"], report["redone_samples"]), ([], 0))

    def check_nodes(self, report):
        """Every rank is where mpirun put it, and a node is the sum of its ranks."""
        self.assertEqual([rank["rank"] for rank in report["ranks"]], list(range(1, WORKERS + 1)))
        for rank in report["ranks"]:
            self.assertEqual(rank["host"], host_of(rank["rank"]))
        self.assertEqual(sorted(node["host"] for node in report["nodes"]), list(HOSTS))
        for node in report["nodes"]:
            ranks = [rank for rank in report["ranks"] if rank["host"] == node["host"]]
            self.assertEqual(node["ranks"], len(ranks))
            for key in ("cost", "share", "speed", "compute_s", "uneven_s"):
                self.assertAlmostEqual(node[key], sum(rank[key] for rank in ranks), places=6)
        self.assertEqual(sum(node["cost"] for node in report["nodes"]), SAMPLES)
        self.assertAlmostEqual(sum(node["share"] for node in report["nodes"]), 1)

    def check_speeds(self, report):
        """Host-b does twice as much, a worker."""
        share = {node["host"]: node["share"] / node["ranks"] for node in report["nodes"]}
        for host in ("host-a", "host-c"):
            self.assertGreater(share["host-b"], 1.4 * share[host])

    def check_text(self, text):
        self.assertIn(f"{WORKERS} workers on 3 hosts", text.splitlines()[0])
        self.assertIn("COMPLETE", text.splitlines()[0])
        table = text[text.index("\nhost "):].strip().split("\n\n")[0].splitlines()[1:]
        ranks = Counter(host_of(rank) for rank in range(1, WORKERS + 1))
        self.assertEqual({line.split()[0]: int(line.split()[1]) for line in table}, ranks)

    def check_network(self, report, received):
        """What host-b and host-c were sent and sent themselves came by cable, half of it each."""
        for host in HOSTS:
            ranks = [rank for rank in range(1, WORKERS + 1)
                     if (host_of(rank) == host) != (host == HOSTS[0])]
            messages = report["messages"] * len(ranks) / WORKERS / 2
            self.assertGreater(received[host], START_BYTES + LEAST_BYTES * messages / 2)

    def check_job(self, *options):
        text, report, received = self.simulated_job(*options)
        self.check_complete(report)
        self.check_nodes(report)
        self.check_speeds(report)
        self.check_text(text)
        self.check_network(report, received)
        return report

    def test_lease_mode(self):
        self.check_job("--mode", "lease", "--step-samples", "16")

    def test_step_mode(self):
        report = self.check_job("--mode", "step", "--global-batch", "250", "--no-baseline")
        self.assertEqual(report["steps"], SAMPLES / 250)
        for rank in report["ranks"]:  # host-c is heard in every all-reduce
            self.assertGreater(rank["comm_s"], 0.9 * LATENCY_S * report["steps"])

    @unittest.skipIf(LATENCY_S == 0, "there is none")
    def test_latency(self):
        start = time.monotonic()
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("host-c", 9))
        self.assertGreater(time.monotonic() - start, LATENCY_S)

    def test_trainers_know_their_place(self):
        """Trainers meet where trainer 0 is, and count those of their own host only."""
        trainer = self.folder / "trainer.py"
        trainer.write_text(TRAINER)
        _, report = self.run_evenkeel(5, "--mode", "step", "--no-baseline", "--", sys.executable,
                                      trainer, self.folder)
        self.check_complete(report)
        self.assertEqual([rank["host"] for rank in report["ranks"]],
                         [host_of(rank) for rank in range(5)])
        places = [(self.folder / f"place-{rank}").read_text() for rank in range(5)]
        self.assertEqual(places, ["host-a, 0 of 2 here", "host-b, 0 of 2 here",
                                  "host-c, 0 of 1 here", "host-a, 1 of 2 here",
                                  "host-b, 1 of 2 here"])


# Notes where it is, meets the others as PyTorch's workers do, and then only says of each step that
# its local work ends and that it is done.
TRAINER = """
import json, os, socket, sys, time
env = os.environ
rank, size = int(env["RANK"]), int(env["WORLD_SIZE"])
with open(f"{sys.argv[1]}/place-{rank}", "w") as place:
    place.write(f"{socket.gethostname()}, {env['LOCAL_RANK']} of {env['LOCAL_WORLD_SIZE']} here")
meeting = env["MASTER_ADDR"], int(env["MASTER_PORT"])
if rank == 0:
    server = socket.create_server(meeting)
    for _ in range(size - 1):
        server.accept()[0].close()
else:
    for attempt in range(200):
        try:
            socket.create_connection(meeting).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    else:
        raise SystemExit("nobody is at the meeting")
agent = socket.socket(fileno=int(env["EVENKEEL_FD"]))
lines = agent.makefile()
next(lines)
for line in lines:
    step = json.loads(line)
    if "finish" in step:
        break
    for word in ("reached", "done"):
        agent.sendall(json.dumps({word: step["step"]}).encode() + b"\\n")
"""


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
