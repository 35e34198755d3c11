#!/usr/bin/env python3
"""A trainer for tests, with nothing but the standard library, which may be told to go wrong.

  trainer.py [--rank R --fault FAULT --at SECONDS] [--step-s S] [--meet] [--child]

Faults happen to trainer R at a moment that has nothing to do with what it is doing:
  killed   SIGKILL            stopped  SIGSTOP           ends     exit with status 3
  naps     SIGSTOP, and two seconds later SIGCONT
  garbage  bytes that are no message, on the descriptor  closes   its descriptor, and goes on living
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import threading
import time


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rank", type=int, default=-1)
    parser.add_argument("--fault")
    parser.add_argument("--at", type=float, default=0.1)
    parser.add_argument("--step-s", type=float, default=0.002)
    parser.add_argument("--meet", action="store_true", help="all trainers meet in each step")
    parser.add_argument("--child", action="store_true", help="start a process and leave it")
    return parser.parse_args()


class Meeting:
    """Stands for an all-reduce: nobody goes on before all are there."""

    def __init__(self, rank, trainers):
        address = (os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]))
        if rank == 0:
            listener = socket.create_server(address)
            threading.Thread(target=self.serve, args=(listener, trainers)).start()
        while True:
            try:
                self.connection = socket.create_connection(address)
                return
            except ConnectionRefusedError:
                time.sleep(0.01)

    @staticmethod
    def serve(listener, trainers):
        connections = [listener.accept()[0] for _ in range(trainers)]
        while all(connection.recv(1) for connection in connections):
            for connection in connections:
                connection.sendall(b".")
        for connection in connections:
            connection.close()

    def wait(self):
        self.connection.sendall(b".")
        if not self.connection.recv(1):
            raise SystemExit("a trainer is missing in the all-reduce")


def go_wrong(fault, descriptor):
    if fault == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault == "stopped":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif fault == "naps":
        waker = subprocess.Popen(["sh", "-c", f"sleep 2; kill -CONT {os.getpid()}"])
        os.kill(os.getpid(), signal.SIGSTOP)
        waker.wait()
    elif fault == "ends":
        os._exit(3)
    elif fault == "garbage":
        noise = random.Random(os.getpid())
        os.write(descriptor, bytes(noise.randrange(256) for _ in range(200)) + b"\n")
        time.sleep(1000)
    elif fault == "closes":
        os.close(descriptor)
        time.sleep(2)
        os._exit(0)
    else:
        raise SystemExit(f"unknown fault {fault}")


def main():
    options = arguments()
    rank, trainers = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    descriptor = int(os.environ["EVENKEEL_FD"])
    if options.child:
        subprocess.Popen(["sleep", "1000"], start_new_session=True, close_fds=True)
    if options.fault and rank == options.rank:
        signal.signal(signal.SIGALRM, lambda *_: go_wrong(options.fault, descriptor))
        signal.setitimer(signal.ITIMER_REAL, options.at)
    meeting = Meeting(rank, trainers) if options.meet else None
    agent = open(descriptor, encoding="utf-8", closefd=False)
    for line in agent:
        message = json.loads(line)
        if "finish" in message:
            break
        if "step" not in message:
            continue
        time.sleep(options.step_s)
        os.write(descriptor, b'{"reached":%d}\n' % message["step"])
        if meeting:
            meeting.wait()
        os.write(descriptor, b'{"done":%d}\n' % message["step"])
    if meeting:
        meeting.connection.close()


main()
