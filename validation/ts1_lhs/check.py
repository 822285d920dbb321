"""inputs/ts1_lhs.yaml: a dozen of the thousand cells against an independent integration of the inputs in the file.

That the inputs are those of the deck is checked apart: each within its range about the packaged value, and the ranges
filled as a Latin hypercube fills them, one cell in each of a thousand strata.
"""
import numpy as np

from common import ROOT, TRACE, Result, at_time, ill_cells, inputs_of, relative_error, rms, variable_name, worst
from kinetics import Mechanism, integrate, read_initial

FOLDER = ROOT / "inputs" / "mechanisms" / "ts1"
SPREAD = {"ENV": 0.2, "CONC": 0.1, "PHOTO": 0.05, "USER": 0.05, "SURF": 0.02}


def check(case):
    data = case.run(ROOT / "inputs" / "ts1_lhs.yaml")
    mechanism, cells = Mechanism(FOLDER / "mechanism.json"), data.sizes["cell"]
    yield Result(case.name, f"cells of {cells} that did not converge", 0, ill_cells(data))
    yield Result(case.name, "sampled inputs that do not fill their range", 0, strays(data, mechanism))
    errors = []
    for cell in np.linspace(0, cells - 1, 12).astype(int):
        temperature, pressure, parameters, initial = inputs_of(data, cell, mechanism)
        expected = integrate(mechanism, temperature, pressure, parameters, initial, [3600.0])[-1]
        errors.append(relative_error(at_time(data, mechanism.species, 3600.0)[cell], expected, TRACE))
    errors = np.concatenate(errors)
    yield Result(case.name, f"RMS relative error, 12 cells, {errors.size} values", 1e-4, rms(errors))
    yield Result(case.name, "largest relative error", 1e-2, worst(errors))


def strays(data, mechanism):
    """How many of the sampled inputs do not have one cell in each stratum of their range."""
    count, strange = data.sizes["cell"], 0
    initial = at_time(data, mechanism.species, 0.0)
    for name, value in read_initial(FOLDER / "initial.csv").items():
        kind, _, rest = name.partition(".")
        if kind == "CONC":
            values = initial[:, mechanism.index[rest]]
        else:
            values = data[rest if kind == "ENV" else variable_name("rate_" + name.partition(" [")[0])].values
        if value == 0:
            strange += bool(np.any(values != 0))
            continue
        low = value * (1 - SPREAD[kind])
        strata = np.floor((values - low) / (2 * SPREAD[kind] * value) * count + 1e-6).clip(0, count - 1)
        # A value on the border of two strata may fall into either.
        strange += np.unique(strata).size < count - 2
    return strange
