#!/usr/bin/env python3
"""Instructions that the kernels execute, counted by callgrind, into benches/instructions.md: a figure without noise.

Each case runs twice with different numbers of repeats; the difference is the kernel's alone, without start-up. Prints how
each figure has changed against the file; `--check PERCENT` writes nothing and fails when one has grown by more.
"""
import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TABLE = HERE / "instructions.md"
# Case, size, repeats of both runs; 32 steps of particles hold one sorting.
CASES = [(f"ts1/{method}/{batch}", 64, (1, 3)) for method in ("ros3", "rodas4") for batch in ("day", "mixed")]
CASES += [(f"abc/{method}", 2048, (1, 3)) for method in ("ros3", "rodas4")]
CASES += [(name, 16_384, (1, 33)) for name in ("brownian", "rk4", "rk4_3d", "em", "m1", "cgrid")]
CASES += [(name, 16_384, (1, 9)) for name in ("uniforms", "normals")]
UNITS = {"ts1": "cell-step of 300 s", "abc": "cell-step of 1 s", "uniforms": "pair of numbers", "normals": "pair of numbers"}


def binary():
    """Builds the program of fixed work and tells where it is."""
    command = ["cargo", "bench", "--bench", "fixed", "--no-run", "--message-format=json"]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    messages = [json.loads(line) for line in built if line.startswith("{")]
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "fixed")


def count(program, case, size, repeats):
    """(instructions, what the program says it did)."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, case, str(size), str(repeats)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr[-1500:]}")
    collected = re.search(r"Collected\s*:\s*(\d+)", done.stderr)
    return int(collected[1]), json.loads(done.stdout.splitlines()[-1])


def known():
    """{case: (instructions for a unit, its row)} of the table as it is."""
    rows = re.findall(r"^(\| `([^`]+)` \| [^|]+\| ([0-9 ]+) \|.*)$", TABLE.read_text(), re.M) if TABLE.exists() else []
    return {name: (int(number.replace(" ", "")), row) for row, name, number in rows}


def spaced(number):
    return f"{number:,.0f}".replace(",", " ")


def processor():
    """What the system calls the processor."""
    return next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", type=float, metavar="PERCENT", help="only compare")
    parser.add_argument("--program", help="the built program of fixed work, if it is not to be built")
    parser.add_argument("--case", nargs="+", help="only these; the others keep their rows")
    arguments = parser.parse_args()
    program, before, grown, rows, sets = arguments.program or binary(), known(), [], [], set()
    for case, size, repeats in CASES:
        if arguments.case and case not in arguments.case:
            rows += [before[case][1]] if case in before else []
            continue
        (low, few), (high, many) = (count(program, case, size, r) for r in repeats)
        each = (high - low) / (many["units"] - few["units"])
        sets.add(many.get("instructions"))
        steps = many.get("internal_steps", 0) - few.get("internal_steps", 0)
        inner = f"{spaced((high - low) / steps)} | {steps / (many['units'] - few['units']):.2f}" if steps else "|"
        rows.append(f"| `{case}` | {UNITS.get(case.split('/')[0], 'particle and step of 1 h')} | {spaced(each)} | {inner} |")
        change = 100 * (each / before[case][0] - 1) if case in before else 0.0
        if arguments.check is not None and change > arguments.check:
            grown.append(case)
        print(f"{case:24} {spaced(each):>10} {change:+7.2f} %", flush=True)
    if arguments.check is not None:
        sys.exit(f"more than {arguments.check} % more instructions: {', '.join(grown)}" if grown else 0)
    version = lambda *words: subprocess.run(words, capture_output=True, text=True).stdout.strip()  # noqa: E731
    chosen = ", ".join(sorted(s for s in sets if s))
    model = processor()
    TABLE.write_text("\n".join([
        "# Instructions of the kernels", "",
        "Counted by callgrind, the same in every run whatever else the machine does; `benches/instructions.py` makes this table and tells what has changed.",
        f"Valgrind knows no AVX-512, so that the kernels for {chosen} run.", "",
        f"- {version('valgrind', '--version')}, {version('rustc', '--version')}, {model}, {os.uname().machine}", "",
        "| case | unit | instructions a unit | an internal step | internal steps a unit |", "|---|---|---|---|---|", *rows]) + "\n")


if __name__ == "__main__":
    main()
