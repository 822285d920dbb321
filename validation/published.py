"""Comparison of a deck.yaml with the expected.csv beside it: a column `time` in s, then one for each species."""
import csv

import numpy as np

from common import Result, at_time, ill_cells, relative_error, worst


def compare(case, tolerance, species=None):
    """One result for each time; `species` maps a column to (name in the file, factor)."""
    data = case.run(case.folder / "deck.yaml")
    with open(case.folder / "expected.csv") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        time = float(row.pop("time"))
        columns = {c: (species or {}).get(c, (c, 1.0)) for c in row}
        values = at_time(data, [name for name, _ in columns.values()], time)[0] * [f for _, f in columns.values()]
        expected = np.array([float(row[c]) for c in columns])
        nothing = abs(values[expected == 0])
        if nothing.size and nothing.max() > 1e-17:
            raise ValueError(f"t = {time:g} s: {nothing.max():.1e} mol m-3 where nothing is left")
        error = worst(relative_error(values, expected))
        yield Result(case.name, f"largest relative error at {time:g} s", tolerance, error)
    yield Result(case.name, "cells that did not converge", 0, ill_cells(data))
