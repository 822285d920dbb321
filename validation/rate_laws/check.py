"""A -> B -> C with every rate law in turn: the set-up of MICM's analytical tests, against the closed form.

Nine cells with different temperature, pressure and amount; k from the independent formulas of reference/kinetics.py.
"""
import csv

import numpy as np
import yaml

from common import Result, at_time, relative_error, worst
from exact import chain
from kinetics import Mechanism

QUICK = True
TEMPERATURES, PRESSURES = (272.5, 254.7, 312.6), (101253.3, 100672.5, 101319.8)
CELLS, TIMES = 9, (10.0, 50.0, 100.0)

TROE = dict(k0_A=1.2e-3, k0_B=1.6, k0_C=3.0, kinf_A=136.0, kinf_B=5.0, kinf_C=24.0, Fc=0.9, N=0.8)
ONWARD = dict(type="ARRHENIUS", A=1.2e-3, C=75.0)

# Name of the law: the first reaction, the second, and what the cells supply.
LAWS = {
    "arrhenius": (dict(type="ARRHENIUS", A=4e-3, C=50.0),
                  dict(type="ARRHENIUS", A=1.2e-4, B=7.0, C=75.0, D=50.0, E=0.5), {}),
    "arrhenius with Ea": (dict(type="ARRHENIUS", A=4e-3, Ea=-2e-21), ONWARD, {}),
    "troe": (dict(type="TROE", k0_A=4e-11), dict(type="TROE", **TROE), {}),
    "ternary": (dict(type="TERNARY_CHEMICAL_ACTIVATION", k0_A=4e-5, kinf_A=1.0),
                dict(type="TERNARY_CHEMICAL_ACTIVATION", **TROE), {}),
    "ternary JPL 19": (dict(type="TERNARY_CHEMICAL_ACTIVATION_JPL19", k0_A=1e-3, k0_B=-2.1, k0_C=30.0, k0_D=298.0,
                            kinf_A=0.05, kinf_B=1.3, kinf_C=10.0, kinf_D=298.0,
                            kint_A=7e-3, kint_B=0.4, kint_C=-65.0, kint_D=298.0), ONWARD, {}),
    "tunneling": (dict(type="TUNNELING", A=4e-3), dict(type="TUNNELING", A=1.2e-4, B=167.0, C=1e8), {}),
    "taylor series": ({"type": "TAYLOR_SERIES", "A": 1e-3, "B": 1.2, "C": 150.0, "D": 280.0, "E": 1e-5,
                       "taylor coefficients": [1.0, 0.01, -1e-5]}, ONWARD, {}),
    "branched": (dict(type="BRANCHED_NO_RO2", X=1e-2, Y=204.3, a0=0.1, n=2), ONWARD, {}),
    "photolysis": ({"type": "PHOTOLYSIS", "name": "j", "scaling factor": 1.5}, ONWARD, {"PHOTO.j": 2e-3}),
    "user defined": ({"type": "USER_DEFINED", "name": "u", "scaling factor": 0.5}, ONWARD, {"USER.u": 2e-2}),
    "first-order loss": (dict(type="ARRHENIUS", A=4e-3, C=50.0),
                         {"type": "FIRST_ORDER_LOSS", "name": "l"}, {"LOSS.l": 1e-2}),
    "emission": (dict(type="ARRHENIUS", A=4e-3, C=50.0), ONWARD, {"EMIS.e": 3e-3}),
    "surface": ({"type": "SURFACE", "name": "s", "reaction probability": 0.02}, ONWARD,
                {"SURF.s.effective radius [m]": 1e-7, "SURF.s.particle number concentration [# m-3]": 1e11}),
    "third body as reactant": (dict(type="ARRHENIUS", A=1e-4, reactants=["A", "M"]), ONWARD, {}),
    "constant concentration": (dict(type="ARRHENIUS", A=1e-3, reactants=["A", "K"]), ONWARD, {}),
    "constant mixing ratio": (dict(type="ARRHENIUS", A=1e-3, reactants=["A", "X"]), ONWARD, {}),
}


