"""Uniform zonal and meridional flow on the sphere: lon = lon0 + t / (111120 m cos(lat)); around the globe over its seam."""
import numpy as np

from common import Result
from particles import DAY, HOUR, METRES_PER_DEGREE, currents, ends, run, write_fields, write_release

QUICK = True


def check(case):
    lon, lat = np.linspace(-170, 170, 200), np.linspace(-80, 80, 100)
    lat0 = np.linspace(0, 79, 10)
    release = write_release(case.work / "release.csv", lon=np.full(10, 20.0), lat=lat0)
    particles = {"count": 10, "release": {"file": release}, "kernels": ["advection_rk4"]}
    time = {"step": "30 s", "end": "2 h"}
    for name, u, v in (("zonal", 1, 0), ("meridional", 0, 1)):
        path = write_fields(case.work / f"{name}_fields.nc", {"u": (u, "m s-1"), "v": (v, "m s-1")}, lon, lat, [0, DAY], flat=False)
        x, y = ends(run(case, name, {"mesh": "spherical", **currents(path)}, particles, time, None))
        # OceanParcels: 2.1e-4 degrees, its positions being f32.
        yield Result(case.name, f"{name} flow: error of lon, degrees", 1e-9,
                     abs(x - 20 - u * 2 * HOUR / (METRES_PER_DEGREE * np.cos(np.radians(lat0)))).max())
        yield Result(case.name, f"{name} flow: error of lat, degrees", 1e-9, abs(y - lat0 - v * 2 * HOUR / METRES_PER_DEGREE).max())
    # 40 m s-1 at 60 N for 10 days: 1.7 times around, with a file whose longitudes are 0 to 358.
    lon = np.arange(0, 360, 2.0)
    path = write_fields(case.work / "globe_fields.nc", {"u": (40, "m s-1"), "v": (0, "m s-1")}, lon, lat, [0, 30 * DAY], flat=False)
    x0 = np.array([-179.0, -90, 0, 90, 179, 180])
    release = write_release(case.work / "globe.csv", lon=x0, lat=np.full(6, 60.0))
    for wrap in ("delete", "wrap"):
        data = run(case, f"globe_{wrap}", {"mesh": "spherical", **currents(path)},
                   {"count": 6, "release": {"file": release}, "kernels": ["advection_rk4"], "on_leaving": wrap},
                   {"step": "1 h", "end": "10 days"}, None)
        x, _ = ends(data)
        off = x - x0 - 40 * 10 * DAY / (METRES_PER_DEGREE * 0.5)
        yield Result(case.name, f"around the globe, on_leaving {wrap}: error of lon modulo 360", 1e-9,
                     abs(off - 360 * np.round(off / 360)).max())
