"""The same trajectories on 1, 2, 3 and 7 ranks, bit for bit."""
import shutil
import subprocess
import sys

import numpy as np

from common import ROOT, Case, Result, Skipped
from particles import run


def different(files):
    """Names of the variables that are not the same in all files, bit for bit."""
    first, *others = files
    return [name for name in first.variables for other in others if first[name].values.tobytes() != other[name].values.tobytes()]


def check(case):
    if not shutil.which("mpirun"):
        raise Skipped("no mpirun")
    cases = {ranks: Case(case.folder, case.program, ranks) for ranks in (None, 1, 2, 3, 7)}
    storm = str(ROOT / "inputs" / "fields" / "storm_winds")
    wind = {name: {"file": f"{storm}/{name}storm.cdf", "variable": name.lower(), "dimensions": {"time": "timestep"}, "every": "6 h"} for name in "UV"}
    fields = {"mesh": "spherical", **wind, "Kh": {"constant": "1e4 m2 s-1"}}
    particles = {"count": 1001, "release": {"box": [-105, -75, 28, 45], "repeat_every": "1 day"}, "seed": 9,
                 "kernels": ["advection_rk4", "diffusion_uniform"], "variables": {"age": "s", "distance": "m"}}
    time = {"start": "1996-01-05", "step": "30 min", "end": "3 days"}
    files = [run(own, f"ranks_{ranks or 'none'}", fields, particles, time, "6 h", ("lon", "lat", "age", "distance"))
             for ranks, own in cases.items()]
    yield Result(case.name, "winds, random walk, repeated releases: variables that differ, 0, 1, 2, 3, 7 ranks", 0, len(different(files)))
    yield Result(case.name, "particles without a finite position at the start", 0,
                 np.count_nonzero(~np.isfinite(files[0]["lon"].transpose("trajectory", "time").values[:1001, 0])))
    if not (ROOT / "inputs" / "fields" / "gyre.nc").exists():
        subprocess.run([sys.executable, ROOT / "inputs" / "make_gyre.py"], check=True, stdout=subprocess.DEVNULL)
    for name in ("brownian", "storm_winds", "gyre", "stommel"):
        deck = ROOT / "inputs" / f"{name}.yaml"
        files = [own.run(deck, "--particles", 29) for own in cases.values()]
        yield Result(case.name, f"inputs/{name}.yaml, 29 particles: variables that differ, 0, 1, 2, 3, 7 ranks", 0, len(different(files)))
    # The first particles of the whole are those of a part.
    part, whole = files[0], cases[None].run(deck)
    lon = [data["lon"].transpose("trajectory", "time").values[:29] for data in (part, whole)]
    yield Result(case.name, "inputs/stommel.yaml: 29 of 30 particles against all, bytes that differ", 0,
                 float(lon[0].shape != lon[1].shape or lon[0].tobytes() != lon[1].tobytes()))
