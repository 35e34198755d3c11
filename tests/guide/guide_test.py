#!/usr/bin/env python3
"""README and the guides do what they say.

    guide_test.py text EVENKEEL DIGITS FILE...    every block has a marker; options and links exist
    guide_test.py run PREFIX BUILD FILE           runs the blocks of one file, in order

The first word after the fence is the language. What follows says what the block is:

    ```sh run                commands, run with bash as they stand; they succeed
    ```sh run status=1       they end with that status
    ```text output           what the last commands have printed
    ```text errors           what they have printed on standard error
    ```json file=NAME        a file, which the commands that follow can use
    ```diff before=A after=B    two such files: the lines without +, and those without -
    ```sh example            not run, as it needs another machine or much time; options are checked

In output every number matches every other one, as do a number of seconds and one of minutes; and a
line of three dots stands for any lines. The machine is called `laptop`, and the folder `/data`.

Commands run in a folder of their own for each file, where they find what a clone of the repository
has, build/release, the folders `images` and `digits`, and what tests/guide/files has. Evenkeel is
installed in ~/.local.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from mpirun import Mpirun, without_banners

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
README = ROOT / "README.md"
MOST_COLUMNS, MOST_README_LINES, MOST_README_BYTES = 120, 200, 10_240
TIMEOUT_S = 240

# Those of launchers, and whether a value follows.
LAUNCHER_OPTIONS = {"-n": True, "--enable-recovery": False, "--host": True, "--map-by": True,
                    "--oversubscribe": False, "--with-ft": True, "--mpi": False, "--ntasks": True}
# Options of programs that are not ours, which text names.
OTHER_OPTIONS = {"--foreground"}
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")


class Fault(Exception):
    """What is wrong, and where."""


class Block:
    """What is between two fences."""

    KINDS = ("run", "example", "output", "errors", "file", "before")

    def __init__(self, path, line, info):
        self.place = f"{path.relative_to(ROOT)}:{line}"
        language, *words = info.split() or [""]
        self.language = language
        self.words = dict(word.partition("=")[::2] for word in words)
        kinds = [kind for kind in self.KINDS if kind in self.words]
        rest = set(self.words) - {*kinds, "status", "after"}
        if len(kinds) != 1 or rest:
            raise Fault(f"{self.place}: '```{info}' does not say what the block is; see {__file__}")
        self.kind = kinds[0]
        self.lines = []

    @property
    def text(self):
        return "".join(f"{line}\n" for line in self.lines)

    def files(self):
        """The file that it is, or the two of a diff, by name."""
        if self.kind == "file":
            return {self.words["file"]: self.text}
        signs = {"before": "+", "after": "-"}
        return {self.words[name]: "".join(f"{line[1:]}\n" for line in self.lines
                                          if line[:1] != sign)
                for name, sign in signs.items() if name in self.words}


def read_blocks(path):
    blocks, inside = [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if inside is None and line.startswith("```"):
            inside = Block(path, number, line[3:])
        elif inside is not None and line == "```":
            blocks.append(inside)
            inside = None
        elif inside is not None:
            inside.lines.append(line)
    if inside is not None:
        raise Fault(f"{inside.place}: the block does not end")
    return blocks


# ---- text: markers, options, links, sizes


def help_options(*command):
    """The options that a program's help names."""
    run = subprocess.run([*command, "--help", "all"], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        run = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    return set(OPTION.findall(run.stdout))


class Programs:
    """What options our programs have."""

    def __init__(self, evenkeel, digits):
        self.options = {("digits",): help_options(digits)}
        for command in (("run",), ("simulate",), ("plan",), ("report",), ("manifest", "scan"),
                        ("manifest", "convert"), ("manifest", "check"), ()):
            self.options["evenkeel", *command] = help_options(evenkeel, *command)
        self.all = set().union(*self.options.values(), LAUNCHER_OPTIONS, OTHER_OPTIONS)
        for script in [*(ROOT / "scripts").rglob("*"), *(ROOT / "tests").rglob("*.py")]:
            if script.is_file():
                self.all |= set(OPTION.findall(script.read_text(errors="replace")))

    def check(self, words):
        """One command, without what it redirects. Raises Fault."""
        name, rest = Path(words[0]).name, words[1:]
        if name in ("mpirun", "srun"):
            self.check_launcher(name, rest)
        elif name == "evenkeel":
            command = ["evenkeel", *rest[:1], *(rest[1:2] if rest[:1] == ["manifest"] else [])]
            if rest[:1] and rest[0].startswith("-"):
                command = ["evenkeel"]
            self.check_ours(command, rest[len(command) - 1:])
        elif name == "digits":
            self.check_ours(["digits"], rest)
        elif words[0].startswith(("scripts/", "apps/", "tests/")):
            self.check_script(words[0], rest)

    def check_launcher(self, name, rest):
        """Its own options, and the command that it starts."""
        while rest and rest[0].startswith("-"):
            option = rest.pop(0).partition("=")[0]
            if option not in LAUNCHER_OPTIONS:
                raise Fault(f"{name} has no option {option} that this test knows")
            if LAUNCHER_OPTIONS[option]:
                rest.pop(0)
        self.check(rest)

    def check_ours(self, command, rest):
        known = self.options.get(tuple(command))
        if known is None:
            raise Fault(f"there is no command '{' '.join(command)}'")
        for place, word in enumerate(rest):
            if word == "--":
                self.check(rest[place + 1:])
                return
            option = OPTION.match(word)
            if option and option[0] not in known:
                raise Fault(f"{' '.join(command)} has no option {option[0]}")

    def check_script(self, path, rest):
        file = ROOT / path
        if not file.is_file():
            raise Fault(f"there is no {path}")
        if "mpirun" in rest:
            self.check(rest[rest.index("mpirun"):])
            rest = rest[:rest.index("mpirun")]
        text = file.read_text()
        for word in rest:
            if word.startswith("--") and word not in text:
                raise Fault(f"{path} has no option {word}")


def commands_of(block):
    """The simple commands of a block of shell, each as its words; what is quoted is left out."""
    text = block.text.replace("\\\n", " ")
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "QUOTED", text)
    text = re.sub(r"(^|\s)#.*", "", text)
    for command in re.split(r"&&|\|\||[;|()\n]|\b(?:do|done|then|while)\b", text):
        words = command.split()
        while words and re.match(r"\w+=", words[0]):  # what is set for one command
            words.pop(0)
        if words:
            yield words


