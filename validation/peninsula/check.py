"""Flow around a peninsula (Ådlandsvik, Bartsch & Coombs 2004): the stream function keeps its value along a path."""
import numpy as np

from common import Result
from particles import DAY, currents, ends, run, write_fields, write_release

QUICK = True
LENGTH, WIDTH = 100e3, 50e3
X0, RADIUS = LENGTH / 2, 0.32 * LENGTH / 2


def stream(x, y):
    """Stream function, 1000 m2 s-1."""
    return (RADIUS**2 * y / ((x - X0) ** 2 + y**2) - y) / 1e3


def check(case):
    x, y = np.linspace(1e3, LENGTH, 100), np.linspace(1e3, WIDTH, 50)
    r2 = (x - X0) ** 2 + y[:, None] ** 2
    sea = stream(x, y[:, None]) < 0
    u = np.where(sea, 1 - RADIUS**2 * ((x - X0) ** 2 - y[:, None] ** 2) / r2**2, 0)
    v = np.where(sea, -2 * RADIUS**2 * (x - X0) * y[:, None] / r2**2, 0)
    path = write_fields(case.work / "peninsula.nc", {"u": (u, "m s-1"), "v": (v, "m s-1")}, x, y, [0, 2 * DAY])
    x0, y0 = np.full(5, 3000.0), np.linspace(y[0] + 3000, y[-1] - 3000, 5)
    release = write_release(case.work / "release.csv", lon=x0, lat=y0)
    data = run(case, "rk4", {"mesh": "flat", **currents(path)},
               {"count": 5, "release": {"file": release}, "kernels": ["advection_rk4"], "on_land": "ignore"},
               {"step": "300 s", "end": "24 h"}, None)
    change = abs(stream(*ends(data)) - stream(x0, y0))
    # 1.66e-4 is what OceanParcels 3.1.4 reaches on this grid.
    yield Result(case.name, "100 x 50 nodes, RK4, 300 s: change of psi / 1000", 1.7e-4, change.max())
