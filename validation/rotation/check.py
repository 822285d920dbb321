"""Solid rotation about (30, 30) once a day (OceanParcels' radial rotation), on a grid and as a formula; order of schemes."""
import numpy as np

from common import Result
from particles import DAY, HOUR, currents, ends, run, write_fields, write_release

QUICK = True
OMEGA = 2 * np.pi / DAY
RADII = np.array([0.0, 5, 10, 20])
ORDERS = {"advection_ee": (1, 120), "advection_rk2": (2, 120), "advection_rk4": (4, 60)}  # order, fewest steps a day


def errors(case, name, fields, kernel, step, hours):
    release = write_release(case.work / "release.csv", lon=np.full(4, 30.0), lat=30 + RADII)
    data = run(case, name, {"mesh": "flat", **fields}, {"count": 4, "release": {"file": release}, "kernels": [kernel]},
               {"step": f"{step} s", "end": f"{hours} h"}, None)
    x, y = ends(data)
    turned = OMEGA * hours * HOUR
    return abs(x - 30 - RADII * np.sin(turned)), abs(y - 30 - RADII * np.cos(turned))


def check(case):
    axis = np.linspace(0, 60, 200)
    path = write_fields(case.work / "rotation.nc", {"u": (OMEGA * (axis[:, None] - 30), "m s-1"), "v": (-OMEGA * (axis - 30), "m s-1")},
                        axis, axis, [0, 2 * DAY])
    x, y = errors(case, "grid", currents(path), "advection_rk4", 300, 17)
    yield Result(case.name, "200 x 200 nodes, RK4, 300 s, 17 h: error of x, m", 1e-5, x[1:].max())
    yield Result(case.name, "200 x 200 nodes, RK4, 300 s, 17 h: error of y, m", 3e-5, y[1:].max())
    yield Result(case.name, "the particle at the centre moves, m", 1e-6, max(x[0], y[0]))
    formula = {"U": {"analytic": "radial_rotation"}, "V": {"analytic": "radial_rotation"}}
    for kernel, (order, fewest) in ORDERS.items():
        reached = []
        for steps in (fewest, 2 * fewest):
            x, y = errors(case, f"{kernel}_{steps}", formula, kernel, DAY / steps, 6)
            reached.append(np.hypot(x, y).max())
        yield Result(case.name, f"{kernel}: distance of the measured order from {order}", 0.1,
                     abs(np.log2(reached[0] / reached[1]) - order))
