"""Checks how programs, its arguments, are compiled and linked.

They look for libraries in absolute folders only, are relocated as a whole before they start and
read-only then, and have what finds overflows of buffers and the stack.
"""

import platform
import re
import subprocess
import sys


def shown(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def is_hardened(program):
    dynamic = shown("readelf", "--wide", "--dynamic", program)
    segments = shown("readelf", "--wide", "--file-header", "--program-headers", program)
    symbols = shown("readelf", "--wide", "--dyn-syms", program)
    folders = [folder for found in re.findall(r"\((?:RUNPATH|RPATH)\).*\[(.*)\]", dynamic)
               for folder in found.split(":")]
    wanted = {
        f"looks for libraries in absolute folders, not in {folders}":
            all(folder.startswith("/") for folder in folders),
        "binds all symbols before it starts (-z now)": re.search(r"\bNOW\b", dynamic),
        "makes what is relocated read-only (-z relro)": "GNU_RELRO" in segments,
        "can be loaded anywhere (PIE)": re.search(r"Type:\s+DYN", segments),
        "has a stack that is not executable": re.search(r"GNU_STACK.* RW  ", segments),
        "guards its stack (-fstack-protector-strong)": "__stack_chk_fail" in symbols,
        "checks the sizes of buffers (_FORTIFY_SOURCE)": re.search(r"__\w+_chk\b", symbols),
    }
    if platform.machine() == "x86_64":
        start = shown("objdump", "--disassemble=main", "--no-show-raw-insn", program)
        wanted["has marked what may be jumped to (-fcf-protection)"] = "endbr64" in start
    missing = [what for what, found in wanted.items() if not found]
    for what in missing:
        print(f"{program}: this is not so: {what}", file=sys.stderr)
    return not missing


if __name__ == "__main__":
    sys.exit(0 if all([is_hardened(program) for program in sys.argv[1:]]) else 1)
