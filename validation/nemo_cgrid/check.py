"""Surface currents of the North Sea on NEMO's curvilinear C-grid (ORCA025), eight days, against OceanParcels 3.1.4."""
import csv

import numpy as np

from common import Result
from particles import ends, real_fields, run, write_release


def check(case):
    folder, references = real_fields("nemo_orca025_northsea"), real_fields("reference_parcels_v3")
    fields = {"mesh": "spherical", "grid": "c", "coordinates": str(folder / "coordinates.nc")}
    for name, letter in (("U", "U"), ("V", "V")):
        fields[name] = {"file": str(folder / f"*{letter}.nc"), "variable": "uos" if name == "U" else "vos",
                        "dimensions": {"lon": "glamf", "lat": "gphif", "time": "time_counter"}}
    for step in (3600, 600):
        with open(references / f"nemo_cgrid_rk4_8d_dt{step}.csv") as file:
            rows = np.array([[float(v) for v in row.values()] for row in csv.DictReader(file)])
        lon, lat, end = rows[:, 1], rows[:, 2], rows[:, 4:6]
        release = write_release(case.work / "release.csv", lon=lon, lat=lat)
        particles = {"count": len(rows), "release": {"file": release}, "kernels": ["advection_rk4"], "on_land": "ignore"}
        x, y = ends(run(case, f"rk4_{step}", fields, particles, {"step": f"{step} s", "end": "8 days"}, None))
        distance = np.hypot(x - end[:, 0], y - end[:, 1])
        distance = np.where(np.isfinite(distance), distance, np.inf)
        yield Result(case.name, f"step {step} s, {len(rows)} particles: 99th percentile, degrees", 1e-4, float(np.percentile(distance, 99)))
        yield Result(case.name, f"step {step} s: median of the distance, degrees", 1e-6, float(np.median(distance)))
