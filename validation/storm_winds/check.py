"""inputs/storm_winds.yaml: real winds with missing corners, against an independent integration in NumPy."""
import netCDF4
import numpy as np

from common import ROOT, Result
from particles import HOUR, ended_as, track
from trajectories import Currents, runge_kutta

QUICK = True
FOLDER = ROOT / "inputs" / "fields" / "storm_winds"


def winds():
    with netCDF4.Dataset(FOLDER / "Ustorm.cdf") as u, netCDF4.Dataset(FOLDER / "Vstorm.cdf") as v:
        return Currents(u["lon"][:], u["lat"][:], u["timestep"][:].astype(float) * HOUR,
                        np.ma.filled(u["u"][:].astype(float), np.nan), np.ma.filled(v["v"][:].astype(float), np.nan))


def check(case):
    data = case.run(ROOT / "inputs" / "storm_winds.yaml")
    lon, lat = track(data, "lon"), track(data, "lat")
    # Those that stay clear of the edges and of cells without wind, in both programs.
    x, y = runge_kutta(winds(), lon[:, 0], lat[:, 0], 0.0, 600.0, 24 * 6 * 4)
    both = np.isfinite(x) & np.isfinite(lon[:, -1])
    distance = np.hypot(lon[:, -1] - x, lat[:, -1] - y)[both]
    yield Result(case.name, f"{both.sum()} particles, 4 days: 99th percentile of the distance, degrees", 1e-6, float(np.percentile(distance, 99)))
    yield Result(case.name, f"{both.sum()} particles, 4 days: largest distance, degrees", 1e-3, float(distance.max()))
    # No one vanished without need, and no one has no reason.
    yield Result(case.name, "moved to the end there, gone here", 0, np.count_nonzero(np.isfinite(x) & ~np.isfinite(lon[:, -1])))
    ended = ended_as(data)
    moving = ended[both][0]
    yield Result(case.name, "stopped by the edge there, without a reason here", 0, np.count_nonzero(ended[~np.isfinite(x)] == moving))
