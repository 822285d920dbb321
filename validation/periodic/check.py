"""A channel that closes on itself: x = x0 + u t modulo its length."""
import numpy as np

from common import Result
from particles import DAY, currents, run, seconds, track, write_fields

QUICK = True


def check(case):
    x, y = np.linspace(0, 100, 11), np.linspace(0, 10, 3)
    path = write_fields(case.work / "channel.nc", {"u": (1, "m s-1"), "v": (0, "m s-1")}, x, y, [0, DAY])
    data = run(case, "wrap", {"mesh": "flat", **currents(path)},
               {"count": 1, "release": {"at": [50, 5]}, "kernels": ["advection_rk4"], "on_leaving": "wrap"},
               {"step": "7 s", "end": "1001 s"}, "77 s")
    x, age = track(data)[0], seconds(data) - seconds(data)[0]
    off = x - 50 - age
    yield Result(case.name, "RK4, ten times around: error modulo the length, m", 1e-9, abs(off - 100 * np.round(off / 100)).max())
    yield Result(case.name, "positions outside the channel", 0, np.count_nonzero((x < 0) | (x > 100)))
