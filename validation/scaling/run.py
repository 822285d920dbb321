#!/usr/bin/env python3
"""Strong and weak scaling on the cores of this machine, and what follows from it for many: measured.json, scaling.md, docs/pictures/scaling.png.

Runs TS1, A -> B -> C and RK4 on 1, 2, 4, … ranks, as many as there are cores, taking turns; then the model of `model.py`
is given the cost of each phase. Run it again wherever more cores are at hand. `--draw` only draws and tables what is kept.

Beside every run on several ranks stand as many runs on one rank each, at once, on the same processors: what those lose, the
machine takes (threads that share a core, caches, clocks), and no program on ranks can win it back.
"""
import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import numpy as np  # noqa: E402
import yaml  # noqa: E402

from common import ROOT, environment, open_output, processor, program_path  # noqa: E402

WORK = ROOT / "out" / "scaling"
# Deck, items of the strong run and for each rank of the weak one, end of the run.
CASES = {"ts1": ("ts1_lhs.yaml", 4000, 2000, "1 h"), "abc": ("abc_lhs.yaml", 1_000_000, 500_000, "60 s"), "rk4": ("gyre.yaml", 400_000, 200_000, "8 days")}
KINDS = {"ts1": "cells", "abc": "cells", "rk4": "particles"}


def deck(case, name, count, end, streams):
    """A deck of the case with other sizes."""
    content = yaml.safe_load((ROOT / "inputs" / CASES[case][0]).read_text())
    if "chemistry" in content:
        for key in ("mechanism", "initial"):
            if key in content["chemistry"]:
                content["chemistry"][key] = str(ROOT / "inputs" / content["chemistry"][key])
        content["cells"]["count"] = count
        content["cells"]["sample"].pop("compatible", None)
    else:
        for entry in content["fields"].values():
            if isinstance(entry, dict) and "file" in entry:
                entry["file"] = str(ROOT / "inputs" / entry["file"])
        content["particles"] = {"count": count, "release": {"box": [0.1, 1.9, 30.1, 30.9]}, "kernels": ["advection_rk4"]}
        content["time"] = {"step": "1 h"}
    content["time"]["end"] = end
    content["output"] = {"file": f"{name}.nc", "streams": streams}
    path = WORK / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def start(path, ranks, cpus):
    """One run of a deck on these processors, begun; each rank is bound to one, as mpirun binds two of its own accord."""
    places = ",".join(map(str, cpus))
    launch = ["taskset", "-c", places] if ranks == 1 else ["mpirun", "--cpu-set", places, "--bind-to", "core", "-n", str(ranks)]
    command = [*launch, program_path(), "run", path, "-o", path.with_suffix(".nc"), "--overwrite"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment())


