#!/usr/bin/env python3
"""Writes fields/gyre.nc: a double gyre that moves to and fro (Shadden and others, Physica D 212, 2005) on the sphere.

With x = 2 (lon - 0) / 20 and y = (lat - 30) / 10, s = sin(2 pi t / 10 d) / 4 and f = s x^2 + (1 - 2 s) x:
u = -1/2 sin(pi f) cos(pi y) m s-1 and v = 1/4 cos(pi f) sin(pi y) df/dx m s-1, so that nothing crosses the edges.
"""
import sys
from pathlib import Path

import netCDF4
import numpy as np

DAY = 86400.0


def velocity(lon, lat, time):
    """u and v in m s-1; arguments broadcast."""
    x, y = lon / 10, (lat - 30) / 10
    s = 0.25 * np.sin(2 * np.pi * time / (10 * DAY))
    f, slope = s * x**2 + (1 - 2 * s) * x, 2 * s * x + 1 - 2 * s
    return (-0.5 * np.sin(np.pi * f) * np.cos(np.pi * y), 0.25 * np.cos(np.pi * f) * np.sin(np.pi * y) * slope)


def write(path, nx=200, ny=200, snapshots=31):
    time, lat, lon = DAY * np.arange(snapshots), np.linspace(30, 40, ny), np.linspace(0, 20, nx)
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
