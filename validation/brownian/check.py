"""Brownian motion: mean, variance 2 Kh t and kurtosis of the cloud in standard errors, flat and on the sphere.

The limits are three standard errors at each of ten outputs; what is drawn depends on the seed alone, so a case that
passes always passes.
"""
import numpy as np

from common import ROOT, Result, seconds
from particles import METRES_PER_DEGREE, in_standard_errors, run, track

QUICK = True
KH = 100.0


def worst(data, x_of, y_of):
    """Largest distance of mean, variance and kurtosis from theory over outputs and directions, in standard errors."""
    axis = seconds(data) - seconds(data)[0]
    x, y = x_of(track(data, "lon")), y_of(track(data, "lat"))
    found = [in_standard_errors(values[:, n], 0.0, 2 * KH * t) for n, t in enumerate(axis) if t > 0 for values in (x, y)]
    return np.max(found, axis=0)


def lines(case, name, data, x_of, y_of):
    for what, value in zip(("mean", "variance", "kurtosis"), worst(data, x_of, y_of)):
        yield Result(case.name, f"{name}: {what} at ten outputs, standard errors", 3.0, value)
    x, y = x_of(track(data, "lon"))[:, -1], y_of(track(data, "lat"))[:, -1]
    yield Result(case.name, f"{name}: correlation of x and y, standard errors", 3.0, abs(np.corrcoef(x, y)[0, 1]) * np.sqrt(len(x)))


def check(case):
    data = case.run(ROOT / "inputs" / "brownian.yaml")
    metres = lambda degrees: degrees * METRES_PER_DEGREE  # noqa: E731
    yield from lines(case, "sphere, 1e5 particles", data, metres, metres)
    # A step is no function of the steps before: displacements of two days are independent.
    lon = track(data, "lon")
    one, two = lon[:, 1] - lon[:, 0], lon[:, 2] - lon[:, 1]
    yield Result(case.name, "correlation of the first two days, standard errors", 3.0, abs(np.corrcoef(one, two)[0, 1]) * np.sqrt(len(one)))
    # Neighbouring ids draw independent numbers.
    yield Result(case.name, "correlation of neighbouring ids, standard errors", 3.0,
                 abs(np.corrcoef(lon[:-1, -1], lon[1:, -1])[0, 1]) * np.sqrt(len(lon)))

    fields = {"Kh": {"constant": "100 m2 s-1"}}
    particles = {"count": 20_000, "seed": 5, "kernels": ["diffusion_uniform"]}
    time = {"step": "1 h", "end": "10 days"}
    at = {"release": {"at": [0, 0]}}
    flat = run(case, "flat", {"mesh": "flat", **fields}, particles | at, time, "1 day")
    yield from lines(case, "flat, 2e4 particles", flat, lambda x: x, lambda y: y)
    north = run(case, "north", {"mesh": "spherical", **fields}, particles | {"release": {"at": [170, 60]}}, time, "1 day")
    yield from lines(case, "sphere at 60 N, 2e4 particles", north, lambda lon: (lon - 170) * METRES_PER_DEGREE * 0.5,
                     lambda lat: (lat - 60) * METRES_PER_DEGREE)

    # Unequal diffusivities: each axis has its own.
    unequal = {"mesh": "flat", "Kh_zonal": {"constant": "100 m2 s-1"}, "Kh_meridional": {"constant": "50 m2 s-1"}}
    data = run(case, "unequal", unequal, particles | at, time, None)
    y = track(data, "lat")[:, -1]
    yield Result(case.name, "Kh_meridional 50 m2 s-1: variance, standard errors", 3.0, in_standard_errors(y, 0, 2 * 50 * 864e3)[1])

    small = particles | {"count": 2000} | at
    clouds = {seed: track(run(case, f"seed_{seed}", {"mesh": "flat", **fields}, small | {"seed": seed}, time, None)) for seed in (0, 1, 2)}
    correlations = [abs(np.corrcoef(clouds[a][:, -1], clouds[b][:, -1])[0, 1]) * np.sqrt(2000) for a, b in ((0, 1), (0, 2), (1, 2))]
    yield Result(case.name, "seeds 0, 1, 2: correlation, standard errors", 3.0, max(correlations))
    hourly = run(case, "hourly", {"mesh": "flat", **fields}, small | {"seed": 1}, time, "1 h")
    odd = run(case, "every_7_h", {"mesh": "flat", **fields}, small | {"seed": 1}, time, "7 h")
    yield Result(case.name, "output every 1 h against at the end: difference, m", 0.0,
                 abs(track(hourly)[:, -1] - clouds[1][:, -1]).max())
    common = min(track(odd).shape[1], track(hourly)[:, ::7].shape[1]) - 1
    yield Result(case.name, "output every 7 h against every 1 h: difference, m", 0.0,
                 abs(track(odd)[:, :common] - track(hourly)[:, ::7][:, :common]).max())
