"""A current that grows with depth: x = x0 + depth t, at eleven depths."""
import numpy as np

from common import Result
from particles import DAY, HOUR, currents, ends, run, write_fields, write_release

QUICK = True


def check(case):
    axis, depth = np.linspace(0, 1e5, 5), np.linspace(0, 1, 11)
    level = np.array([0.0, 1.0])
    path = write_fields(case.work / "shear.nc", {"u": (level[:, None, None], "m s-1"), "v": (0, "m s-1")}, axis, axis, [0, DAY], level)
    release = write_release(case.work / "release.csv", lon=np.full(11, 1e3), lat=np.full(11, 5e4), depth=depth)
    data = run(case, "rk4", {"mesh": "flat", **currents(path)},
               {"count": 11, "release": {"file": release}, "kernels": ["advection_rk4"]}, {"step": "30 s", "end": "2 h"}, None)
    x, y = ends(data)
    yield Result(case.name, "RK4, 30 s, 2 h: error of x, m", 1e-6, abs(x - 1e3 - depth * 2 * HOUR).max())
