"""Eddies uniform in space (Fabbroni 2009; Döös, Kjellsson & Jönsson 2013): stationary, moving, decaying, closed forms.

The gridded fields are snapshots every 60 s as in the tests of OceanParcels; linear interpolation between them leaves
some millimetres, (f h)^2 / 12 of the displacement, that no integrator can remove. OceanParcels 3.1.4 reaches the same
with f64 positions; with its default f32 positions rounding gives 12.0 and 10.2 mm for the moving eddy. With
`in_time: cubic` what is left is a 64th of it and the rounding of the fields to f32.
"""
import numpy as np

from common import Result
from particles import DAY, HOUR, currents, ends, run, write_fields

QUICK = True
F, U0, UG = 1e-4, 0.3, 0.04
GAMMA, GAMMA_G = 1 / (2.89 * DAY), 1 / (28.9 * DAY)
PEER = {"stationary_eddy": (0.0075, 0.0140), "moving_eddy": (0.0065, 0.0121), "decaying_eddy": (0.0055, 0.0120)}
# Of the peer's precisions the better one in each direction.
PEER_AT_ITS_BEST = {"stationary_eddy": (0.0075, 0.0140), "moving_eddy": (0.0065, 0.0102), "decaying_eddy": (0.0043, 0.0110)}
END = 6 * HOUR


def velocity(flow, t):
    if flow == "stationary_eddy":
        return U0 * np.cos(F * t), -U0 * np.sin(F * t)
    if flow == "moving_eddy":
        return UG + (U0 - UG) * np.cos(F * t), -(U0 - UG) * np.sin(F * t)
    swirl = (U0 - UG) * np.exp(-GAMMA * t)
    return UG * np.exp(-GAMMA_G * t) + swirl * np.cos(F * t), -swirl * np.sin(F * t)


def displacement(flow, t):
    s, c = np.sin(F * t), np.cos(F * t)
    if flow == "stationary_eddy":
        return U0 / F * s, -U0 / F * (1 - c)
    if flow == "moving_eddy":
        return UG * t + (U0 - UG) / F * s, -(U0 - UG) / F * (1 - c)
    r, q, e = (U0 - UG) * F / (F**2 + GAMMA**2), GAMMA / F, np.exp(-GAMMA * t)
    return UG / GAMMA_G * (1 - np.exp(-GAMMA_G * t)) + r * (q + e * (s - q * c)), -r * (1 - e * (c + q * s))


def errors(case, name, flow, fields, kernel, step="180 s"):
    particles = {"count": 10, "release": {"line": [[12_000, 12_500], [21_000, 12_500]]}, "kernels": [kernel]}
    if kernel == "advection_rk45":
        particles["rk45_tolerance"] = "1e-5 m"
    data = run(case, name, {"mesh": "flat", **fields}, particles, {"step": step, "end": "6 h"}, None)
    x, y = ends(data)
    dx, dy = displacement(flow, END)
    return abs(x - np.linspace(12_000, 21_000, 10) - dx).max(), abs(y - 12_500 - dy).max()


def check(case):
    time, axis = np.arange(0, END + 1, 60.0), np.linspace(0, 25_000, 11)
    for flow, accepted in PEER.items():
        u, v = velocity(flow, time)
        path = write_fields(case.work / f"{flow}_fields.nc", {"u": (u[:, None, None], "m s-1"), "v": (v[:, None, None], "m s-1")},
                            axis, axis, time)
        reached = errors(case, f"{flow}_grid", flow, currents(path), "advection_rk4")
        for direction, limit, value in zip("xy", accepted, reached):
            # Half a unit of the peer's last digit.
            yield Result(f"{case.name}/{flow}", f"snapshots, RK4, 180 s: error of {direction}, m", limit + 5e-5, value)
        reached = errors(case, f"{flow}_cubic", flow, {"in_time": "cubic", **currents(path)}, "advection_rk4")
        for direction, limit, value in zip("xy", PEER_AT_ITS_BEST[flow], reached):
            yield Result(f"{case.name}/{flow}", f"snapshots, cubic in time, RK4, 180 s: error of {direction}, m", limit, value)
        formula = {"U": {"analytic": flow}, "V": {"analytic": flow}}
        yield Result(f"{case.name}/{flow}", "formula, RK4, 180 s: error, m", 1e-5,
                     max(errors(case, f"{flow}_rk4", flow, formula, "advection_rk4")))
    yield Result(f"{case.name}/{flow}", "formula, RK45, 1e-5 m a step: error, m", 1e-2,
                 max(errors(case, f"{flow}_rk45", flow, formula, "advection_rk45")))
