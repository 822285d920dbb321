"""Releases: delayed starts (also between two steps), repeated ones, grids and lines; ages; the way back."""
import numpy as np

from common import Result, seconds
from particles import HOUR, ends, run, track, write_release

QUICK = True
FIELDS = {"mesh": "flat", "U": {"constant": "1 m s-1"}, "V": {"constant": "-0.5 m s-1"}}
TIME = {"step": "10 min", "end": "6 h"}
KERNELS = {"kernels": ["advection_rk4"]}


def moved(data, x0, y0, start):
    """Largest error of the positions and the number of records that are there or missing wrongly."""
    age = (seconds(data) - seconds(data)[0])[None, :] - start[:, None]
    x, y = track(data, "lon"), track(data, "lat")
    there = age >= 0
    error = np.maximum(abs(x - x0[:, None] - age), abs(y - y0[:, None] + age / 2))
    return error[there].max(), np.count_nonzero(np.isfinite(x) != there), age, there


def check(case):
    n = 7
    start, x0, y0 = np.array([0, 1234.5, 3600, 3601, 7200, 12_000, 18_000.0]), np.linspace(0, 600, n), np.linspace(100, 700, n)
    release = write_release(case.work / "release.csv", lon=x0, lat=y0, time=start)
    data = run(case, "delayed", FIELDS, {"count": n, "release": {"file": release}, "variables": {"age": "s"}, **KERNELS},
               TIME, "1 h", ("lon", "lat", "age"))
    error, wrong, age, there = moved(data, x0, y0, start)
    yield Result(case.name, "delayed starts: error of positions, m", 1e-6, error)
    yield Result(case.name, "delayed starts: records that should (not) be there", 0, wrong)
    yield Result(case.name, "delayed starts: error of age, s", 1e-6, abs(track(data, "age") - age)[there].max())

    data = run(case, "repeated", FIELDS, {"count": 3, "release": {"line": [[0, 0], [20, 10]], "repeat_every": "2 h"}, **KERNELS}, TIME, "1 h")
    ids = data.sizes["trajectory"]
    again = np.repeat(np.arange(ids // 3) * 2 * HOUR, 3)
    error, wrong, *_ = moved(data, np.tile([0.0, 10, 20], ids // 3), np.tile([0.0, 5, 10], ids // 3), again)
    yield Result(case.name, "repeated every 2 h in 6 h: sets of ids, at least 3", 0, float(ids % 3 != 0 or ids < 9))
    yield Result(case.name, "repeated: error of positions, m", 1e-6, error)
    yield Result(case.name, "repeated: records that should (not) be there", 0, wrong)

    data = run(case, "grid", FIELDS, {"count": 12, "release": {"grid": {"nx": 4, "ny": 3, "over": [0, 30, 0, 20]}}, **KERNELS}, TIME, None)
    gx, gy = np.meshgrid([0.0, 10, 20, 30], [0.0, 10, 20])
    yield Result(case.name, "grid of 4 x 3, lon fastest: error, m", 1e-9,
                 max(abs(track(data, "lon")[:, 0] - gx.ravel()).max(), abs(track(data, "lat")[:, 0] - gy.ravel()).max()))

    eddy = {"mesh": "flat", "U": {"analytic": "radial_rotation"}, "V": {"analytic": "radial_rotation"}}
    release = write_release(case.work / "there.csv", lon=np.full(n, 30.0), lat=np.linspace(31, 50, n))
    there = run(case, "there", eddy, {"count": n, "release": {"file": release}, **KERNELS}, TIME, None)
    release = write_release(case.work / "back.csv", lon=ends(there)[0], lat=ends(there)[1])
    back = run(case, "back", eddy, {"count": n, "release": {"file": release}, **KERNELS}, TIME | {"step": "-10 min"}, None)
    x, y = ends(back)
    yield Result(case.name, "6 h there and back, RK4, 600 s: distance from the start, m", 1e-6,
                 np.hypot(x - 30, y - np.linspace(31, 50, n)).max())
