"""Diffusivity K = k0 + k1 x: mean, variance and third moment of the cloud have closed forms.

From d<g>/dt = <K' g' + K g''> with g = x, x2, x3 and all particles at x = 0: <x> = k1 t, variance 2 k0 t + k1^2 t^2,
third central moment 6 k0 k1 t^2 + 2 k1^3 t^3. Without the drift K' the mean would stay 0, 20 standard errors away.
"""
import numpy as np

from common import Result
from particles import DAY, ends, run, write_fields

QUICK = True
K0, K1, COUNT = 1000.0, 0.01, 100_000


def check(case):
    x, y = np.linspace(-90e3, 150e3, 13), np.linspace(-100e3, 100e3, 3)
    path = write_fields(case.work / "k.nc", {"k": (K0 + K1 * x, "m2 s-1"), "zero": (0, "m s-1")}, x, y, [0, 10 * DAY])
    kh = {"file": str(path), "variable": "k"}
    none = {"file": str(path), "variable": "zero"}
    mean, variance = K1 * DAY, 2 * K0 * DAY + (K1 * DAY) ** 2
    skewness = (6 * K0 * K1 * DAY**2 + 2 * (K1 * DAY) ** 3) / variance**1.5
    for kernel in ("advection_diffusion_em", "advection_diffusion_m1"):
        fields = {"mesh": "flat", "U": none, "V": none, "Kh_zonal": kh, "Kh_meridional": {"constant": "100 m2 s-1"}}
        data = run(case, kernel, fields, {"count": COUNT, "release": {"at": [0, 0]}, "seed": 3, "kernels": [kernel]},
                   {"step": "15 min", "end": "1 day"}, None)
        x, y = ends(data)
        z = (x - x.mean()) / x.std()
        fourth = np.mean(z**4)
        for name, value in (("mean", abs(x.mean() - mean) / np.sqrt(variance / COUNT)),
                            ("variance", abs(x.var() / variance - 1) / np.sqrt((fourth - 1) / COUNT)),
                            ("skewness", abs(np.mean(z**3) - skewness) / np.sqrt(6 / COUNT)),
                            ("mean across", abs(y.mean()) / np.sqrt(200 * DAY / COUNT))):
            yield Result(case.name, f"{kernel}: {name}, standard errors", 3.0, value)
