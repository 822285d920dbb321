"""`compatible: scipy` gives the very points of scipy.stats.qmc for the seed: compared with ==."""
import numpy as np
from scipy.stats import qmc

from common import ROOT, Result

QUICK = True
LOW, HIGH = [275.0, 100753.3, 0.0, 0.0, 0.0], [325.0, 101753.3, 10.0, 10.0, 10.0]
NAMES = ["temperature", "pressure", "initial_A", "initial_B", "initial_C"]


def check(case):
    data = case.run(ROOT / "inputs" / "abc_lhs.yaml", "--steps", 1)
    points = qmc.scale(qmc.LatinHypercube(d=5, rng=42).random(data.sizes["cell"]), LOW, HIGH)
    sampled = np.stack([data[n].values for n in NAMES], axis=1)
    yield Result(case.name, f"values of {points.size} that differ in any bit", 0, np.count_nonzero(sampled != points))