def mechanism_of(first, second, parameters):
    names = ["A", "B", "C", "M", "K", "X"]
    species = [{"name": n, "molecular weight [kg mol-1]": 0.025} for n in names]
    species[3]["is third body"] = True
    species[4]["constant concentration [mol m-3]"] = 2.5
    species[5]["constant mixing ratio [mol mol-1]"] = 0.21
    reactions = [complete(first, "A", "B"), complete(second, "B", "C")]
    reactions += [{"type": "EMISSION", "name": "e", "gas phase": "gas", "products": [{"species name": "A"}]}
                  for p in parameters if p == "EMIS.e"]
    gas = [{"name": n, "diffusion coefficient [m2 s-1]": 2e-5} for n in names]
    return {"version": "1.0.0", "name": "rate law", "species": species, "phases": [{"name": "gas", "species": gas}],
            "reactions": reactions}


def complete(reaction, source, target):
    """A reaction from source to target; the branched type goes to C with its nitrate channel."""
    def of(names):
        return [{"species name": n} for n in names]

    full = {"gas phase": "gas", **reaction}
    if reaction["type"] == "SURFACE":
        return {**full, "gas-phase species": source, "gas-phase products": of([target])}
    full["reactants"] = of(reaction.get("reactants", [source]))
    if reaction["type"].startswith("BRANCHED"):
        return {**full, "alkoxy products": of([target]), "nitrate products": of(["C"])}
    return full if reaction["type"] == "FIRST_ORDER_LOSS" else {**full, "products": of([target])}


def cells_of(parameters):
    """Rows of the table: amounts 1 - i/N, conditions in turn, parameters that differ from cell to cell."""
    for i in range(CELLS):
        yield (TEMPERATURES[i % 3], PRESSURES[i % 3], 1 - i / CELLS,
               {n: v * (1 + 0.1 * i) for n, v in parameters.items()})


def check(case):
    for law, (first, second, parameters) in LAWS.items():
        stem = law.replace(" ", "_")
        description = mechanism_of(first, second, parameters)
        (case.work / f"{stem}_mechanism.yaml").write_text(yaml.safe_dump(description, sort_keys=False))
        with open(case.work / f"{stem}_cells.csv", "w", newline="") as file:
            out = csv.writer(file)
            amounts = [f"concentration.{s}" for s in "ABC"]
            out.writerow(["temperature", "pressure", *amounts, *(f"rate.{n}" for n in parameters)])
            for temperature, pressure, amount, values in cells_of(parameters):
                out.writerow([repr(x) for x in (temperature, pressure, amount, 0.0, 0.0, *values.values())])
        deck = {
            "title": f"rate law: {law}",
            "chemistry": {"mechanism": f"{stem}_mechanism.yaml",
                          "solver": {"method": "rodas4", "rtol": 1e-10, "atol": "1e-22 mol m-3"}},
            "cells": {"table": f"{stem}_cells.csv"},
            "time": {"step": "1 s", "end": "100 s"},
            "output": {"file": f"{stem}.nc", "streams": [{"every": "10 s", "variables": ["A", "B", "C"]}]},
        }
        (case.work / f"{stem}.yaml").write_text(yaml.safe_dump(deck, sort_keys=False))
        error = error_of(case, stem, description, parameters)
        yield Result(f"{case.name}: {law}", "largest relative error of A, B, C", 1e-7, error)


def error_of(case, stem, description, parameters):
    data, mechanism = case.run(case.work / f"{stem}.yaml"), Mechanism(description)
    branched = description["reactions"][0]["type"].startswith("BRANCHED")
    # What a first-order loss removes is in no species.
    compared = "AB" if description["reactions"][1]["type"] == "FIRST_ORDER_LOSS" else "ABC"
    errors = []
    for time in TIMES:
        values = at_time(data, compared, time)
        for cell, (temperature, pressure, amount, given) in enumerate(cells_of(parameters)):
            k = mechanism.rate_constants(temperature, pressure, given)
            to_b, to_c, onward = (k[0], k[1], k[2]) if branched else (k[0], 0.0, k[1])
            expected = chain(amount, to_b, to_c, onward, time, source=given.get("EMIS.e", 0.0))[: len(compared)]
            errors.append(relative_error(values[cell], expected))
    return worst(np.concatenate(errors))
