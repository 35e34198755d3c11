"""The files of the tree: all of them, those that a change touches, and who includes whom.

As a program it names the rooms of tests that a change touches, one per line.
"""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("include", "src", "apps", "tests", "scripts", ".ci")
SOURCE = (".h", ".cpp")
ROOM = re.compile(r"^evenkeel_room\((\w+)(.*?)\)$", re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')

# Test folders whose name differs from the folder or file that they test.
TESTED_IN = {"README.md": ["guide"], "include/evenkeel": ["session"],
             "apps/evenkeel": ["cli", "guide"], "apps/command_line": ["cli"],
             "apps/examples": ["digits", "python"],
             "scripts/bench": ["scale", "scenarios"], "scripts/check": ["scripts"],
             "scripts/compare-trainings": ["digits"], "scripts/demo-outcome": ["digits"],
             "scripts/digits-data": ["digits"], "scripts/evenkeel.sbatch": ["slurm"],
             "scripts/lab": ["hosts", "slurm"], "scripts/newest-torch": ["python", "scripts"],
             "scripts/process_groups.sh": ["scripts"], "scripts/setup": ["scripts"],
             "scripts/source_tree.py": ["scripts"], "scripts/test": ["scripts"],
             "scripts/tidy": ["scripts"], "tests/bench": [],
             "tests/mpirun.py": ["agent", "digits", "guide", "ledger", "mpi"]}


def git(*arguments):
    """Git's output without its last newline; None if it fails."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    return os.fsdecode(done.stdout).removesuffix("\n") if done.returncode == 0 else None


def _names(listing):
    return sorted(name for name in (listing or "").split("\0") if name)


@cache
def _is_clone():
    """Whether this folder is a git repository itself, not a part of another one."""
    top = git("rev-parse", "--show-toplevel")
    return top is not None and Path(top) == ROOT


def _new():
    """Files that git does not track yet, except at the root, where builds leave some."""
    return _names(git("ls-files", "-z", "--others", "--exclude-standard", "--", *FOLDERS))


def all_files():
    """All files, relative to the root: tracked by git, or new in FOLDERS.

    In a copy without git: all files, except those of builds and installations.
    """
    if _is_clone():
        names = {*_names(git("ls-files", "-z")), *_new()}
        return sorted(name for name in names if (ROOT / name).is_file())
    return sorted(
        path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*")
        if path.is_file() and not any(
            part in ("build", "__pycache__", ".git") or part.endswith(".egg-info")
            for part in path.relative_to(ROOT).parts))


@cache
def room_links():
    """What each room links: {folder of src: the rooms by their folders, and targets by name}."""
    folders, links = {}, {}
    for lists in sorted((ROOT / "src").glob("*/CMakeLists.txt")):
        for name, what in ROOM.findall(lists.read_text()):
            folders[f"evenkeel_{name}"] = lists.parent.name
            words = what.partition("LINKS")[2].split()
            links.setdefault(lists.parent.name, set()).update(words)
    return {folder: {folders.get(word, word) for word in words} - {folder, "PRIVATE"}
            for folder, words in links.items()}


def change_base():
    """The base commit of the change, or None if every file counts as changed.

    EVENKEEL_BASE if set; otherwise where this branch left main. On main itself, or in a shallow
    clone, the previous commit (of a merge, its first parent).
    """
    if not _is_clone():
        return None
    named = os.environ.get("EVENKEEL_BASE")
    if named:
        base = git("rev-parse", "--verify", "--quiet", f"{named}^{{commit}}")
        if base is None:
            sys.exit(f"EVENKEEL_BASE: git knows no commit '{named}'")
        return base
    head = git("rev-parse", "HEAD")
    if git("rev-parse", "--is-shallow-repository") == "false":
        for main in ("origin/main", "main"):
            base = git("merge-base", "HEAD", main)
            if base not in (None, head):
                return base
        if git("status", "--porcelain", "--untracked-files=no"):
            return head
    return git("rev-parse", "--verify", "--quiet", "HEAD^")


def _differing():
    """The files that differ from the base, and new ones that git does not track yet."""
    base = change_base()
    if base is None:
        return all_files()
    return sorted({*_names(git("diff", "-z", "--name-only", "--no-renames", base)), *_new()})


def changed():
    """The files that the change adds or alters."""
    return [name for name in _differing() if (ROOT / name).is_file()]


def deleted():
    """The files that were deleted or moved."""
    return [name for name in _differing() if not (ROOT / name).is_file()]


def changed_lines(path):
    """The lines of a changed file that the change adds or alters, as [first, last] pairs."""
    base = change_base()
    if base is None or git("cat-file", "-e", f"{base}:{path}") is None:
        return [[1, 10 ** 9]]
    diff = git("diff", "--no-ext-diff", "--no-color", "-U0", base, "--", path)
    hunks = re.findall(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", diff, re.MULTILINE)
    ranges = ((int(first), int(count or 1)) for first, count in hunks)
    return [[first, first + count - 1] for first, count in ranges if count]


def is_source(path):
    return path.endswith(SOURCE) and path.startswith(("include/", "src/", "apps/", "tests/"))


def included(path):
    """The files of this tree that a source includes, directly or not."""
    found, unread = set(), [path]
    while unread:
        new = _included_directly(unread.pop()) - found
        found |= new
        unread.extend(new)
    return found


@cache
def _included_directly(path):
    folders = (os.path.dirname(path), "include", "src", "tests", *_app_folders())
    found = set()
    for line in (ROOT / path).read_text(errors="replace").splitlines():
        include = INCLUDE.match(line)
        if include:
            candidates = (os.path.normpath(f"{folder}/{include[1]}") for folder in folders)
            found.update([name for name in candidates if (ROOT / name).is_file()][:1])
    return found


@cache
def _app_folders():
    return tuple(sorted(folder.relative_to(ROOT).as_posix() for folder in (ROOT / "apps").iterdir()
                        if folder.is_dir()))


def reached(paths):
    """The .cpp files among these paths, and those that include one of them."""
    paths = set(paths)
    return [path for path in all_files() if is_source(path) and path.endswith(".cpp") and
            (path in paths or included(path) & paths)]


def rooms_of(path):
    """The test folders of a file; none if it has no tests of its own."""
    own = "/".join(path.split("/")[:2])
    named = [own.split("/")[-1]] if path.startswith(("src/", "apps/", "tests/")) else []
    return [room for room in TESTED_IN.get(own, named)
            if (ROOT / "tests" / room / "CMakeLists.txt").is_file()]


def main():
    paths = changed()
    for room in sorted({room for path in paths + deleted() for room in rooms_of(path)}):
        print(room)
    untested = [path for path in paths if not rooms_of(path)]
    if untested:
        print(f"{len(untested)} changed files belong to no room of tests, {untested[0]} the first",
              file=sys.stderr)


if __name__ == "__main__":
    main()
