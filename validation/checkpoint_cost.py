"""What a checkpoint costs, and how near its writing comes to that of `dd` with the same flush, in turns.

    .venv/bin/python validation/checkpoint_cost.py [--times 7] [--ranks 2] [--folder FOLDER] [--program FILE]

A run is asked for a checkpoint (`checkpoint.now`), then stopped while `dd` writes as many bytes, and so on. The median
time of each, and of the ratio of neighbours, goes to standard output.
"""

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from soak import ROOT, environment, ranks_of

ABC = """
title: a million cells
chemistry: {{mechanism: {root}/inputs/mechanisms/abc/mechanism.yaml}}
cells:
  count: 1_000_000
  set: {{temperature: 300 K, pressure: 1 atm, concentration.A: 1 mol m-3}}
time: {{step: 1 s, end: 100 days}}
output: {{file: run.nc, streams: [{{at: end, variables: [A]}}]}}
checkpoint: {{every: never}}
"""

TS1 = """
title: MOZART-TS1 in ten thousand cells
chemistry:
  mechanism: {root}/inputs/mechanisms/ts1/mechanism.json
  initial: {root}/inputs/mechanisms/ts1/initial.csv
cells: {{count: 10_000}}
time: {{step: 1 s, end: 100 days}}
output: {{file: run.nc, streams: [{{at: end, variables: [O3]}}]}}
checkpoint: {{every: never}}
"""

CASES = {"A -> B -> C, 1 000 000 cells": ABC, "MOZART-TS1, 10 000 cells": TS1}
TOLD = re.compile(r"checkpoint after step \d+ for a request: ([\d.]+) MB in ([\d.]+) s")


def copy(source, target, megabytes):
    """Seconds that dd takes to write and flush."""
    begun = time.monotonic()
    command = ["dd", f"if={source}", f"of={target}", "bs=1M", f"count={round(megabytes)}", "conv=fsync"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    took = time.monotonic() - begun
    target.unlink()
    return took


def measure(deck, asked):
    folder = Path(tempfile.mkdtemp(dir=asked.folder))
    (folder / "deck.yaml").write_text(deck.format(root=ROOT))
    # Bytes that no disk can shorten, in memory before anything is timed.
    source = Path("/dev/shm") / f"checkpoint-cost-{os.getpid()}"
    source.write_bytes(os.urandom(256 << 20))
    command = ["mpirun", "-n", str(asked.ranks), str(asked.program), "run", str(folder / "deck.yaml")]
    job = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment())
    rows = []
    try:
        while not (folder / "run.nc.part").exists():
            time.sleep(0.05)
        while len(rows) < asked.times + 1:
            (folder / "run.nc.run" / "checkpoint.now").touch()
            found = None
            while not found:
                line = job.stderr.readline()
                if not line:
                    raise RuntimeError("the run has ended")
                found = TOLD.search(line)
            size, took = map(float, found.groups())
            for rank in ranks_of(job):
                os.kill(rank, signal.SIGSTOP)
            rows.append((size, took, copy(source, folder / "copy", size)))
            for rank in ranks_of(job):
                os.kill(rank, signal.SIGCONT)
    finally:
        for rank in ranks_of(job):
            os.kill(rank, signal.SIGCONT)
        job.kill()
        job.communicate()
        source.unlink()
        shutil.rmtree(folder)
    # The first pays for what is set up once.
    return rows[1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=Path("."))
    parser.add_argument("--program", type=Path, default=ROOT / "target" / "release" / "chemdrift")
    asked = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {asked.ranks} ranks, medians of {asked.times}")
    print("| case | size, MB | checkpoint, s | dd with fsync, s | dd / checkpoint |\n|---|---|---|---|---|")
    for name, deck in CASES.items():
        rows = measure(deck, asked)
        size, took, plain = (statistics.median(column) for column in zip(*rows))
        share = statistics.median(plain / took for _, took, plain in rows)
        print(f"| {name} | {size:.1f} | {took:.2f} | {plain:.2f} | {share:.2f} |", flush=True)


if __name__ == "__main__":
    main()
