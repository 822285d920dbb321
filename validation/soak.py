"""Kills runs at random moments and compares what comes out in the end, bit for bit, with runs that nobody disturbed.

    .venv/bin/python validation/soak.py [--kills 50] [--seed 1] [--only NAME] [--together 1] [--folder FOLDER]
        [--program FILE]

Each case runs again and again with --restart, on a random number of ranks, until it has been killed as often as asked:
by SIGUSR1, SIGTERM or SIGKILL, on one rank, on all, or through the launcher. Whenever a run comes to its end its file
must equal the reference, and a new one begins. The result of all cases with 50 kills or more goes into
validation/soak.md; `make test` runs a short version.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import netCDF4

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "out" / "soak"
RUN_ME_AGAIN = 85
# HDF5 serves one thread at a time.
READING = threading.Lock()
PATIENCE = 900

TS1 = """
title: MOZART-TS1, killed again and again
chemistry:
  mechanism: {root}/inputs/mechanisms/ts1/mechanism.json
  initial: {root}/inputs/mechanisms/ts1/initial.csv
cells:
  count: 100
  sample:
    method: latin-hypercube
    seed: 42
    over: {{temperature: {{around: {{relative: 10 %}}}}, rate.PHOTO.*: {{around: {{relative: 20 %}}}}}}
time: {{step: 60 s, end: 6 h}}
output:
  file: run.nc
  compression: {compression}
  streams:
    - {{every: 2 min, variables: all}}
    - {{every: 1 h, variables: [solver.steps, solver.rejected, solver.step_size]}}
checkpoint: {{every: 300 ms wall}}
"""

WALK = """
title: Random walks and ageing particles, killed again and again
fields: {{mesh: spherical, Kh: {{constant: 1000 m2 s-1}}, U: {{constant: 0.5 m s-1}}, V: {{constant: 0.1 m s-1}}}}
particles:
  count: 20_000
  release: {{box: [-20, 20, -20, 20]}}
  seed: 12345
  kernels: [advection_rk4, diffusion_uniform]
  variables: {{age: s, distance: m}}
  delete_when: "uniform() < 0.0002"
time: {{start: 2020-01-01, step: 10 min, end: 10 days}}
output:
  file: run.nc
  compression: {compression}
  streams:
    - {{every: 2 h, variables: [lon, lat, age]}}
    - {{every: 1 day, variables: [distance, status]}}
checkpoint: {{every: 300 ms wall}}
"""

# Compressed chunks move when they become longer, which is harder to undo.
CASES = {
    "ts1": TS1.format(root=ROOT, compression="none"),
    "ts1-deflate": TS1.format(root=ROOT, compression="deflate 1"),
    "particles": WALK.format(compression="none"),
    "particles-deflate": WALK.format(compression="deflate 1"),
}


def environment():
    """OpenMPI's words for containers and small machines; other launchers ignore them."""
    words = {
        "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_mpi_yield_when_idle": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_hwloc_base_binding_policy": "none",
    }
    return {**os.environ, **words}


def start(program, deck, ranks, *options):
    command = ["mpirun", "-n", str(ranks), str(program), "run", str(deck), *options]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment())


