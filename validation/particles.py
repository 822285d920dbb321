"""What the cases with particles share: field files, decks, positions, statistics."""
import os
from pathlib import Path

import netCDF4
import numpy as np
import yaml

from common import ROOT, Skipped, seconds

METRES_PER_DEGREE = 1852.0 * 60  # of latitude, as everywhere in Lagrangian ocean codes
ORIGIN = "2000-01-01 00:00:00"
HOUR, DAY = 3600.0, 86400.0


def write_fields(path, variables, x, y, time=None, depth=None, flat=True):
    """A CF file with `variables` {name: (values, unit)}, values over ([time], [depth], y, x)."""
    horizontal = [("y", y, "m", "Y"), ("x", x, "m", "X")] if flat else [
        ("lat", y, "degrees_north", "Y"), ("lon", x, "degrees_east", "X")]
    axes = [("time", time, f"seconds since {ORIGIN}", "T")] if time is not None else []
    axes += [("depth", depth, "m", "Z")] if depth is not None else []
    with netCDF4.Dataset(path, "w", format="NETCDF4") as file:
        file.Conventions = "CF-1.11"
        for name, values, unit, axis in axes + horizontal:
            file.createDimension(name, len(values))
            variable = file.createVariable(name, "f8", (name,))
            variable.units, variable.axis = unit, axis
            if name == "depth":
                variable.positive = "down"
            if name == "time":
                variable.calendar = "standard"
            variable[:] = values
        dimensions = tuple(a[0] for a in axes + horizontal)
        shape = tuple(len(a[1]) for a in axes + horizontal)
        for name, (values, unit) in variables.items():
            variable = file.createVariable(name, "f4", dimensions)
            variable.units = unit
            variable[:] = np.broadcast_to(values, shape)
    return path


def write_release(path, **columns):
    """A CSV list of particles."""
    rows = zip(*(np.broadcast_to(v, np.shape(columns["lon"])) for v in columns.values()))
    lines = [",".join(columns)] + [",".join(repr(float(v)) for v in row) for row in rows]
    Path(path).write_text("\n".join(lines) + "\n")
    return str(path)


def currents(path, u="u", v="v", **more):
    """The entries of `fields` for U and V of one file."""
    return {"U": {"file": str(path), "variable": u, **more}, "V": {"file": str(path), "variable": v, **more}}


def run(case, name, fields, particles, time, every, variables=("lon", "lat"), *arguments):
    """Writes a deck and runs it; every is the interval of output, or None for the end alone."""
    stream = {"every": every, "variables": list(variables)} if every else {"at": ["0 s", time["end"]], "variables": list(variables)}
    content = {"title": f"Validation {case.name}: {name}", "fields": fields, "particles": particles, "time": time,
               "output": {"file": f"{name}.nc", "streams": [stream]}}
    deck = case.work / f"{name}.yaml"
    deck.write_text(yaml.safe_dump(content, sort_keys=False))
    return case.run(deck, *arguments)


def track(data, name="lon"):
    """(trajectory, time) values of a variable."""
    return data[name].transpose("trajectory", "time").values.astype(float)


def ends(data):
    """lon and lat of each particle in the last record."""
    return track(data, "lon")[:, -1], track(data, "lat")[:, -1]


def ended_as(data):
    """The meaning of each particle's status."""
    status = data["status"]
    meanings = dict(zip(np.atleast_1d(status.attrs["flag_values"]).tolist(), status.attrs["flag_meanings"].split()))
    return np.array([meanings[int(v)] for v in status.values])


def record(data, time):
    """The record of a time in s."""
    axis = seconds(data)
    axis = axis - axis[0]
    found = int(np.argmin(abs(axis - time)))
    if abs(axis[found] - time) > 1e-6:
        raise ValueError(f"the file has no time {time} s")
    return found


def in_standard_errors(values, mean, variance):
    """How far mean, variance and kurtosis of normal `values` are from what they should be, in standard errors."""
    n = len(values)
    centred = values - values.mean()
    kurtosis = np.mean(centred**4) / np.mean(centred**2) ** 2
    return (abs(values.mean() - mean) / np.sqrt(variance / n), abs(values.var(ddof=1) / variance - 1) / np.sqrt(2 / (n - 1)),
            abs(kurtosis - 3) / np.sqrt(24 / n))


def real_fields(name):
    """A folder of fields that cannot be shipped: in $CHEMDRIFT_FIELDS, inputs/fields or ../shared/data/fields."""
    places = [os.environ.get("CHEMDRIFT_FIELDS"), ROOT / "inputs" / "fields", ROOT.parent / "shared" / "data" / "fields"]
    for place in places:
        if place and (Path(place) / name).is_dir():
            return Path(place) / name
    raise Skipped(f"no folder {name} in $CHEMDRIFT_FIELDS, inputs/fields or ../shared/data/fields")
