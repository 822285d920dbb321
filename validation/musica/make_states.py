#!/usr/bin/env python3
"""States computed by MUSICA for two of our decks, with tight tolerances, one cell at a time.

usage: make_states.py FOLDER     writes chapman.json and ts1_columns.json; needs musica (requirements-peers.txt)
"""
import csv
import json
import sys
from pathlib import Path

import musica
from musica.mechanism_configuration import parse
from musica.micm.solver_parameters import RosenbrockSolverParameters

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "validation" / "reference"))
from kinetics import read_initial  # noqa: E402

RTOL, ATOL = 1e-8, 1e-20


def states(mechanism, cells, steps, step):
    """[{species: mol m-3}] for each cell ({deck path: value}) after a number of steps."""
    parsed = parse(str(mechanism))
    count = len(musica.MICM(mechanism=parsed).create_state(1).get_species_ordering())
    settings = RosenbrockSolverParameters(relative_tolerance=RTOL, absolute_tolerances=[ATOL] * count,
                                          max_number_of_steps=1_000_000)
    solver = musica.MICM(mechanism=parsed, solver_type=musica.SolverType.rosenbrock_dae6, solver_parameters=settings)
    for cell in cells:
        state = solver.create_state(1)
        known = set(state.get_species_ordering()), set(state.get_user_defined_rate_parameters_ordering())
        state.set_conditions(cell["temperature"], cell["pressure"])
        state.set_concentrations({s: cell.get("concentration." + s, 0.0) for s in known[0]})
        state.set_user_defined_rate_parameters({n: cell.get("rate." + n, 0.0) for n in known[1]})
        for _ in range(steps):
            result = solver.solve(state, step)
            if result.state.name != "Converged":
                raise RuntimeError(f"MUSICA: {result.state.name}")
        yield {s: float(c[0]) for s, c in state.get_concentrations().items()}


def chapman_cells():
    given = read_initial(ROOT / "inputs" / "mechanisms" / "chapman" / "initial.csv")
    translation = {"ENV.temperature": "temperature", "ENV.pressure": "pressure"}
    return [{translation.get(n, n.replace("CONC.", "concentration.") if n.startswith("CONC.") else "rate." + n): v
             for n, v in given.items()}]


def column_cells():
    with open(ROOT / "validation" / "ts1_columns" / "cells.csv") as file:
        return [{n: float(v) for n, v in row.items()} for row in csv.DictReader(file)]


def main(folder):
    jobs = {"chapman": (ROOT / "inputs/mechanisms/chapman/mechanism.yaml", chapman_cells(), 240, 3600.0),
            "ts1_columns": (ROOT / "inputs/mechanisms/ts1/mechanism.json", column_cells(), 12, 300.0)}
    for name, (mechanism, cells, steps, step) in jobs.items():
        content = {"source": f"MUSICA {musica.__version__}, rosenbrock_dae6, rtol {RTOL:g}, atol {ATOL:g} mol m-3",
                   "command": "validation/musica/make_states.py FOLDER", "time [s]": steps * step,
                   "cells": list(states(mechanism, cells, steps, step))}
        (Path(folder) / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
