"""Through the surface and through the bottom; a vertical eddy; settling."""
import numpy as np

from common import Result
from particles import DAY, HOUR, currents, ended_as, ends, run, track, write_fields, write_release

QUICK = True
F, U0 = 1e-4, 0.3


def check(case):
    axis, depth = np.linspace(0, 1e4, 5), np.linspace(0, 100, 11)
    variables = {name: (value, "m s-1") for name, value in (("zero", 0), ("down", 1), ("up", -1))}
    path = write_fields(case.work / "column.nc", variables, axis, axis, [0, DAY], depth)
    z0 = np.array([5.0, 50, 95])
    release = write_release(case.work / "release.csv", lon=np.full(3, 5e3), lat=np.full(3, 5e3), depth=z0)
    for name, gone, edge in (("down", z0 + 60 > 100, 100), ("up", z0 - 60 < 0, 0)):
        fields = {"mesh": "flat", **currents(path, "zero", "zero"), "W": {"file": str(path), "variable": name}}
        particles = {"count": 3, "release": {"file": release}, "kernels": ["advection_rk4_3d"]}
        data = run(case, name, fields, particles | {"on_leaving": "delete"}, {"step": "1 s", "end": "60 s"}, "10 s", ("lon", "lat", "depth"))
        left = ~np.isfinite(track(data, "depth")[:, -1])
        yield Result(case.name, f"60 s {name} at 1 m s-1: wrongly left or kept", 0, np.count_nonzero(left != gone))
        yield Result(case.name, f"60 s {name}: distinct reasons of those that left and stayed", 0,
                     float(len(set(ended_as(data)[gone]) & set(ended_as(data)[~gone]))))
        data = run(case, f"{name}_stick", fields, particles | {"on_leaving": "stick"}, {"step": "1 s", "end": "60 s"}, "10 s", ("lon", "lat", "depth"))
        z = track(data, "depth")[:, -1]
        expected = np.where(gone, edge, z0 + (60 if name == "down" else -60))
        # One that sticks stays at its last place inside, up to a step from the edge.
        yield Result(case.name, f"60 s {name}, on_leaving stick: error of depth, m", 1.0 + 1e-9, abs(z - expected).max())

    time = np.arange(0, 6 * HOUR + 1, 60.0)
    deep, wide = np.linspace(0, 25e3, 11), np.linspace(0, 25e3, 3)
    across, down = (a[:, None, None, None] for a in (U0 * np.cos(F * time), -U0 * np.sin(F * time)))
    path = write_fields(case.work / "eddy.nc", {"u": (across, "m s-1"), "zero": (0, "m s-1"), "w": (down, "m s-1")}, wide, wide, time, deep)
    release = write_release(case.work / "eddy.csv", lon=[12e3, 15e3], lat=[12.5e3] * 2, depth=[12.5e3] * 2)
    fields = {"mesh": "flat", **currents(path, "u", "zero"), "W": {"file": str(path), "variable": "w"}}
    data = run(case, "eddy", fields, {"count": 2, "release": {"file": release}, "kernels": ["advection_rk4_3d"]},
               {"step": "180 s", "end": "6 h"}, None, ("lon", "lat", "depth"))
    x, _ = ends(data)
    yield Result(case.name, "vertical eddy, RK4_3D: error of x, m", 0.0076, abs(x - [12e3, 15e3] - U0 / F * np.sin(F * time[-1])).max())
    yield Result(case.name, "vertical eddy, RK4_3D: error of depth, m", 0.0141,
                 abs(track(data, "depth")[:, -1] - 12.5e3 + U0 / F * (1 - np.cos(F * time[-1]))).max())
