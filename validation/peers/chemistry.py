#!/usr/bin/env python3
"""chemdrift and MUSICA on this machine, one core each, taking turns; writes chemistry.md and chemistry.json.

Processor seconds inside the solvers, medians over the rounds. For every setting of MUSICA the ratio is taken with the
cheapest setting of chemdrift whose measured error, against an independent tight integration, is not larger.
"""
import argparse
import csv
import json
import os
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import numpy as np  # noqa: E402
import yaml  # noqa: E402

from common import (  # noqa: E402
    ROOT, TRACE, at_time, environment, open_output, parameters_of, processor, program_path, relative_error, rms, worst)
from kinetics import Mechanism, integrate  # noqa: E402
from linear_chain import largest_error  # noqa: E402
from musica_side import VERSION, Cells, Setting, solve  # noqa: E402

TS1 = ROOT / "inputs" / "mechanisms" / "ts1"
ABC = ROOT / "inputs" / "mechanisms" / "abc" / "mechanism.yaml"
WORK = ROOT / "out" / "peers"
STEPS, STEP = 12, 300.0  # of TS1
JOB = "The whole job of the tutorial: 10 000 cells, 60 steps, from the shell"
CHECKED = 24  # cells with an independent integration

OURS = [None] + [{"method": m, "rtol": r} for m, rtols in (("ros3", (1e-2, 1e-3)), ("rodas4", (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)))
                 for r in rtols]
THEIRS = [Setting("rosenbrock", block) for block in (4, 8, 16)]
THEIRS += [Setting("rosenbrock", 8, 1e-4, 1e-18), Setting("rosenbrock_dae6", 8), Setting("rosenbrock_dae6", 8, 1e-3, 1e-15),
           Setting("rosenbrock_dae6", 8, 1e-4, 1e-18), Setting("backward_euler", 8)]
AS_USERS_RUN_IT = [Setting("rosenbrock_standard_order", 1000), Setting("rosenbrock", 1000)]


class Chemdrift:
    """Our side: a deck with another solver, and what the output file says about the time."""

    def __init__(self, deck, solver, name):
        content = yaml.safe_load(deck.read_text())
        chemistry = content["chemistry"]
        for key in ("mechanism", "initial"):
            if key in chemistry:
                chemistry[key] = str((deck.parent / chemistry[key]).resolve())
        if "table" in content["cells"]:
            content["cells"]["table"] = str((deck.parent / content["cells"]["table"]).resolve())
        if solver:
            chemistry["solver"] = solver
        last = content["time"]["end"]
        content["output"]["streams"] = [{"at": [f"0 {last.split()[1]}", last], "variables": "all"}]
        self.deck, self.output = WORK / f"{name}.yaml", WORK / f"{name}.nc"
        self.deck.write_text(yaml.safe_dump(content, sort_keys=False))

    def run(self):
        """(microseconds of processor time in the solver for a cell and step, the output)."""
        self.output.unlink(missing_ok=True)
        subprocess.run([program_path(), "run", self.deck, "-o", self.output, "--overwrite"], check=True, capture_output=True)
        data = open_output(self.output)
        return json.loads(data.attrs["timing"])["us_per_cell_step"], data


def words(solver):
    return "as it comes" if solver is None else f"{solver['method']}, rtol {solver['rtol']:g}"


def cells_of(data, mechanism):
    """The cells of an output file as MUSICA takes them."""
    initial = at_time(data, mechanism.species, 0.0)
    concentrations = {s: initial[:, i] for i, s in enumerate(mechanism.species)}
    return Cells(data["temperature"].values, data["pressure"].values, concentrations, parameters_of(data, mechanism))


def tight(cells, mechanism, chosen, end):
    """States of some cells at the end, integrated independently."""
    states = []
    for cell in chosen:
        parameters = {n: v[cell] for n, v in cells.parameters.items()}
        initial = [cells.concentrations[s][cell] for s in mechanism.species]
        states.append(integrate(mechanism, cells.temperature[cell], cells.pressure[cell], parameters, initial, [end])[-1])
    return np.array(states)


