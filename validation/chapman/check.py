"""inputs/chapman.yaml against an independent integration, and its oxygen atoms counted; see README.md."""
import numpy as np

from common import ROOT, Result, at_time, relative_error, seconds, worst
from kinetics import Mechanism, integrate, read_initial

QUICK = True
ATOMS = {"O1D": 1, "O": 1, "O2": 2, "O3": 3}
FOLDER = ROOT / "inputs" / "mechanisms" / "chapman"


def check(case):
    data, mechanism = case.run(ROOT / "inputs" / "chapman.yaml"), Mechanism(FOLDER / "mechanism.yaml")
    given = read_initial(FOLDER / "initial.csv")
    times = [3600.0, 86400.0, 864000.0]
    expected = integrate(mechanism, given["ENV.temperature"], given["ENV.pressure"], given,
                         [given["CONC." + s] for s in mechanism.species], times, rtol=1e-10)
    values = np.array([at_time(data, mechanism.species, t)[0] for t in times])
    error = worst(relative_error(values, expected))
    yield Result(case.name, "largest relative error at 1 h, 1 day, 10 days", 1e-5, error)
    atoms = np.array([at_time(data, ATOMS, t)[0] @ list(ATOMS.values()) for t in seconds(data)])
    yield Result(case.name, "largest relative drift of oxygen atoms", 1e-12, worst(abs(atoms / atoms[0] - 1)))
