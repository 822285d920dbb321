"""The same trajectories on 1, 2, 3 and 7 ranks, bit for bit."""
import shutil

import numpy as np

from common import ROOT, Case, Result, Skipped
from particles import run


def check(case):
    if not shutil.which("mpirun"):
        raise Skipped("no mpirun")
    storm = str(ROOT / "inputs" / "fields" / "storm_winds")
    wind = {name: {"file": f"{storm}/{name}storm.cdf", "variable": name.lower(), "dimensions": {"time": "timestep"}, "every": "6 h"} for name in "UV"}
    fields = {"mesh": "spherical", **wind, "Kh": {"constant": "1e4 m2 s-1"}}
    particles = {"count": 1001, "release": {"box": [-105, -75, 28, 45], "repeat_every": "1 day"}, "seed": 9,
                 "kernels": ["advection_rk4", "diffusion_uniform"], "variables": {"age": "s", "distance": "m"}}
    files = []
    for ranks in (None, 1, 2, 3, 7):
        own = Case(case.folder, case.program, ranks)
        files.append(run(own, f"ranks_{ranks or 'none'}", fields, particles, {"start": "1996-01-05", "step": "30 min", "end": "3 days"}, "6 h",
                         ("lon", "lat", "age", "distance")))
    different = [name for name in files[0].variables for other in files[1:]
                 if files[0][name].values.tobytes() != other[name].values.tobytes()]
    yield Result(case.name, "variables that differ between 0, 1, 2, 3, 7 ranks", 0, len(different))
    yield Result(case.name, "particles without a finite position at the start", 0,
                 np.count_nonzero(~np.isfinite(files[0]["lon"].transpose("trajectory", "time").values[:1001, 0])))