def check_options(block, programs):
    for words in commands_of(block):
        try:
            programs.check(words)
        except Fault as fault:
            raise Fault(f"{block.place}: {' '.join(words)}: {fault}") from None


def without_blocks(path):
    """The lines of a file, those of blocks empty."""
    inside = False
    for line in path.read_text().splitlines():
        if line.startswith("```"):
            inside = not inside
            yield ""
        else:
            yield "" if inside else line


def anchors_of(path):
    """Of its headings, as Git hosts make them."""
    headings = [line.lstrip("#").strip() for line in without_blocks(path) if line.startswith("#")]
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


def text_faults(path, programs):
    """What can be seen without running anything."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if len(line) > MOST_COLUMNS:
            yield f"{path.name}:{number}: {len(line)} columns; {MOST_COLUMNS} are the limit"
    for number, line in enumerate(without_blocks(path), 1):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if "://" in target:
                continue
            name, _, anchor = target.partition("#")
            file = (path.parent / name).resolve() if name else path
            if not file.exists():
                yield f"{path.name}:{number}: the link to {target} leads nowhere"
            elif anchor and anchor not in anchors_of(file):
                yield f"{path.name}:{number}: {target}: there is no such heading"
        for code in re.findall(r"`([^`]+)`", line):
            for option in OPTION.findall(code):
                if option not in programs.all:
                    yield f"{path.name}:{number}: there is no option {option}"
    for block in read_blocks(path):
        if block.language in ("sh", "bash") and block.kind in ("run", "example"):
            try:
                check_options(block, programs)
            except Fault as fault:
                yield str(fault)
        elif block.language == "python" or block.kind == "before":
            for text in block.files().values() or [block.text]:
                compile(text, block.place, "exec")


def guide_faults(path):
    """A guide says what it is, and README leads to it."""
    lines = path.read_text().splitlines()
    if not (len(lines) > 3 and lines[0].startswith("# ") and lines[1] == "" and lines[3] == ""
            and re.fullmatch(r"[A-Z].*\.", lines[2])):
        yield f"{path.name}: does not begin with '# title', and a sentence of one line"
    if f"(apps/evenkeel/guide/{path.name})" not in README.read_text():
        yield f"{path.name}: README has no link to it"


def check_text(evenkeel, digits, *paths):
    programs = Programs(evenkeel, digits)
    faults = []
    for path in map(Path, paths):
        faults += text_faults(path, programs)
        if path != README:
            faults += guide_faults(path)
    lines, size = len(README.read_text().splitlines()), README.stat().st_size
    if lines > MOST_README_LINES or size > MOST_README_BYTES:
        faults.append(f"README.md has {lines} lines and {size} bytes; the limits are "
                      f"{MOST_README_LINES} and {MOST_README_BYTES}")
    if faults:
        raise Fault("\n".join(faults))


# ---- running the blocks of a file


def make_clone(folder, build):
    """What commands find where they run."""
    (folder / "build").mkdir(parents=True)
    (folder / "build/release").symlink_to(build)
    (folder / "digits").symlink_to(build / "digits-data")
    for name in ("scripts", "apps", "tests"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "src/python", folder / "src/python",  # pip writes beside the sources
                    ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copytree(HERE / "files", folder, dirs_exist_ok=True)
    (folder / "images").mkdir()
    for number in range(512):
        (folder / f"images/{number:03}.png").write_bytes(bytes(1000 + 977 * number % 9000))


def environment(prefix, home):
    home.mkdir()
    (home / ".local").symlink_to(prefix)
    path = f"{home}/.local/bin:{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = Mpirun("mpirun").environment(
        HOME=str(home), PATH=path, PYTHONPATH=f"{home}/.local/lib/python3/dist-packages",
        PYTHONWARNINGS="ignore", LC_ALL="C.UTF-8")
    if os.geteuid() == 0:
        env.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    return env


def run_commands(block, folder, env):
    """What they print: {"output": ..., "errors": ...}."""
    shell = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", block.text], cwd=folder, env=env, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True)
    try:
        printed = shell.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        printed = shell.communicate()
        raise Fault(f"{block.place}: is not done after {TIMEOUT_S} s:\n"
                    f"{''.join(printed)}") from None
    expected = int(block.words.get("status", 0))
    if shell.returncode != expected:
        raise Fault(f"{block.place}: ends with status {shell.returncode}, not {expected}:\n"
                    f"{block.text}{''.join(printed)}")
    names = {str(folder): "/data", socket.gethostname(): "laptop"}
    for name, instead in names.items():
        printed = [re.sub(rf"(?<!\w){re.escape(name)}\b", instead, text) for text in printed]
    return {"output": printed[0], "errors": without_banners(printed[1])}


def blanked(line):
    """A line of output without what differs from run to run."""
    line = re.sub(r"\b0x[0-9a-f]+|\b[0-9a-f]{16}\b", "#", line)
    line = re.sub(r"[-+]?\d+(,\d{3})*(\.\d+)?(e[-+]?\d+)?", "#", line)
    line = re.sub(r"#(d #h|h #m|m #s| (ns|µs|us|ms|s))\b", "# s", line)
    line = re.sub(r"(?<=#)( ?[kMGT]B?| bytes)\b", "", line)
    return re.sub(r"\s+", " ", line).strip()


def matches(expected, actual):
    """Whether lines are as expected, where '...' stands for any."""
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(matches(expected[1:], actual[skipped:]) for skipped in range(len(actual) + 1))
    return bool(actual) and expected[0] == actual[0] and matches(expected[1:], actual[1:])


def compare(block, printed):
    expected = [blanked(line) for line in block.lines if line.strip()]
    actual = [blanked(line) for line in printed.splitlines() if line.strip()]
    if not matches(expected, actual):
        raise Fault(f"{block.place}: the output is another. What was printed:\n{printed}\n"
                    "Expected, and printed, without numbers:\n" + "\n".join(
                        [*(f"- {line}" for line in expected), *(f"+ {line}" for line in actual)]))


def write_files(block, folder):
    for name, text in block.files().items():
        file = folder / name
        file.write_text(text)
        if text.startswith("#!"):
            file.chmod(0o755)


def run_file(prefix, build, path):
    path = Path(path)
    printed = None
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve() / "evenkeel"
        make_clone(folder, Path(build).resolve())
        env = environment(Path(prefix).resolve(), folder.parent / "home")
        for block in read_blocks(path):
            if block.kind in ("file", "before"):
                write_files(block, folder)
            elif block.kind == "run":
                printed = run_commands(block, folder, env)
            elif block.kind in ("output", "errors"):
                if printed is None:
                    raise Fault(f"{block.place}: no commands before it")
                compare(block, printed[block.kind])


def main():
    try:
        {"text": check_text, "run": run_file}[sys.argv[1]](*sys.argv[2:])
    except Fault as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
