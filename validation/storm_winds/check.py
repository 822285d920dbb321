"""inputs/storm_winds.yaml: real winds with missing corners, against an independent integration in NumPy."""
import netCDF4
import numpy as np

from common import ROOT, Result
from particles import HOUR, ended_as, track
from trajectories import Currents, runge_kutta

QUICK = True
FOLDER = ROOT / "inputs" / "fields" / "storm_winds"


def winds():
    """The winds; calm air where the file has none, as particles see it that come half a cell near."""
    with netCDF4.Dataset(FOLDER / "Ustorm.cdf") as u, netCDF4.Dataset(FOLDER / "Vstorm.cdf") as v:
        values = [np.ma.filled(field[:].astype(float), 0.0) for field in (u["u"], v["v"])]
        missing = np.ma.getmaskarray(u["u"][0])
        return Currents(u["lon"][:], u["lat"][:], u["timestep"][:].astype(float) * HOUR, *values), missing


def check(case):
    data = case.run(ROOT / "inputs" / "storm_winds.yaml")
    lon, lat = track(data, "lon"), track(data, "lat")
    ended = ended_as(data)
    currents, missing = winds()
    x, y = runge_kutta(currents, lon[:, 0], lat[:, 0], 0.0, 600.0, 24 * 6 * 4)
    moving = ended == "moving"
    distance = np.hypot(lon[:, -1] - x, lat[:, -1] - y)[moving]
    distance = np.where(np.isfinite(distance), distance, np.inf)
    yield Result(case.name, f"{moving.sum()} particles that moved to the end: largest distance, degrees", 1e-9, float(distance.max()))
    last_lon, last_lat = data["last_lon"].values, data["last_lat"].values
    i, j = np.searchsorted(currents.lon, last_lon) - 1, np.searchsorted(currents.lat, last_lat) - 1
    near = np.any([missing[np.clip(j + b, 0, 32), np.clip(i + a, 0, 35)] for a in (0, 1) for b in (0, 1)], axis=0)
    ashore, left = ended == "on_land", ended == "left_domain"
    yield Result(case.name, f"of {ashore.sum()} ended by missing winds, away from any", 0, np.count_nonzero(~near & ashore))
    # In 10 min 30 m s-1 are 18 km; particles are last seen inside.
    edge = np.min([last_lon + 140, -52.5 - last_lon, last_lat - 20, 60 - last_lat], axis=0)
    yield Result(case.name, f"of {left.sum()} that left, last seen farther than 0.3 degrees from the edge", 0, np.count_nonzero((edge > 0.3) & left))
    yield Result(case.name, "ended otherwise", 0, np.count_nonzero(~(moving | ashore | left)))