def run(path, ranks, cpus):
    """The program's own timing of one run, with the wall seconds of the whole and what it has written."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    finish(path, start(path, ranks, cpus))
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return {**timing(path, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), "shell": wall}


def apart(path, number, cpus):
    """As `run`, of that many runs on one rank each, at once; the slowest kernel, the processor time of all kernels."""
    paths = [path.with_stem(f"{path.stem}_{i}") for i in range(number)]
    for copy in paths:
        shutil.copy(path, copy)
    # Each has a processor to itself, as ranks have.
    for copy, begun in [(copy, start(copy, 1, [cpu])) for copy, cpu in zip(paths, cpus)]:
        finish(copy, begun)
    each = [timing(copy, 0.0) for copy in paths]
    return {**median(each), "kernel": max(one["kernel"] for one in each), "processor": sum(one["processor"] for one in each)}


def finish(path, begun):
    said, _ = begun.communicate()
    if begun.returncode:
        sys.exit(f"{path}: {said[-2000:]}")


def timing(path, total):
    """What the program says of a run of which `total` seconds of processor time are known; its file goes."""
    output = path.with_suffix(".nc")
    data = open_output(output)
    told = json.loads(data.attrs["timing"])
    spread = None
    if "solver_steps" in data:
        steps = data["solver_steps"].values.ravel().astype(float)
        spread = float(steps.std() / steps.mean())
    size = output.stat().st_size
    output.unlink()
    return {"kernel": told["phases_s"]["kernel"]["max"], "processor": told["kernel_cpu_s"], "besides": total - told["kernel_cpu_s"],
            "run": told["wall_s"], "bytes": size, "spread": spread}


def median(runs):
    first = runs[0]
    return {key: first[key] if first[key] is None else statistics.median(r[key] for r in runs) for key in first}


def measure(rounds, ranks, cpus):
    last = {"ts1": [{"at": "end", "variables": ["O3", "solver.steps"]}], "abc": [{"at": "end", "variables": ["A"]}],
            "rk4": [{"at": "end", "variables": ["lon"]}]}
    jobs = {}
    for case, (_, strong, weak, end) in CASES.items():
        for p in ranks:
            jobs[f"{case} strong {p}"] = (deck(case, f"{case}_strong", strong, end, last[case]), p)
            jobs[f"{case} weak {p}"] = (deck(case, f"{case}_weak_{p}", weak * p, end, last[case]), p)
            if p > 1:
                jobs[f"{case} apart {p}"] = (deck(case, f"{case}_apart_{p}", weak, end, last[case]), p)
    if 1 not in ranks:
        return measured(jobs, rounds, cpus)
    # What is done for every item at the start: ten times the items, one step. What writing costs: every step, and none.
    for case, count in (("ts1", 20_000), ("rk4", 2_000_000)):
        step = {"ts1": "300 s", "rk4": "1 h"}[case]
        for which, items in (("few", count // 10), ("many", count)):
            jobs[f"{case} setup {which}"] = (deck(case, f"{case}_setup_{which}", items, step, last[case]), 1)
    every = {"ts1": [{"every": "300 s", "variables": SPECIES}], "rk4": [{"every": "1 h", "variables": ["lon", "lat"]}]}
    for case, streams in every.items():
        _, strong, _, end = CASES[case]
        jobs[f"{case} output"] = (deck(case, f"{case}_output", strong, end, streams), 1)
    return measured(jobs, rounds, cpus)


def measured(jobs, rounds, cpus):
    """Medians of all jobs, which take turns."""
    runs = {name: [] for name in jobs}
    for number in range(rounds):
        for name, (path, p) in jobs.items():
            runs[name].append((apart if " apart " in name else run)(path, p, cpus[:p]))
        print(f"round {number + 1} of {rounds}", flush=True)
    return {name: median(list_) for name, list_ in runs.items()}


SPECIES = ["O3", "NO", "NO2", "NO3", "HNO3", "N2O5", "OH", "HO2", "H2O2", "CO", "CH4", "CH2O", "CH3O2", "CH3OOH", "ISOP", "PAN", "SO2", "DMS", "C2H6", "C3H8"]


def table(kept):
    """The measured part as Markdown."""
    lines = ["| job | ranks | kernel, processor s of all | of one rank / of all | kernel, wall s of the slowest | faster, wall | as many runs apart |"
             " of those |", "|---|---|---|---|---|---|---|---|"]
    for case, (_, strong, weak, end) in CASES.items():
        for way, count in (("strong", f"{strong:,} {KINDS[case]}"), ("weak", f"{weak:,} {KINDS[case]} a rank")):
            one = kept["runs"][f"{case} {way} 1"]
            for p in kept["ranks"]:
                r = kept["runs"][f"{case} {way} {p}"]
                ideal = one["processor"] * (1 if way == "strong" else p)
                faster = one["kernel"] / r["kernel"] * (1 if way == "strong" else p)
                side = kept["runs"].get(f"{case} apart {p}")
                limit = side and p * kept["runs"][f"{case} weak 1"]["kernel"] / side["kernel"]
                beside = f"{limit:.2f} × | {100 * faster / limit:.0f} %" if limit else "| "
                lines.append(f"| {case}, {way}, {count.replace(',', ' ')}, {end} | {p} | {r['processor']:.3f} | {ideal / r['processor']:.3f} |"
                             f" {r['kernel']:.3f} | {faster:.2f} × | {beside} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ranks", type=int, nargs="+", help="only these numbers of ranks; what was found for others stays")
    parser.add_argument("--cpus", type=lambda text: [int(cpu) for cpu in text.split(",")], help="processors to run on, in this order, as 0,2,4; all")
    parser.add_argument("--draw", action="store_true", help="tables and picture of what is kept")
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    data = HERE / "measured.json"
    if not arguments.draw:
        if not (ROOT / "inputs" / "fields" / "gyre.nc").exists():
            subprocess.run([sys.executable, ROOT / "inputs" / "make_gyre.py"], check=True)
        cpus = arguments.cpus or sorted(os.sched_getaffinity(0))
        cores = len(cpus)
        ranks = arguments.ranks or [2**i for i in range(cores.bit_length()) if 2**i <= cores]
        load = os.getloadavg()[0]
        runs = measure(arguments.rounds, ranks, cpus)
        version = subprocess.run([program_path(), "--version"], capture_output=True, text=True).stdout.strip()
        about = (f"{', '.join(map(str, ranks))} ranks: {version}; {processor()}, {os.cpu_count()} processors, of which {', '.join(map(str, cpus))}; load {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end;"
                 f" {time.strftime('%Y-%m-%d')}; {arguments.rounds} rounds")
        kept = json.loads(data.read_text()) if arguments.ranks and data.exists() else {"about": [], "ranks": [], "runs": {}}
        kept = {"about": [*kept["about"], about], "ranks": sorted({*kept["ranks"], *ranks}), "runs": kept["runs"] | runs}
        data.write_text(json.dumps(kept, indent=1) + "\n")
    kept = json.loads(data.read_text())
    from model import assumptions, costs, draw, predictions

    found = costs(kept)
    lines = ["# Scaling", "", *(f"- {about}" for about in kept["about"]), "- `validation/scaling/run.py`", "", "## Measured", "", *table(kept), "",
             "On a machine that others use, wall times tell little: the share of processor time (all that one rank takes over all that the ranks take)"
             " tells whether ranks hinder each other.", "", "## Predicted", "", *assumptions(found), "", *predictions(found)]
    (HERE / "scaling.md").write_text("\n".join(lines) + "\n")
    draw(found, kept, ROOT / "docs" / "pictures" / "scaling.png")
    print("\n".join(lines))


if __name__ == "__main__":
    np.seterr(all="raise")
    main()
