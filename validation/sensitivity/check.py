"""`chemdrift sensitivity` on functions whose Sobol' indices are known, against SALib and NumPy on the same samples.

A deck samples user-defined rates of a reaction in which nothing happens; the function of them is added to the file.
Ishigami & Homma (1990), Sobol' (1993); closed forms as in Saltelli et al., "Global sensitivity analysis: the primer" (2008).
"""
import csv
import subprocess

import netCDF4
import numpy as np
from SALib.analyze import sobol
from scipy.stats import rankdata

from common import Result

QUICK = True
A = np.array([0.0, 1.0, 4.5, 9.0, 99.0])


def ishigami(x):
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def sobol_g(x):
    return np.prod([(abs(4 * u - 2) + a) / (1 + a) for u, a in zip(x, A)], axis=0)


def ishigami_truth():
    first, second = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 49 / 8
    both = 8 * 0.01 * np.pi**8 / 225
    return np.array([first, second, 0]) / (first + second + both), np.array([first + both, second, both]) / (first + second + both)


def sobol_g_truth():
    part = 1 / (3 * (1 + A) ** 2)
    whole = np.prod(1 + part) - 1
    return part / whole, part * (1 + whole) / (1 + part) / whole


def sampled(case, name, inputs, bounds, options, count=""):
    """The path of a file with `inputs` sampled rates, and their values."""
    over = "".join(f"      rate.USER.x{i + 1}: {{uniform: [{bounds[0]!r} s-1, {bounds[1]!r} s-1]}}\n" for i in range(inputs))
    deck = case.work / f"{name}.yaml"
    deck.write_text(f"chemistry: {{mechanism: {case.folder / 'mechanism.yaml'}}}\ncells:\n{count}  sample:\n    {options}\n"
                    f"    over:\n{over}  set: {{temperature: 280 K, pressure: 1 atm, rate.*: 0 s-1}}\n"
                    "time: {step: 1 ms, end: 1 ms}\noutput: {file: x.nc, streams: [{at: end, variables: none}]}\n")
    data = case.run(deck)
    return case.work / f"{name}.nc", [data[f"rate_USER_x{i + 1}"].values for i in range(inputs)]


def add(path, name, values):
    with netCDF4.Dataset(path, "a") as data:
        data.createVariable(name, "f8", ("cell",))[:] = values


def numbers(case, path, name, *options):
    """{(measure, input, other): (value, half width)} from the program."""
    table = case.work / "indices.csv"
    subprocess.run([case.program, "sensitivity", path, "--of", name, "-o", table, *options], check=True, capture_output=True)
    with open(table, newline="") as lines:
        return {(r["measure"], r["input"], r["other"]): (float(r["value"]), float(r["half_width"])) for r in csv.DictReader(lines)}


def check(case):
    cases = (("ishigami", ishigami, 3, (-np.pi, np.pi), True, ishigami_truth()),
             ("sobol_g", sobol_g, 5, (0.0, 1.0), False, sobol_g_truth()))
    for name, function, inputs, bounds, second, truth in cases:
        options = f"method: saltelli\n    seed: 1\n    base: 4096\n    second_order: {str(second).lower()}"
        path, x = sampled(case, name, inputs, bounds, options)
        y = function(x)
        add(path, name, y)
        found = numbers(case, path, name)
        labels = [f"rate_USER_x{i + 1}" for i in range(inputs)]
        problem = {"num_vars": inputs, "names": labels, "bounds": [bounds] * inputs}
        peer = sobol.analyze(problem, y, calc_second_order=second, num_resamples=200, seed=5)
        for measure, key, exact in (("first", "S1", truth[0]), ("total", "ST", truth[1])):
            values = np.array([found[measure, label, ""] for label in labels])
            yield Result(case.name, f"{name}, {measure}: largest difference from SALib", 1e-10, np.max(abs(values[:, 0] - peer[key])))
            yield Result(case.name, f"{name}, {measure}: largest difference from closed form", 0.01, np.max(abs(values[:, 0] - exact)))
            ratio = values[:, 1] / peer[key + "_conf"]
            yield Result(case.name, f"{name}, {measure}: intervals over SALib's, less 1", 0.3, np.max(abs(ratio - 1)))
        if second:
            pairs = [(j, k) for j in range(inputs) for k in range(j + 1, inputs)]
            differences = [found["second", labels[j], labels[k]][0] - peer["S2"][j, k] for j, k in pairs]
            yield Result(case.name, f"{name}, second: largest difference from SALib", 1e-10, np.max(np.abs(differences)))

    path, x = sampled(case, "latin", 5, (0.0, 1.0), "seed: 2", "  count: 500\n")
    y = np.exp(2 * x[0]) + x[1] * x[2] - 0.3 * x[3] ** 2
    add(path, "y", y)
    for method, expected in (("src", regression(x, y)), ("prcc", partial_ranks(x, y))):
        found = numbers(case, path, "y", "--method", method)
        values = np.array([found[method, f"rate_USER_x{i + 1}", ""][0] for i in range(5)])
        yield Result(case.name, f"{method}: largest difference from least squares", 1e-10, np.max(abs(values - expected)))


def regression(x, y):
    scaled = [(column - column.mean()) / column.std() for column in (*x, y)]
    return np.linalg.lstsq(np.array(scaled[:-1]).T, scaled[-1], rcond=None)[0]


def partial_ranks(x, y):
    """By the definition: correlation of what the other inputs leave of the ranks."""
    ranks, output = [rankdata(column) for column in x], rankdata(y)

    def rest(column, others):
        others = np.column_stack([*others, np.ones(len(column))])
        return column - others @ np.linalg.lstsq(others, column, rcond=None)[0]

    def partial(i):
        others = ranks[:i] + ranks[i + 1:]
        return np.corrcoef(rest(ranks[i], others), rest(output, others))[0, 1]

    return np.array([partial(i) for i in range(len(x))])
