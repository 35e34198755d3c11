"""Small trees with evenkeel's scripts in them, for tests of these scripts."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import suppress
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
# Neither a user's settings nor a hook that runs these tests has a say.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if not name.startswith("GIT_") and name != "EVENKEEL_BASE"}
ENVIRONMENT.update({
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PYTHONDONTWRITEBYTECODE": "1",
    "GIT_AUTHOR_NAME": "test", "GIT_AUTHOR_EMAIL": "test@localhost",
    "GIT_COMMITTER_NAME": "test", "GIT_COMMITTER_EMAIL": "test@localhost"})


class Tree:
    """A folder with a copy of source_tree.py."""

    def __init__(self, root):
        self.root = root
        self.write("scripts/source_tree.py", (SCRIPTS / "source_tree.py").read_text())
        self.write("apps/evenkeel/main.cpp", '#include "command_line.h"\n')
        self.write("apps/command_line/command_line.h", "")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def program(self, **environment):
        return subprocess.run([sys.executable, "scripts/source_tree.py"], cwd=self.root, text=True,
                              env={**ENVIRONMENT, **environment}, capture_output=True, check=False)

    def ask(self, function, *arguments, **environment):
        """What a function of source_tree.py returns."""
        ask = ("import json, sys, source_tree\n"
               "answer = getattr(source_tree, sys.argv[1])(*json.loads(sys.argv[2]))\n"
               "print(json.dumps(sorted(answer) if isinstance(answer, set) else answer))")
        run = subprocess.run([sys.executable, "-c", ask, function, json.dumps(arguments)],
                             cwd=self.root / "scripts", env={**ENVIRONMENT, **environment},
                             stdout=subprocess.PIPE, text=True, check=True, timeout=20)
        return json.loads(run.stdout)


class Repository(Tree):
    """A Tree that git knows, with a commit on main."""

    def __init__(self, root):
        super().__init__(root)
        self.git("init", "--quiet", "--initial-branch=main")
        self.write(".gitignore", "/build/\n__pycache__/\n")
        self.commit()

    def git(self, *arguments):
        run = subprocess.run(["git", *arguments], cwd=self.root, env=ENVIRONMENT,
                             stdout=subprocess.PIPE, text=True, check=True)
        return run.stdout.strip()

    def commit(self):
        """Commits all that there is; returns the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a change")
        return self.git("rev-parse", "HEAD")

    def clone(self, name, branch, *options):
        """A clone beside this repository."""
        root = self.root.parent / name
        self.git("clone", "--quiet", "--no-single-branch", "--branch", branch, *options,
                 f"file://{self.root}", str(root))
        copy = object.__new__(Repository)
        copy.root = root
        return copy


class RepositoryTest(unittest.TestCase):
    """A test with a repository, in a folder that holds nothing else."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        self.repository = Repository(self.folder / "repository")
        self.root = self.repository.root
        self.write, self.ask = self.repository.write, self.repository.ask
        self.git, self.commit = self.repository.git, self.repository.commit

    def copy(self, *names):
        """Scripts of evenkeel's own."""
        for name in names:
            self.write(f"scripts/{name}", (SCRIPTS / name).read_text())

    def start(self, *command, **environment):
        """A process whose session ends with the test at the latest."""
        process = subprocess.Popen(
            command, cwd=self.root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, env={**ENVIRONMENT, **environment})
        self.addCleanup(self.kill_session, process.pid)
        return process

    @staticmethod
    def kill_session(pid):
        """Nothing is left in it, unless a test has failed."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has just ended
                session = stat.read_text().rpartition(")")[2].split()[3]
                if int(session) == pid:
                    os.kill(int(stat.parent.name), signal.SIGKILL)

    def wait_for(self, name):
        """What a file says, once it is there."""
        deadline = time.monotonic() + 20
        while not (self.folder / name).exists():
            self.assertLess(time.monotonic(), deadline, f"no {name}")
            time.sleep(0.01)
        return (self.folder / name).read_text()

    def assert_ends(self, pid):
        """A process that may just be on its way out."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                os.kill(pid, 0)
                with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                    if stat.read().rpartition(")")[2].split()[0] == "Z":
                        return
            except (ProcessLookupError, FileNotFoundError):
                return
            time.sleep(0.01)
        self.fail(f"process {pid} goes on")

    def program(self, name, script):
        """Puts a shell script of the test's own into the folder, for a PATH."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