def ts1(title, deck, rounds, peer_cells):
    """Lines of the table for one set of TS1 cells: (who, setting, us, rms, max, failed)."""
    mechanism = Mechanism(TS1 / "mechanism.json")
    ours = {i: Chemdrift(deck, solver, f"{title}_{i}") for i, solver in enumerate(OURS)}
    _, data = ours[0].run()
    cells, end = cells_of(data, mechanism), STEPS * STEP
    chosen = np.linspace(0, peer_cells - 1, CHECKED).astype(int)
    expected = tight(cells, mechanism, chosen, end)

    def errors(values):
        return relative_error(values, expected, TRACE)

    times, facts = {}, {}
    for number in range(rounds):
        for i, solver in enumerate(OURS):
            spent, data = ours[i].run()
            key = ("chemdrift", words(solver))
            times.setdefault(key, []).append(spent)
            facts[key] = (errors(at_time(data, mechanism.species, end)[chosen]), 0)
            # Taking turns: one of theirs after each of ours.
            for setting in (THEIRS + AS_USERS_RUN_IT)[i :: len(OURS)]:
                part = cells if setting.block > peer_cells else cells.part(0, peer_cells)
                result = solve(TS1 / "mechanism.json", setting, part, STEPS, STEP)
                key = ("MUSICA", str(setting))
                times.setdefault(key, []).append(1e6 * result.seconds / (len(part) * STEPS))
                final = np.stack([result.final[s] for s in mechanism.species], axis=1)
                facts[key] = (errors(final[chosen]), result.failed)
        print(f"{title}: round {number + 1} of {rounds}", flush=True)
    return [(*key, statistics.median(t), rms(facts[key][0]), worst(facts[key][0]), facts[key][1]) for key, t in times.items()]


def columns_deck():
    """The cells of validation/ts1_columns forty times over, in an order without pattern."""
    with open(HERE.parent / "ts1_columns" / "cells.csv") as file:
        head, *rows = list(csv.reader(file))
    order = np.random.default_rng(1).permutation(np.repeat(np.arange(len(rows)), 40))
    with open(WORK / "columns.csv", "w", newline="") as file:
        csv.writer(file).writerows([head] + [rows[i] for i in order])
    deck = yaml.safe_load((HERE.parent / "ts1_columns" / "deck.yaml").read_text())
    deck["chemistry"]["mechanism"] = str(TS1 / "mechanism.json")
    deck["cells"] = {"table": "columns.csv"}
    (WORK / "columns.yaml").write_text(yaml.safe_dump(deck))
    return WORK / "columns.yaml"


def abc(rounds):
    """A -> B -> C, 10 000 cells, 60 steps of 1 s: (who, setting, us, error, error, failed)."""
    settings = [None, {"method": "ros3", "rtol": 1e-6}, {"method": "ros4", "rtol": 1e-4}, {"method": "rodas4", "rtol": 1e-4}, {"method": "rodas4", "rtol": 1e-6}]
    ours, rows = [Chemdrift(ROOT / "inputs" / "abc_lhs.yaml", s, f"abc_{i}") for i, s in enumerate(settings)], {}
    for _ in range(rounds):
        for one, solver in zip(ours, settings):
            spent, data = one.run()
            rows.setdefault(("chemdrift", words(solver)), []).append((spent, largest_error(data), 0))
        start = Cells(data["temperature"].values, data["pressure"].values, {s: data["initial_" + s].values for s in "ABC"}, {})
        for name in ("rosenbrock_standard_order", "rosenbrock"):
            setting = Setting(name, len(start))
            result = solve(ABC, setting, start, 60, 1.0)
            end = data.isel(time=[-1])
            for s in "ABC":
                end[s] = end[s].copy(data=result.final[s][None, :])
            row = (1e6 * result.seconds / (60 * len(start)), largest_error(end), result.failed)
            rows.setdefault(("MUSICA", str(setting)), []).append(row)
    return [(*key, statistics.median(r[0] for r in runs), runs[-1][1], runs[-1][1], runs[-1][2]) for key, runs in rows.items()]


def whole_job(rounds):
    """Wall seconds from the shell for the tutorial's job: {name: (median, parts)}."""
    jobs = {
        "chemdrift, 2 ranks, every step in a file": ["mpirun", "-n", "2", "--oversubscribe", program_path(), "run",
                                                     ROOT / "inputs" / "abc_lhs.yaml", "-o", WORK / "abc_lhs.nc"],
        "chemdrift, 1 process, every step in a file": [program_path(), "run", ROOT / "inputs" / "abc_lhs.yaml",
                                                       "-o", WORK / "abc_lhs.nc"],
        "MUSICA with Dask, 2 processes, results in memory": [sys.executable, HERE / "tutorial.py", ABC, "dask"],
        "MUSICA, 1 process and state, results in memory": [sys.executable, HERE / "tutorial.py", ABC, "serial"],
    }
    walls, parts = {name: [] for name in jobs}, {}
    for _ in range(rounds):
        for name, command in jobs.items():
            (WORK / "abc_lhs.nc").unlink(missing_ok=True)
            began = time.perf_counter()
            done = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True, env=environment())
            walls[name].append(time.perf_counter() - began)
            if name.startswith("MUSICA"):
                parts[name] = json.loads(done.stdout.strip().splitlines()[-1])
    return {name: (statistics.median(w), parts.get(name)) for name, w in walls.items()}


