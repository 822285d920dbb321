"""Surface currents around South Africa (GlobCurrent, daily, 0.25 degrees), ten days, against OceanParcels 3.1.4 in f64."""
import csv

import numpy as np

from common import Result
from particles import ends, real_fields, run


def compare(case, reference, lon, lat):
    """The table's lines for the ends of all particles, by id."""
    with open(reference) as file:
        rows = list(csv.DictReader(file))
    ids = np.array([int(r["id"]) for r in rows])
    end = np.array([[float(r["lon_end"]), float(r["lat_end"])] for r in rows])
    distance = np.hypot(lon[ids] - end[:, 0], lat[ids] - end[:, 1])
    distance = np.where(np.isfinite(distance), distance, np.inf)
    yield Result(case.name, f"{len(ids)} particles: 99th percentile of the distance, degrees", 1e-4, float(np.percentile(distance, 99)))
    yield Result(case.name, f"{len(ids)} particles: median of the distance, degrees", 1e-6, float(np.median(distance)))
    yield Result(case.name, "share of particles farther than 1e-4 degrees", 0.01, float(np.mean(distance > 1e-4)))
    others = np.setdiff1d(np.arange(len(lon)), ids)
    yield Result(case.name, f"of {len(others)} that left there, how many stayed here", 0.01 * len(lon), float(np.count_nonzero(np.isfinite(lon[others]))))


def check(case):
    folder, reference = real_fields("globcurrent_2002_raw"), real_fields("reference_parcels_v3")
    files = str(folder / "*.nc")
    fields = {"mesh": "spherical", "U": {"file": files, "variable": "eastward_eulerian_current_velocity"},
              "V": {"file": files, "variable": "northward_eulerian_current_velocity"}}
    # OceanParcels takes land for water at rest.
    particles = {"count": 1000, "release": {"grid": {"nx": 40, "ny": 25, "over": [16, 33, -39, -32]}}, "kernels": ["advection_rk4"],
                 "on_land": "ignore", "on_leaving": "delete"}
    data = run(case, "rk4", fields, particles, {"step": "300 s", "end": "10 days"}, None)
    yield from compare(case, reference / "globcurrent_rk4_10d_dt300.csv", *ends(data))
