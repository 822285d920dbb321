"""Comparison of a deck.yaml with the expected.csv beside it: a column `time` in s, then one for each species."""
import csv

import numpy as np

from common import Result, at_time, ill_cells, relative_error, worst


def compare(case, tolerance, species=None, negligible=1e-17):
    """One or two results for each time; `species` maps a column to (name in the file, factor).

    Where less than `negligible` (mol m-3) is expected, the amount itself must stay below it: published values of that
    size are the round-off of whoever computed them.
    """
    data = case.run(case.folder / "deck.yaml")
    with open(case.folder / "expected.csv") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        time = float(row.pop("time"))
        columns = {c: (species or {}).get(c, (c, 1.0)) for c in row}
        values = at_time(data, [name for name, _ in columns.values()], time)[0] * [f for _, f in columns.values()]
        expected = np.array([float(row[c]) for c in columns])
        counted = abs(expected) >= negligible
        if counted.any():
            error = worst(relative_error(values[counted], expected[counted]))
            yield Result(case.name, f"largest relative error at {time:g} s", tolerance, error)
        if not counted.all():
            left = worst(abs(values[~counted]))
            yield Result(case.name, f"mol m-3 where nothing is left at {time:g} s", negligible, left)
    yield Result(case.name, "cells that did not converge", 0, ill_cells(data))