def ratio(row, rows):
    """Cost of one of MUSICA's lines over that of the cheapest of ours whose errors are not larger, and which that is."""
    good = [r for r in rows if r[0] == "chemdrift" and r[3] <= row[3]]
    if not good:
        return "none here is as accurate"
    best = min(good, key=lambda r: r[2])
    return f"{row[2] / best[2]:.1f} × ({best[1]})"


def table(title, about, rows, norm):
    lines = [f"## {title}", "", about + ".", "", f"| program | setting | µs a cell and step | {norm} | largest | calls not converged | MUSICA / chemdrift |",
             "|---|---|---|---|---|---|---|"]
    for row in sorted(rows, key=lambda row: row[0] == "MUSICA"):
        against = ratio(row, rows) if row[0] == "MUSICA" else ""
        lines.append(f"| {row[0]} | {row[1]} | {row[2]:.4g} | {row[3]:.1e} | {row[4]:.1e} | {row[5]} | {against} |")
    return lines + [""]


def machine():
    return f"{processor()}, {os.cpu_count()} cores"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cells", type=int, default=240, help="cells of TS1 that MUSICA solves in small states")
    parser.add_argument("--only", action="append", choices=["hypercube", "columns", "abc", "job"], help="only this table, again and again for more")
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    everywhere = os.sched_getaffinity(0)
    measures = {
        "hypercube": ("TS1, 12 steps of 300 s, the cells of inputs/ts1_lhs.yaml",
                      lambda: ts1("lhs", ROOT / "inputs" / "ts1_lhs.yaml", arguments.rounds, arguments.cells)),
        "columns": ("TS1, 12 steps of 300 s, columns of air from day to night (validation/ts1_columns)",
                    lambda: ts1("columns", columns_deck(), arguments.rounds, arguments.cells)),
        "abc": ("A → B → C, 10 000 cells, 60 steps of 1 s", lambda: abc(arguments.rounds)),
        "job": (JOB, lambda: whole_job(arguments.rounds)),
    }
    kept = HERE / "chemistry.json"
    # Tables that are not measured now keep what was found before, and when and under what load.
    results = json.loads(kept.read_text()) if kept.exists() else {}
    for name in arguments.only or measures:
        title, measure = measures[name]
        # Both programs on one and the same core, so that neither gains from the other's; the whole job may use all.
        os.sched_setaffinity(0, everywhere if name == "job" else {max(everywhere)})
        load = os.getloadavg()[0]
        rows = measure()
        version = subprocess.run([program_path(), "--version"], capture_output=True, text=True).stdout.strip()
        results[title] = {"rows": rows, "about": f"{version}; MUSICA {VERSION}; {machine()}; load {load:.1f} at the start, "
                          f"{os.getloadavg()[0]:.1f} at the end; {time.strftime('%Y-%m-%d')}; {arguments.rounds} rounds"}
        kept.write_text(json.dumps(results, indent=1) + "\n")
    os.sched_setaffinity(0, everywhere)
    job = results.pop(JOB, None)
    lines = ["# chemdrift and MUSICA on one machine", "", (__doc__ or "").strip().split("\n\n")[1].replace("\n", " "), "",
             f"- NumPy {np.__version__}; Python {sys.version.split()[0]}; `{shlex.join(['validation/peers/chemistry.py', *sys.argv[1:]])}`",
             "- MUSICA's time is that of its `solve` calls alone; imports, building and filling states are not counted.", ""]
    for title, measured in results.items():
        norm = "largest relative error" if title.startswith("A") else f"RMS relative error above {TRACE:g} mol m-3"
        lines += table(title, measured["about"], measured["rows"], norm)
    lines += [f"## {JOB}", "", job["about"] + ".", "", "| job | wall s | of which |", "|---|---|---|"] if job else []
    for name, (wall, parts) in (job["rows"] if job else {}).items():
        detail = ", ".join(f"{n} {v:.2f}" for n, v in (parts or {}).items() if n not in ("cells", "mean A at the end"))
        lines.append(f"| {name} | {wall:.2f} | {detail} |")
    (HERE / "chemistry.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
