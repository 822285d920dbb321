#!/usr/bin/env python3
"""How well `chemdrift plan` foretells: every shipped deck is planned and run, and plan.md holds both.

    .venv/bin/python validation/plan.py [--rounds 3] [--only DECK]

For 1 and 2 ranks, plan and run in turn with as many ranks; medians over the rounds.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "validation"))
import common  # noqa: E402
import netCDF4  # noqa: E402

PROGRAM = ROOT / "target" / "release" / "chemdrift"
WORK = ROOT / "out" / "plan"
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def call(ranks, *words):
    command = ["mpirun", "-n", str(ranks), str(PROGRAM), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return done.stdout


def once(deck, ranks):
    """Wall seconds and bytes: foretold, and as they came."""
    output = WORK / f"{deck.stem}.nc"
    kept = json.loads(call(ranks, "plan", deck, "-o", output, "--ranks", ranks, "--json"))
    call(ranks, "run", deck, "-o", output, "--overwrite")
    with netCDF4.Dataset(output) as file:
        timing = json.loads(file.timing)
    foretold = kept["forecasts"][0]
    return foretold["wall"], timing["wall_s"], foretold["memory_all"], timing["peak_memory_bytes"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    decks = sorted(path for path in (ROOT / "inputs").glob("*.yaml") if not options.only or path.stem in options.only)
    load = os.getloadavg()[0]
    rows, within = [], {"time": 0, "memory": 0}
    for deck in decks:
        for ranks in (1, 2):
            turns = [once(deck, ranks) for _ in range(options.rounds)]
            wall, took, memory, peak = (statistics.median(column) for column in zip(*turns))
            late, more = took / wall - 1, peak / memory - 1
            within["time"] += abs(late) <= 0.30
            within["memory"] += abs(more) <= 0.25
            rows.append(
                f"| {deck.stem} | {ranks} | {wall:.2f} | {took:.2f} | {100 * late:+.0f} % "
                f"| {memory / 1e6:.0f} | {peak / 1e6:.0f} | {100 * more:+.0f} % |"
            )
            print(rows[-1], flush=True)
    if options.only:
        return
    text = [
        "# What `chemdrift plan` foretells, and what came",
        "",
        f"Made by `validation/plan.py --rounds {options.rounds}` on {common.processor()}, {os.cpu_count()} cores, "
        f"load {load:.1f} before it began: "
        "every shipped deck, planned and then run with as many ranks, medians.",
        f"Of {len(rows)} runs {within['time']} took a time within 30 % of the plan's and {within['memory']} a memory "
        "within 25 %.",
        "",
        "| deck | ranks | foretold [s] | took [s] | | foretold [MB] | took [MB] | |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
    ]
    (ROOT / "validation" / "plan.md").write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
