"""Variables and rules of the deck: rates, sampled fields, distance, settling, deletion, against closed forms."""
import numpy as np

from common import Result, seconds
from particles import DAY, currents, run, track, write_fields

QUICK = True


def check(case):
    axis = np.linspace(-1e4, 1e6, 11)
    path = write_fields(case.work / "sea.nc", {"u": (0.3, "m s-1"), "v": (0.4, "m s-1"), "t": (5 + axis * 1e-5, "degC")}, axis, axis, [0, 30 * DAY])
    fields = {"mesh": "flat", **currents(path), "T": {"file": str(path), "variable": "t"}}
    names = ("lon", "lat", "depth", "age", "distance", "temperature", "biomass")
    particles = {
        "count": 2, "release": {"line": [[0, 0], [1000, 0]], "depth": "10 m"}, "kernels": ["advection_rk4"],
        "velocity": {"w": "1 mm s-1"},
        "variables": {"age": "s", "distance": "m", "temperature": {"sample": "T"}, "biomass": {"initial": 1.0, "rate": "0.1 /day * biomass"}}}
    data = run(case, "carry", fields, particles, {"step": "10 min", "end": "10 days"}, "1 day", names)
    age = seconds(data) - seconds(data)[0]
    x = track(data, "lon")
    for name, expected, limit in (("age", age + 0 * x, 1e-6), ("distance", np.hypot(0.5, 1e-3) * age + 0 * x, 0.05), ("temperature", 5 + x * 1e-5, 1e-5),
                                  ("depth", 10 + 1e-3 * age + 0 * x, 1e-6)):
        yield Result(case.name, f"{name}: largest error", limit, abs(track(data, name) - expected).max())
    # A rate is integrated with the step of the run: 1e-3 allows Euler's scheme.
    yield Result(case.name, "biomass, rate 0.1 /day, 10 days: relative error", 1e-3, abs(track(data, "biomass") / np.exp(0.1 * age / DAY) - 1).max())
    particles |= {"delete_when": "depth > 200"}
    data = run(case, "delete", fields, particles, {"step": "10 min", "end": "10 days"}, "1 h", names)
    age = seconds(data) - seconds(data)[0]
    there = np.isfinite(track(data, "lon")[0])
    # The step in which it passes 200 m is the last one.
    yield Result(case.name, "delete_when depth > 200: error of the last record, s", 3600.0, abs(age[there][-1] - 190e3))
    yield Result(case.name, "delete_when: deepest record, m", 200.6, np.nanmax(track(data, "depth")))
