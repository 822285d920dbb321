"""Chlorine under light, every cell different, against the closed form of its Riccati equation."""
import csv

import numpy as np

from common import Result, at_time, relative_error, worst

QUICK = True
K2 = 1.0  # m3 mol-1 s-1


def chlorine(cl, cl2, k1, time):
    """Cl at a time: dCl/dt = -2 k2 ((Cl + r)^2 - d^2), r = k1 / (4 k2), d^2 = r^2 + 2 r (Cl + 2 Cl2)."""
    total, r = cl + 2 * cl2, k1 / (4 * K2)
    d = np.sqrt(r * (r + 2 * total))
    # In the dark d = 0 and Cl = Cl0 / (1 + 2 k2 Cl0 t); tanh(x)/d -> 2 k2 t.
    slope = np.where(d > 0, np.tanh(2 * K2 * d * time) / np.where(d > 0, d, 1), 2 * K2 * time)
    start = cl + r
    return (start + d**2 * slope) / (1 + start * slope) - r


def check(case):
    with open(case.folder / "cells.csv") as file:
        rows = list(csv.DictReader(file))
    columns = ("concentration.Cl", "concentration.Cl2", "rate.PHOTO.j")
    cl, cl2, k1 = (np.array([float(row[name]) for row in rows]) for name in columns)
    data = case.run(case.folder / "deck.yaml")
    errors, drift = [], []
    for time in (30.0, 300.0):
        values, expected = at_time(data, ["Cl", "Cl2"], time), chlorine(cl, cl2, k1, time)
        errors.append(relative_error(values, np.stack([expected, (cl + 2 * cl2 - expected) / 2], axis=1)))
        drift.append(relative_error(values @ [1, 2], cl + 2 * cl2))
    norm = f"largest relative error of Cl, Cl2, {len(rows)} cells"
    yield Result(case.name, norm, 1e-6, worst(np.concatenate(errors)))
    yield Result(case.name, "largest relative drift of Cl + 2 Cl2", 1e-13, worst(np.concatenate(drift)))
