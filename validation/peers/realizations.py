#!/usr/bin/env python3
"""The four realisations of OceanParcels' notebook, whole jobs from the shell to the closed files: realizations.md.

Wall seconds, medians over the rounds, in which the jobs take turns. chemdrift runs `inputs/brownian_realizations.yaml`;
OceanParcels 3.1.4 (JIT) the same particles, steps and daily positions, with Dask on two processes or one after the other.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))
import common  # noqa: E402
import netCDF4  # noqa: E402

WORK = ROOT / "out" / "peers" / "realizations"
PROGRAM = ROOT / "target" / "release" / "chemdrift"
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
OURS = [PROGRAM, "run", ROOT / "inputs" / "brownian_realizations.yaml", "--overwrite", "-o", WORK / "ours.nc"]
THEIRS = [ROOT / ".venv-parcels" / "bin" / "python", HERE / "realizations_side.py", WORK / "theirs"]
JOBS = {
    "chemdrift, 2 ranks": ["mpirun", "-n", "2", *OURS],
    "chemdrift, 1 process": OURS,
    "OceanParcels with Dask, 2 processes": [*THEIRS, "dask"],
    "OceanParcels, one after the other": [*THEIRS, "serial"],
}


def once(name):
    """Wall seconds, and what the job says of itself."""
    shutil.rmtree(WORK / "theirs", ignore_errors=True)
    start = time.perf_counter()
    done = subprocess.run([str(word) for word in JOBS[name]], capture_output=True, text=True, env=ENVIRONMENT, cwd=ROOT)
    wall = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{name}: {done.stderr[-2000:]}")
    told = {} if "chemdrift" in name else json.loads(done.stdout.splitlines()[-1])
    return {"wall": wall, **told}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    WORK.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()[0]
    found = {name: [] for name in JOBS}
    for _ in range(rounds):
        for name in JOBS:
            found[name].append(once(name))
    wall = {name: statistics.median(turn["wall"] for turn in turns) for name, turns in found.items()}
    with netCDF4.Dataset(WORK / "ours.nc") as file:
        ours = file["lat"][:, :, -1].var(axis=1).tolist()
    theirs = found["OceanParcels with Dask, 2 processes"][-1]["variance"]
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout.strip()
    lines = ["# Four realisations of Brownian motion, whole jobs", "", (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(), "",
             f"{version}; OceanParcels 3.1.4; {common.processor()}, {os.cpu_count()} cores; load {load:.1f} at the start, "
             f"{os.getloadavg()[0]:.1f} at the end; {time.strftime('%Y-%m-%d')}; {rounds} rounds.", "",
             "| job | wall s | against chemdrift on as many cores | of which |", "|---|---|---|---|"]
    for name, seconds in wall.items():
        same = "chemdrift, 2 ranks" if "2" in name else "chemdrift, 1 process"
        ratio = "" if "chemdrift" in name else f"{seconds / wall[same]:.1f} ×"
        parts = found[name][0].keys() - {"wall", "variance"}
        of_which = ", ".join(f"{part} {statistics.median(turn[part] for turn in found[name]):.1f}" for part in sorted(parts))
        lines.append(f"| {name} | {seconds:.2f} | {ratio} | {of_which} |")
    shown = [", ".join(f"{value:.4f}" for value in values) for values in (ours, theirs)]
    lines += ["", f"Variance of latitude after ten days, square degrees: chemdrift {shown[0]}; OceanParcels {shown[1]} "
              f"(2 K t is {2 * 100 * 864000 / (1852 * 60) ** 2:.4f})."]
    (HERE / "realizations.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
