#!/usr/bin/env python3
"""Error against time for MOZART-TS1, chemdrift and MUSICA in turn: work_precision.json and the picture of the README.

One hour in the cells of inputs/ts1_lhs.yaml in steps of 30, 60, 300 and 900 s. Processor time inside the solvers; errors are
RMS relative errors above a trace after the hour, against an independent integration. `--draw` only draws what is kept.
"""
import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import numpy as np  # noqa: E402
import yaml  # noqa: E402

from common import ROOT, TRACE, at_time, relative_error, rms, worst  # noqa: E402
from kinetics import Mechanism  # noqa: E402
from musica_side import VERSION, Cells, Setting, solve  # noqa: E402
from chemistry import TS1, WORK, Chemdrift, cells_of, machine, tight  # noqa: E402

END, STEPS = 3600.0, (30, 60, 300, 900)
OURS = {"chemdrift, Ros3": [("ros3", r) for r in (1e-2, 1e-3, 1e-4, 1e-5)],
        "chemdrift, Rodas4 (default)": [("rodas4", r) for r in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)]}
TIGHTER = ((None, None), (1e-3, 1e-15), (1e-4, 1e-18), (1e-6, 1e-18))
THEIRS = {f"MUSICA, {solver}": [(solver, *tolerance) for tolerance in tolerances]
          for solver, tolerances in (("rosenbrock", TIGHTER), ("rosenbrock_dae6", TIGHTER), ("backward_euler", TIGHTER[:1]))}
COLOURS = {"chemdrift, Ros3": "#56b4e9", "chemdrift, Rodas4 (default)": "#0072b2", "MUSICA, rosenbrock": "#d55e00",
           "MUSICA, rosenbrock_dae6": "#e69f00", "MUSICA, backward_euler": "0.45"}


def deck_of(step, cells):
    """The deck of the thousand cells with another step and the first `cells` of them."""
    deck = yaml.safe_load((ROOT / "inputs" / "ts1_lhs.yaml").read_text())
    for key in ("mechanism", "initial"):
        deck["chemistry"][key] = str(ROOT / "inputs" / deck["chemistry"][key])
    deck["time"] = {"step": f"{step} s", "end": f"{END:g} s"}
    deck["cells"]["count"] = cells
    path = WORK / f"precision_{step}.yaml"
    path.write_text(yaml.safe_dump(deck, sort_keys=False))
    return path


def chosen(cells, places):
    pick = {n: v[places] for n, v in cells.concentrations.items()}, {n: v[places] for n, v in cells.parameters.items()}
    return Cells(cells.temperature[places], cells.pressure[places], *pick)


def measure(steps, rounds, count, theirs, checked):
    """[{step, name, setting, us, rms, max}] with medians over the rounds."""
    mechanism, rows, expected = Mechanism(TS1 / "mechanism.json"), {}, None
    for step in steps:
        deck = deck_of(step, count)
        ours = {(name, setting): Chemdrift(deck, {"method": setting[0], "rtol": setting[1]}, f"precision_{step}_{setting[0]}_{setting[1]}")
                for name, settings in OURS.items() for setting in settings}
        others = [(name, setting) for name, settings in THEIRS.items() for setting in settings]
        for _ in range(rounds):
            for number, (key, program) in enumerate(ours.items()):
                spent, data = program.run()
                cells = cells_of(data, mechanism)
                places = np.linspace(0, count - 1, theirs).astype(int)
                known = np.linspace(0, theirs - 1, checked).astype(int)
                if expected is None:
                    expected = tight(cells, mechanism, places[known], END)
                final = at_time(data, mechanism.species, END)[places][known]
                note(rows, step, key, spent, relative_error(final, expected, TRACE))
                # Taking turns: some of theirs after each of ours.
                for other in others[number :: len(ours)]:
                    name, (solver, rtol, atol) = other
                    result = solve(TS1 / "mechanism.json", Setting(solver, 8, rtol, atol), chosen(cells, places), int(END / step), step)
                    values = np.stack([result.final[s] for s in mechanism.species], axis=1)[known]
                    note(rows, step, other, 1e6 * result.seconds / (theirs * END / step), relative_error(values, expected, TRACE))
        print(f"{step} s done", flush=True)
    return [{"step": step, "name": name, "setting": list(setting), "us": statistics.median(row["us"]), "rms": row["rms"], "max": row["max"]}
            for (step, name, setting), row in rows.items()]


def note(rows, step, key, spent, errors):
    row = rows.setdefault((step, *key), {"us": []})
    row["us"].append(spent)
    row.update(rms=rms(errors), max=worst(errors))


def draw(kept, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    style = {"font.size": 9, "axes.titlesize": 9, "axes.titlelocation": "left", "axes.spines.top": False, "axes.spines.right": False,
             "legend.frameon": False, "legend.fontsize": 8}
    with plt.rc_context(style):
        steps = sorted({r["step"] for r in kept["points"]})
        figure, panels = plt.subplots(1, len(steps), figsize=(9.6, 3.1), sharex=True, sharey=True, layout="constrained")
        for panel, step in zip(panels, steps):
            for name, colour in COLOURS.items():
                points = [(r["us"], r["rms"]) for r in kept["points"] if r["name"] == name and r["step"] == step]
                marker = "o" if name.startswith("chemdrift") else "s"
                panel.loglog(*zip(*points), marker=marker, markersize=4, color=colour, linewidth=1.3, label=name)
            panel.set_title(f"steps of {step} s")
            panel.grid(which="major", color="0.9", linewidth=0.6)
        panels[0].set_ylabel("RMS relative error after an hour")
        figure.supxlabel("processor time for a cell and step, µs", fontsize=9)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(COLOURS), columnspacing=1.2)
        figure.savefig(path, dpi=130)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS, help="lengths of the steps, s")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cells", type=int, default=192, help="cells of chemdrift")
    parser.add_argument("--theirs", type=int, default=24, help="those of them that MUSICA solves, eight to a state")
    parser.add_argument("--checked", type=int, default=12, help="those of these with an independent integration")
    parser.add_argument("--draw", action="store_true", help="draw the picture from work_precision.json")
    arguments = parser.parse_args()
    data = HERE / "work_precision.json"
    if not arguments.draw:
        WORK.mkdir(parents=True, exist_ok=True)
        load = os.getloadavg()[0]
        points = measure(arguments.steps, arguments.rounds, arguments.cells, arguments.theirs, arguments.checked)
        about = {"machine": machine(), "musica": VERSION, "date": time.strftime("%Y-%m-%d"), "rounds": arguments.rounds,
                 "cells": [arguments.cells, arguments.theirs, arguments.checked],
                 "load": [load, os.getloadavg()[0]]}
        data.write_text(json.dumps({"about": about, "points": points}, indent=1) + "\n")
    draw(json.loads(data.read_text()), ROOT / "docs" / "pictures" / "work_precision.png")


if __name__ == "__main__":
    main()
