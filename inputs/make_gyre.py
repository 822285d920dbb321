#!/usr/bin/env python3
"""Writes fields/gyre.nc: the double gyre of Shadden, Lekien and Marsden (Physica D 212, 2005) on the sphere.

x = 0 to 2 and y = 0 to 1 span the box, s = sin(2 pi t / 10 d) / 4 and f = s x^2 + (1 - 2 s) x; the stream function
sin(pi f) sin(pi y) gives u = -U sin(pi f) cos(pi y) and v = U cos(pi f) df/dx sin(pi y) / cos(lat), which has no
divergence and crosses no edge. With U = 0.4 m s-1 in a box of 2 by 1 degrees, a day is their unit of time.
"""
import sys
from pathlib import Path

import netCDF4
import numpy as np

DAY = 86400.0
BOX = (0.0, 2.0, 30.0, 31.0)  # lon, lat


def velocity(lon, lat, time, box=BOX, speed=0.4):
    """u and v in m s-1; arguments broadcast. The box must be twice as many degrees wide as high."""
    x, y = 2 * (lon - box[0]) / (box[1] - box[0]), (lat - box[2]) / (box[3] - box[2])
    s = 0.25 * np.sin(2 * np.pi * time / (10 * DAY))
    f, slope = s * x**2 + (1 - 2 * s) * x, 2 * s * x + 1 - 2 * s
    u = -speed * np.sin(np.pi * f) * np.cos(np.pi * y)
    v = speed * np.cos(np.pi * f) * slope * np.sin(np.pi * y) / np.cos(np.radians(lat))
    return u, v


def write(path, nx=200, ny=200, snapshots=31):
    time, lat, lon = DAY * np.arange(snapshots), np.linspace(*BOX[2:], ny), np.linspace(*BOX[:2], nx)
    values = velocity(lon, lat[:, None], time[:, None, None])
    with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_OFFSET") as file:
        file.Conventions = "CF-1.11"
        file.title = "Double gyre that moves to and fro"
        for name, axis, unit, kind in (("time", time, "seconds since 2000-01-01", "T"), ("lat", lat, "degrees_north", "Y"),
                                       ("lon", lon, "degrees_east", "X")):
            file.createDimension(name, len(axis))
            variable = file.createVariable(name, "f8", (name,))
            variable.units, variable.axis = unit, kind
            variable[:] = axis
        file["time"].calendar = "standard"
        for name, value, direction in zip("uv", values, ("eastward", "northward")):
            variable = file.createVariable(name, "f4", ("time", "lat", "lon"))
            variable.units, variable.standard_name = "m s-1", f"{direction}_sea_water_velocity"
            variable[:] = value


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "fields" / "gyre.nc"
    write(target)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
