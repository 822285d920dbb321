"""A coast that runs north and south: what `on_land` says of particles that a current of (1, 0.5) m s-1 takes there."""
import netCDF4
import numpy as np

from common import Result
from particles import DAY, HOUR, currents, ended_as, run, track, write_fields

QUICK = True
COAST = 50e3  # the first nodes of land; half a cell before it the interpolation's weight is half of land's


def check(case):
    x, y = np.arange(0, 100e3, 1e3), np.arange(0, 200e3, 1e3)
    path = write_fields(case.work / "coast_fields.nc", {"u": (np.where(x < COAST, 1.0, np.nan), "m s-1"),
                                                        "v": (np.where(x < COAST, 0.5, np.nan), "m s-1")}, x, y, [0, 10 * DAY])
    with netCDF4.Dataset(path) as file:
        assert np.isnan(np.ma.filled(file["u"][0, 0, -1], np.nan))
    line = np.linspace(10e3, 30e3, 5)
    for rule in ("stick", "slip", "reflect", "ignore"):
        particles = {"count": 5, "release": {"line": [[10e3, 20e3], [30e3, 20e3]]}, "kernels": ["advection_rk4"], "on_land": rule}
        data = run(case, rule, {"mesh": "flat", **currents(path)}, particles, {"step": "5 min", "end": "24 h"}, "1 h", ("lon", "lat"))
        lon, lat = track(data, "lon"), track(data, "lat")
        time = np.arange(lon.shape[1]) * HOUR
        free = line[:, None] + time < COAST - 2e3
        error = np.maximum(abs(lon - line[:, None] - time), abs(lat - 20e3 - 0.5 * time))[free]
        yield Result(case.name, f"on_land {rule}: error of positions before the coast, m", 1e-6, error.max())
        limit = 0 if rule != "ignore" else -500
        yield Result(case.name, f"on_land {rule}: farther than the coast, m", 0.0, max(0.0, float(np.nanmax(lon)) - (COAST - 500 - limit)))
        if rule == "stick":
            yield Result(case.name, "on_land stick: not ended by land", 0, np.count_nonzero(ended_as(data) != "on_land"))
            yield Result(case.name, "on_land stick: last seen from the coast, m", 800.0, float(np.max(COAST - data["last_lon"].values)))
        if rule == "slip":
            # Along the coast the current is between all and half of its strength, at stages nearer to it a little less.
            way = lat[:, -1] - lat[:, -13]
            yield Result(case.name, "on_land slip: 12 h along the coast, m from 3/4 of 0.5 m s-1", 7e3, float(abs(way - 0.75 * 0.5 * 12 * HOUR).max()))
        if rule == "reflect":
            yield Result(case.name, "on_land reflect: ended by land", 0, np.count_nonzero(ended_as(data) != "moving"))
