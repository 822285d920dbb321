"""Designs and distributions against SciPy and SALib.

Unscrambled sequences and the groups for Sobol' indices are compared with ==, distributions by their `ppf` at the points of
SciPy's Latin hypercube, rank correlations by `scipy.stats.spearmanr`.
"""
import re
import subprocess

import numpy as np
from SALib.sample import sobol
from scipy import stats
from scipy.stats import qmc

from common import ROOT, Result

QUICK = True
MECHANISM = ROOT / "inputs" / "mechanisms" / "abc" / "mechanism.yaml"
NAMES = ["temperature", "initial_A", "initial_B", "initial_C"]
LOW, HIGH = [200.0, 0.0, 0.0, 0.0], [300.0, 1.0, 1.0, 1.0]
UNIFORM = {"temperature": "{uniform: [200 K, 300 K]}",
           **{f"concentration.{s}": "{uniform: [0 mol m-3, 1 mol m-3]}" for s in "ABC"}}
LAWS = {
    "temperature": ("{normal: {mean: 280 K, sd: 5 K}}", stats.norm(280, 5)),
    "pressure": ("{triangular: [900 hPa, 950 hPa, 1010 hPa]}", stats.triang(5 / 11, 90000, 11000)),
    "concentration.A": ("{lognormal: {median: 1e-6 mol m-3, factor: 1.5}}", stats.lognorm(np.log(1.5), scale=1e-6)),
    "concentration.B": ("{loguniform: [1e-9 mol m-3, 1e-6 mol m-3]}", stats.loguniform(1e-9, 1e-6)),
    "concentration.C": ("{truncated_normal: {mean: 2 mol m-3, sd: 1 mol m-3, low: 0.5 mol m-3}}",
                        stats.truncnorm(-1.5, np.inf, 2, 1)),
}


def deck_text(options, over, count=None):
    pressure = "" if "pressure" in over else "  set: {pressure: 1 atm}\n"
    lines = "".join(f"      {path}: {law}\n" for path, law in over.items())
    number = "" if count is None else f"  count: {count}\n"
    return (f"chemistry: {{mechanism: {MECHANISM}}}\ncells:\n{number}  sample:\n    {options}\n    over:\n{lines}{pressure}"
            "time: {step: 1 s, end: 1 s}\noutput: {file: out.nc, streams: [{at: end, variables: none}]}\n")


def write(case, name, *arguments):
    deck = case.work / f"{name}.yaml"
    deck.write_text(deck_text(*arguments))
    return deck


def values(case, name, *arguments, names=NAMES):
    data = case.run(write(case, name, *arguments))
    return np.stack([data[n].values for n in names], axis=1)


def differing(found, expected):
    return np.count_nonzero(found != expected) if found.shape == expected.shape else np.nan


def check(case):
    for name, sampler in (("sobol", qmc.Sobol), ("halton", qmc.Halton)):
        found = values(case, name, f"method: {name}\n    scramble: false", UNIFORM, 1024)
        expected = qmc.scale(sampler(4, scramble=False).random(1024), LOW, HIGH)
        yield Result(case.name, f"{name}: values of {found.size} that differ in any bit", 0, differing(found, expected))

    problem = {"num_vars": 4, "names": NAMES, "bounds": list(zip(LOW, HIGH))}
    for second in (False, True):
        options = f"method: saltelli\n    base: 64\n    scramble: false\n    second_order: {str(second).lower()}"
        found = values(case, f"saltelli_{second}", options, UNIFORM)
        expected = sobol.sample(problem, 64, calc_second_order=second, scramble=False)
        order = "second" if second else "first"
        yield Result(case.name, f"saltelli, {order} order: values unlike SALib's", 0, differing(found, expected))

    over = {path: law for path, (law, _) in LAWS.items()}
    names = [path.replace("concentration.", "initial_") for path in over]
    found = values(case, "laws", "seed: 7\n    compatible: scipy", over, 2000, names=names)
    points = qmc.LatinHypercube(len(over), rng=7).random(2000)
    for column, (path, (_, law)) in enumerate(LAWS.items()):
        error = np.max(abs(found[:, column] / law.ppf(points[:, column]) - 1))
        yield Result(case.name, f"{law.dist.name}: largest relative difference", 1e-12, float(error))

    deck = write(case, "checked", "seed: 7\n    compatible: scipy", over, 2000)
    text = subprocess.run([case.program, "check", deck], capture_output=True, text=True, check=True).stdout
    shown = float(re.search(r"centred discrepancy (\S+)", text)[1])
    expected = qmc.discrepancy(points, method="CD")
    yield Result(case.name, "centred discrepancy, relative, as shown", 5e-3, abs(shown / expected - 1))

    for name, tolerance in (("sobol", 3e-3), ("random", 0.05), ("latin-hypercube", 0.05)):
        pairs = "[[temperature, concentration.A, 0.6], [concentration.A, concentration.B, -0.5]]"
        found = values(case, f"correlated_{name}", f"method: {name}\n    seed: 3\n    correlation: {pairs}", UNIFORM, 4096)
        reached = stats.spearmanr(found).statistic
        expected = np.eye(4)
        expected[0, 1] = expected[1, 0] = 0.6
        expected[1, 2] = expected[2, 1] = -0.5
        error = float(np.max(abs(reached - expected)))
        yield Result(case.name, f"{name}: rank correlations, largest error", tolerance, error)
        strata = np.floor((found - LOW) / (np.array(HIGH) - LOW) * 4096)
        if name == "latin-hypercube":
            empty = sum(4096 - np.unique(column).size for column in strata.T)
            yield Result(case.name, "latin-hypercube: strata without a cell, correlated", 0, empty)