def ranks_of(job):
    """The process ids of the ranks, which are children of the launcher."""
    try:
        return [int(pid) for pid in Path(f"/proc/{job.pid}/task/{job.pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def disturb(job, dice):
    """Sends a random signal to a random part of the job and tells which."""
    name = dice.choice(["SIGUSR1", "SIGTERM", "SIGKILL", "SIGKILL"])
    target = dice.choice(["one rank", "all ranks", "the launcher"])
    ranks = ranks_of(job)
    victims = {"one rank": ranks and [dice.choice(ranks)], "all ranks": ranks, "the launcher": [job.pid]}[target]
    if name == "SIGKILL" and target == "the launcher":
        victims = [job.pid, *ranks]
    for victim in victims:
        try:
            os.kill(victim, getattr(signal, name))
        except ProcessLookupError:
            pass
    return f"{name} to {target}"


def differences(left, right):
    """Names of what differs between two files: dimensions, variables, values by their bits."""
    with READING, netCDF4.Dataset(left) as a, netCDF4.Dataset(right) as b:
        wrong = [name for name in a.dimensions if len(a.dimensions[name]) != len(b.dimensions[name])]
        wrong += sorted(set(a.variables) ^ set(b.variables))
        for name in set(a.variables) & set(b.variables):
            a[name].set_auto_maskandscale(False)
            b[name].set_auto_maskandscale(False)
            if a[name][...].tobytes() != b[name][...].tobytes():
                wrong.append(name)
        return wrong


def soak(name, kills, work, program, dice):
    """Kills a case so many times; returns a row of the table."""
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    deck = folder / "deck.yaml"
    deck.write_text(CASES[name])
    reference, output = folder / "reference.nc", folder / "run.nc"
    begun = time.monotonic()
    job = start(program, deck, 2, "-o", str(reference))
    _, told = job.communicate(timeout=PATIENCE)
    if job.returncode != 0:
        raise RuntimeError(f"{name}: the reference ended with {job.returncode}:\n{told}")
    whole = time.monotonic() - begun
    done, compared, restarts, statuses, checked = 0, 0, 0, {}, False
    while done < kills or not checked:
        ranks = dice.choice([1, 2, 2, 3, 4])
        job = start(program, deck, ranks, "--restart")
        did = None
        try:
            # Some moments before the first step, most after it.
            job.wait(timeout=dice.uniform(0.3, 1.0 + 0.2 * whole) if done < kills else PATIENCE)
        except subprocess.TimeoutExpired:
            if done >= kills:
                raise RuntimeError(f"{name}: the last life hangs") from None
            did = disturb(job, dice)
            done, checked = done + 1, False
        try:
            _, told = job.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{name}: the job hangs after {did}") from None
        restarts += "continues after step" in told
        key = f"{did or 'undisturbed'}: {job.returncode}"
        statuses[key] = statuses.get(key, 0) + 1
        if did is None and job.returncode not in (0, RUN_ME_AGAIN) or "bug in chemdrift" in told:
            raise RuntimeError(f"{name}: ended with {job.returncode} after {did}:\n{told}")
        print(f"{name}: {done:3d} kills, {ranks} ranks, {did or 'undisturbed'}: status {job.returncode}", flush=True)
        if output.exists():
            wrong = differences(reference, output)
            if wrong:
                raise RuntimeError(f"{name}: {wrong} differ after {done} kills")
            compared, checked = compared + 1, True
            output.unlink()
            shutil.rmtree(folder / "run.nc.run", ignore_errors=True)
    shutil.rmtree(folder)
    return name, done, restarts, compared, statuses


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=CASES, action="append")
    parser.add_argument("--together", type=int, default=1, help="so many cases at the same time")
    parser.add_argument("--folder", type=Path, default=WORK, help="where the runs write")
    parser.add_argument("--program", type=Path, default=ROOT / "target" / "release" / "chemdrift")
    asked = parser.parse_args()
    begun = time.monotonic()
    with ThreadPoolExecutor(asked.together) as pool:
        jobs = [pool.submit(soak, name, asked.kills, asked.folder, asked.program, random.Random(asked.seed))
                for name in asked.only or CASES]
        rows = [job.result() for job in jobs]
    version = subprocess.run([asked.program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    told = f"{version}, {time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {(time.monotonic() - begun) / 60:.0f} minutes"
    lines = ["# Soak: runs killed at random moments", "",
             f"Made by `validation/soak.py --kills {asked.kills} --seed {asked.seed}`: {told}.", "", "| case | kills | lives that continued from a checkpoint | finished files, all equal bit for bit |",
             "|---|---|---|---|"]
    lines += [f"| {name} | {done} | {restarts} | {compared} |" for name, done, restarts, compared, _ in rows]
    lines += ["", "What was done to the jobs, and how often they ended with which status:", ""]
    for name, *_, statuses in rows:
        lines += [f"- {name}: " + ", ".join(f"{what} ({count})" for what, count in sorted(statuses.items()))]
    if not asked.only and asked.kills >= 50:
        (ROOT / "validation" / "soak.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
