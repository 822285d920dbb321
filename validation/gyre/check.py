"""The double gyre of inputs/make_gyre.py, 1000 particles, 30 days, against an independent integration in NumPy."""
import sys

import numpy as np
import netCDF4

from common import ROOT, Result
from particles import DAY, HOUR, ends, run, track, write_release
from trajectories import Currents, runge_kutta

sys.path.insert(0, str(ROOT / "inputs"))


def check(case):
    import make_gyre

    path = case.work / "gyre_field.nc"
    make_gyre.write(path)
    with netCDF4.Dataset(path) as file:
        currents = Currents(*(file[n][:] for n in ("lon", "lat", "time", "u", "v")))
    fields = {"mesh": "spherical", "U": {"file": str(path), "variable": "u"}, "V": {"file": str(path), "variable": "v"}}
    particles = {"count": 1000, "release": {"box": [0.1, 1.9, 30.1, 30.9]}, "seed": 1, "kernels": ["advection_rk4"]}
    data = run(case, "rk4", fields, particles, {"step": "1 h", "end": "30 days"}, "10 days")
    lon, lat = track(data, "lon"), track(data, "lat")
    yield Result(case.name, "particles that left", 0, np.count_nonzero(~np.isfinite(lon)))
    x, y = runge_kutta(currents, lon[:, 0], lat[:, 0], 0.0, HOUR, 240)
    distance = np.hypot(lon[:, 1] - x, lat[:, 1] - y)
    yield Result(case.name, "10 days: largest distance, degrees", 1e-6, float(distance.max()))
    x, y = runge_kutta(currents, x, y, 10 * DAY, HOUR, 480)
    yield Result(case.name, "30 days: 99th percentile of the distance, degrees", 1e-6, float(np.percentile(np.hypot(lon[:, 3] - x, lat[:, 3] - y), 99)))
    # Uniform by area in the box: sin(lat) is uniform.
    share = (np.sin(np.radians(lat[:, 0])) - np.sin(np.radians(30.1))) / (np.sin(np.radians(30.9)) - np.sin(np.radians(30.1)))
    yield Result(case.name, "release: mean of lon and sin(lat) in the box, standard errors", 3.0,
                 max(abs(share.mean() - 0.5), abs((lon[:, 0] - 0.1).mean() / 1.8 - 0.5)) * np.sqrt(12 * 1000))
    # From there back in time.
    x, y = lon[:, 1], lat[:, 1]
    release = write_release(case.work / "back.csv", lon=x, lat=y)
    back = run(case, "back", fields, {"count": 1000, "release": {"file": release}, "kernels": ["advection_rk4"]},
               {"start": "2000-01-11", "step": "-1 h", "end": "10 days"}, None)
    x, y = ends(back)
    yield Result(case.name, "10 days there and back: largest distance, degrees", 1e-3, float(np.hypot(x - lon[:, 0], y - lat[:, 0]).max()))
