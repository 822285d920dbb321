#!/usr/bin/env python3
"""The kernels' own figures for docs/performance.md, into benches/figures.md: processor time of fixed work, the cases taking turns.

What a step costs and what share of the processor's own limits that is; what diverse cells cost beside equal ones and how
many of them fail; bytes of a cell; how long a small run takes from the shell. Medians over the rounds, smallest beside.
"""
import argparse
import json
import os
import statistics
import subprocess
import time
from pathlib import Path

from instructions import ROOT, binary, processor

TABLE = Path(__file__).resolve().parent / "figures.md"
BATCHES = ("day", "night", "mixed", "hypercube")
# Case, size, repeats; large enough that a run takes a tenth of a second.
CASES = {f"ts1/{method}/{batch}": (256, 1) for method in ("ros3", "rodas4") for batch in BATCHES}
CASES |= {f"abc/{method}": (10_000, 2) for method in ("ros3", "rodas4")}
CASES |= {name: (100_000, 32) for name in ("brownian", "rk4", "rk4_3d", "em", "m1", "cgrid")}
CASES |= {"rk4_large_field": (1_000_000, 32), "uniforms": (100_000, 200), "normals": (100_000, 200), "multiply_add": (100_000, 100)}
# Numbers read: 32 kB, 1 MB, 64 MB.
READS = {"read 32 kB": (4096, 50_000), "read 1 MB": (1 << 17, 1500), "read 64 MB": (1 << 23, 24)}


def start_up(program, rounds):
    """Wall and processor seconds of a run of one cell and step from the shell: alone, then under mpirun."""
    allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"} if os.geteuid() == 0 else {}
    deck, output = ROOT / "inputs" / "abc_lhs.yaml", ROOT / "out" / "start.nc"
    output.parent.mkdir(exist_ok=True)
    found = {}
    for name, launch in {"alone": [], "mpirun -n 2": ["mpirun", "-n", "2", "--oversubscribe"]}.items():
        walls = []
        for _ in range(rounds):
            began = time.perf_counter()
            subprocess.run([*launch, program, "run", deck, "--cells", "2", "--steps", "1", "-o", output, "--overwrite"], check=True, capture_output=True,
                           env={**os.environ, **allowed})
            walls.append(time.perf_counter() - began)
        found[name] = walls
    output.unlink()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", help="the built program of fixed work, if it is not to be built")
    arguments = parser.parse_args()
    program, load = arguments.program or binary(), os.getloadavg()[0]
    runs = {name: [] for name in (*CASES, *READS)}
    for number in range(arguments.rounds):
        for name, (size, repeats) in {**CASES, **READS}.items():
            done = subprocess.run([program, name.split(" ")[0], str(size), str(repeats)], check=True, capture_output=True, text=True)
            runs[name].append(json.loads(done.stdout.splitlines()[-1]))
        print(f"round {number + 1} of {arguments.rounds}", flush=True)
    chemdrift = os.environ.get("CHEMDRIFT", ROOT / "target" / "release" / "chemdrift")
    began = start_up(chemdrift, arguments.rounds)

    each = {name: [1e9 * r["seconds"] / r["units"] for r in list_] for name, list_ in runs.items()}
    middle = {name: statistics.median(values) for name, values in each.items()}
    inner = {name: 1e6 * statistics.median(r["seconds"] / r["internal_steps"] for r in list_) for name, list_ in runs.items() if "internal_steps" in list_[0]}
    flops, first, second = 2 / middle["multiply_add"], 8 / middle["read 32 kB"], 8 / middle["read 1 MB"]
    model = processor()
    lines = ["# Figures of the kernels", "",
             f"- {model}, kernels for {runs['rk4'][0]['instructions']}; load {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end; {time.strftime('%Y-%m-%d')}",
             f"- `benches/figures.py`, {arguments.rounds} rounds; processor time, median and smallest",
             f"- this core: {flops:.1f} GFLOP/s of fused multiply-adds in registers; it reads {first:.0f} GB/s from 32 kB, {second:.0f} GB/s from 1 MB,"
             f" {8 / middle['read 64 MB']:.1f} GB/s from 64 MB", "",
             "## Chemistry", "", "| case | µs a cell-step | smallest | internal steps | µs an internal step | failed cells |", "|---|---|---|---|---|---|"]
    for name in (n for n in CASES if "/" in n):
        one = runs[name][0]
        lines.append(f"| `{name}` | {middle[name] / 1e3:.4g} | {min(each[name]) / 1e3:.4g} | {one['internal_steps'] / one['units']:.2f} | {inner[name]:.3g} | {one['failed']} |")
    lines.append("")
    for method in ("ros3", "rodas4"):
        names = {batch: f"ts1/{method}/{batch}" for batch in BATCHES}
        lines.append(f"- {method}, cells mixed without order (T and p ±20 %, half in the dark, half from dusk to full sun) beside equal ones:"
                     f" {middle[names['mixed']] / middle[names['day']]:.2f} × the time of a cell by day, {middle[names['mixed']] / middle[names['night']]:.2f} × by night,"
                     f" {inner[names['mixed']] / inner[names['day']]:.2f} × for an internal step.")
    ts1 = runs["ts1/rodas4/day"][0]
    lines += [f"- A cell of TS1 keeps {ts1['bytes_a_cell']:.0f} bytes; the workspace of a rank has {ts1['workspace_bytes'] / 1e6:.2f} MB (Rodas4).", "",
              "## Particles", "", "| case | ns a particle and step | smallest | M steps/s |", "|---|---|---|---|"]
    for name in (n for n in CASES if "/" not in n and n != "multiply_add"):
        lines.append(f"| `{name}` | {middle[name]:.3g} | {min(each[name]):.3g} | {1e3 / middle[name]:.1f} |")
    lines += ["", "## From the shell", ""]
    lines += [f"- two cells, one step, {name}: {statistics.median(walls):.2f} s wall, smallest {min(walls):.2f} s" for name, walls in began.items()]
    TABLE.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
