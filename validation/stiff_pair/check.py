"""Two species in equilibrium within 1e-11 s, then a slow chain with their weighted rate constant.

The closed form neglects the lag of the equilibrium, 1e-13 of the result.
"""
import csv

import numpy as np

from common import Result, at_time, relative_error, worst
from exact import chain
from kinetics import Mechanism

QUICK = True


def check(case):
    data, mechanism = case.run(case.folder / "deck.yaml"), Mechanism(case.folder / "mechanism.yaml")
    errors = []
    with open(case.folder / "cells.csv") as file:
        for cell, row in enumerate(csv.DictReader(file)):
            there, back, r1, r2, r3 = mechanism.rate_constants(float(row["temperature"]), float(row["pressure"]), {})
            share = back / (there + back)  # of A1
            amount = float(row["concentration.A1"]) + float(row["concentration.A2"])
            for time in (10.0, 100.0):
                a, b, c = chain(amount, share * r1 + (1 - share) * r2, 0.0, r3, time)
                values = at_time(data, ["A1", "A2", "B", "C"], time)[cell]
                errors.append(relative_error(values, [share * a, (1 - share) * a, b, c]))
    yield Result(case.name, "largest relative error of A1, A2, B, C", 1e-5, worst(np.concatenate(errors)))
