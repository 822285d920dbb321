"""Stommel's gyre: the stream function keeps its value along a path, on a grid of 200 x 200 nodes and with the formula."""
import numpy as np

from common import ROOT, Result
from particles import DAY, currents, ends, run, track, write_fields, write_release

SIDE = 10_000e3
E = 1 / (11.6 * DAY) / (2e-11 * SIDE)  # width of the western boundary current in basins


def stream(x, y):
    x, y = x / SIDE, y / SIDE
    return (1 - np.exp(-x / E) - x) * np.pi * np.sin(np.pi * y) * 0.05


def check(case):
    axis = np.linspace(0, SIDE, 200)
    x, y = axis / SIDE, axis[:, None] / SIDE
    u = -(1 - np.exp(-x / E) - x) * np.pi**2 * np.cos(np.pi * y) * 0.05
    v = (np.exp(-x / E) / E - 1) * np.pi * np.sin(np.pi * y) * 0.05
    path = write_fields(case.work / "stommel.nc", {"u": (u, "m s-1"), "v": (v, "m s-1")}, axis, axis, [0, 700 * DAY])
    x0, y0 = np.linspace(10e3, 100e3, 3), np.full(3, 5000e3)
    release = write_release(case.work / "release.csv", lon=x0, lat=y0)
    particles = {"count": 3, "release": {"file": release}, "kernels": ["advection_rk4"]}
    data = run(case, "grid", {"mesh": "flat", **currents(path)}, particles, {"step": "1 h", "end": "600 days"}, None)
    change = abs(stream(*ends(data)) - stream(x0, y0))
    # What OceanParcels 3.1.4 reaches; the interpolation in the boundary current, also with steps of 4 h.
    for place, limit, value in zip((10, 55, 100), (1.25e-2, 4.75e-3, 1.75e-3), change):
        yield Result(case.name, f"200 x 200 nodes, RK4, 1 h, 600 days, from {place} km: change of psi", limit, value)
    formula = {"mesh": "flat", "U": {"analytic": "stommel_gyre"}, "V": {"analytic": "stommel_gyre"}}
    particles |= {"kernels": ["advection_rk45"], "rk45_tolerance": "10 m"}
    adaptive = run(case, "rk45", formula, particles, {"step": "1 h", "end": "600 days"}, None)
    yield Result(case.name, "formula, RK45, 10 m: change of psi", 1e-3, abs(stream(*ends(adaptive)) - stream(x0, y0)).max())
    data = case.run(ROOT / "inputs" / "stommel.yaml")
    psi = stream(track(data, "lon"), track(data, "lat"))
    yield Result(case.name, "inputs/stommel.yaml: change of psi at any output", 1e-6, abs(psi - psi[:, :1]).max())
