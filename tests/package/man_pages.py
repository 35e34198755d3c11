"""Checks what is installed for readers, under the prefix that is its argument.

There is a man page of each command and guide, which groff reads without a warning, and what bash
and zsh complete with.
"""

import subprocess
import sys
from pathlib import Path

prefix = Path(sys.argv[1])
program = prefix / "bin/evenkeel"


def words_of(*command):
    """The commands or topics that the program lists."""
    listed = subprocess.run([program, *command, "--help=completion"], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    words = [line.partition("\t")[0] for line in listed.splitlines()]
    return {word for word in words if not word.startswith("-")}


def faults():
    commands, topics = words_of(), words_of("help")
    if len(commands) < 5 or not topics:
        yield f"the program lists {commands} and {topics}"
    expected = {"man1/evenkeel.1"}
    expected |= {f"man1/evenkeel-{command}.1" for command in commands}
    expected |= {f"man7/evenkeel-{topic}.7" for topic in topics}
    pages = {str(page.relative_to(prefix / "share/man")): page
             for page in (prefix / "share/man").rglob("*") if page.is_file()}
    for page in sorted(expected ^ set(pages)):
        yield f"{page}: is {'not' if page in expected else 'needlessly'} installed"
    for name, page in pages.items():
        shown = subprocess.run(["groff", "-k", "-t", "-man", "-Tutf8", "-ww", page], text=True,
                               capture_output=True, check=False)
        if shown.returncode != 0 or shown.stderr:
            yield f"{name}: {shown.stderr}"
        own_name = page.stem + " - "
        if own_name not in shown.stdout:
            yield f"{name}: has no name with a summary"
    for file in ("bash-completion/completions/evenkeel", "zsh/site-functions/_evenkeel"):
        if not (prefix / "share" / file).is_file():
            yield f"share/{file}: is not installed"


found = list(faults())
for fault in found:
    print(fault, file=sys.stderr)
sys.exit(1 if found else 0)
