"""TS1 in 24 diverse cells with the default solver, against an independent integration; see README.md."""
import csv

import numpy as np

from common import TRACE, Result, at_time, ill_cells, relative_error, rms, worst

QUICK = True


def check(case):
    with open(case.folder / "final.csv") as file:
        species, *rows = list(csv.reader(file))
    data, expected = case.run(case.folder / "deck.yaml"), np.array(rows, dtype=float)
    errors = relative_error(at_time(data, species, 3600.0), expected, TRACE)
    yield Result(case.name, f"RMS relative error, {errors.size} values above {TRACE:g}", 1e-4, rms(errors))
    yield Result(case.name, "largest relative error", 1e-2, worst(errors))
    yield Result(case.name, "cells that did not converge", 0, ill_cells(data))
