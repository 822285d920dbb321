#!/usr/bin/env python3
"""chemdrift and OceanParcels, 3.1.4 (JIT) and 4.0.2 (NumPy), on this machine, one core, taking turns: particles.md and particles.json.

Processor seconds, medians over the rounds. Of Parcels only `execute` counts: import, reading the fields, and compiling
the kernel stand apart. Of chemdrift the whole process counts, from the shell to the closed file; beside it stands the
ratio with its kernels alone, which is what `execute` is.
"""
import argparse
import hashlib
import json
import os
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "inputs"), str(HERE.parent)]

import netCDF4  # noqa: E402
import numpy as np  # noqa: E402
import yaml  # noqa: E402

import make_gyre  # noqa: E402
import common  # noqa: E402

WORK = ROOT / "out" / "peers" / "particles"
PARCELS = ROOT / ".venv-parcels" / "bin" / "python"
PARCELS4 = ROOT / ".venv-parcels4" / "bin" / "python"
PROGRAM = Path(os.environ.get("CHEMDRIFT", ROOT / "target" / "release" / "chemdrift")).resolve()
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
COUNT, MANY, STEP = 100_000, 1_000_000, 3600.0
CASES = {  # name: (title, days)
    "brownian": ("Brownian motion on the sphere, 1e5 particles, 10 days, 1 h", 10),
    "rk4": ("RK4, gyre of 200 × 200 × 31, 1e5 particles, 10 days, 1 h", 10),
    "cgrid": ("RK4, the gyre on a curvilinear C-grid, 1e5 particles, 10 days, 1 h", 10),
    "rk4_3d": ("RK4 3-D, gyre of 200 × 200 × 20 levels × 11, 1e5 particles, 5 days, 1 h", 5),
    "m1": ("Milstein, gyre with varying diffusivity, 1e5 particles, 5 days, 1 h", 5),
    "em": ("Euler-Maruyama, the same", 5),
    "large": ("RK4, 1e6 particles, two snapshots of 4500 × 4500 (324 MB), 1 day, 1 h", 1),
}
RANDOM = ("brownian", "m1", "em")
# Days that Parcels 4 runs; its rate does not depend on them.
DAYS4 = {"brownian": 2, "rk4": 0.5, "rk4_3d": 0.25, "m1": 0.5, "em": 0.5}


def create(path, axes, variables):
    """A NetCDF-4 file."""
    with netCDF4.Dataset(path, "w") as file:
        for name, (values, unit, axis) in axes.items():
            file.createDimension(name, len(values))
            if unit:
                variable = file.createVariable(name, "f8", (name,))
                variable[:], variable.units, variable.axis = values, unit, axis
                if name == "depth":
                    variable.positive = "down"
        for name, (values, dimensions, unit) in variables.items():
            variable = file.createVariable(name, "f8" if name[0] == "g" else "f4", dimensions)
            variable[:] = np.broadcast_to(values, variable.shape)
            variable.units = unit


def prepare():
    """Fields and releases that both programs read, and the decks."""
    WORK.mkdir(parents=True, exist_ok=True)
    # As long as this file stays the same.
    stamp, now = WORK / "prepared", hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == now:
        return
    nx = ny = 200
    lon, lat, days = np.linspace(0, 20, nx), np.linspace(30, 40, ny), make_gyre.DAY * np.arange(31)
    u, v = make_gyre.velocity(lon, lat[:, None], days[:, None, None], (0, 20, 30, 40), 0.5)
    kh = 100 + 50 * np.sin(2 * np.pi * (lat[:, None] - 30) / 10) * np.sin(2 * np.pi * lon / 20)
    time_axis, horizontal = (days, "seconds since 2000-01-01", "T"), {"lat": (lat, "degrees_north", "Y"), "lon": (lon, "degrees_east", "X")}
    plane = ("time", "lat", "lon")
    create(WORK / "gyre.nc", {"time": time_axis, **horizontal},
           {"u": (u, plane, "m s-1"), "v": (v, plane, "m s-1"), "kh": (kh, plane, "m2 s-1")})
    depth, few = np.linspace(0, 1000, 20), slice(0, 11)
    profile = np.exp(-depth / 500)[:, None, None]
    stretched = 1e-4 * np.sin(np.pi * depth / 1000)[:, None, None] * np.cos(np.pi * (lat[:, None] - 35) / 10) * np.sin(np.pi * lon / 20)
    space = ("time", "depth", "lat", "lon")
    create(WORK / "gyre3d.nc", {"time": (days[few], *time_axis[1:]), "depth": (depth, "m", "Z"), **horizontal},
           {"u": (u[few, None] * profile, space, "m s-1"), "v": (v[few, None] * profile, space, "m s-1"), "w": (stretched, space, "m s-1")})
    # Corners on lines that are bent a little; U on eastern and V on northern faces, with NEMO's indices.
    x, y = np.meshgrid(lon, lat)
    bent_x, bent_y = x + 0.2 * np.sin(np.pi * (y - 30) / 10), y + 0.1 * np.sin(np.pi * x / 20)
    create(WORK / "coordinates.nc", {"y": (lat, None, None), "x": (lon, None, None)},
           {"glamf": (bent_x, ("y", "x"), "degrees_east"), "gphif": (bent_y, ("y", "x"), "degrees_north")})
    create(WORK / "faces.nc", {"time": time_axis, "y": (lat, None, None), "x": (lon, None, None)},
           {"u": (u, ("time", "y", "x"), "m s-1"), "v": (v, ("time", "y", "x"), "m s-1")})

    if not (WORK / "wide.nc").exists():
        lon, lat, ends = np.linspace(0, 20, 4500), np.linspace(30, 40, 4500), days[:2]
        u, v = make_gyre.velocity(lon, lat[:, None], ends[:, None, None], (0, 20, 30, 40), 0.5)
        axes = {"time": (ends, *time_axis[1:]), "lat": (lat, "degrees_north", "Y"), "lon": (lon, "degrees_east", "X")}
        create(WORK / "wide.nc", axes, {"u": (u, plane, "m s-1"), "v": (v, plane, "m s-1")})

    draw = np.random.default_rng(1)
    start = np.stack([draw.uniform(1, 19, COUNT), draw.uniform(31, 39, COUNT)], axis=1)
    releases = {"origin": ("lon,lat", np.zeros((COUNT, 2))), "box": ("lon,lat", start),
                "deep": ("lon,lat,depth", np.column_stack([start, np.full(COUNT, 400.0)])),
                "many": ("lon,lat", np.stack([draw.uniform(1, 19, MANY), draw.uniform(31, 39, MANY)], axis=1))}
    for name, (head, rows) in releases.items():
        np.savetxt(WORK / f"{name}.csv", rows, delimiter=",", header=head, comments="", fmt="%.17g")
    entry = lambda file, name: {"file": str(WORK / file), "variable": name}  # noqa: E731
    flow = {"U": entry("gyre.nc", "u"), "V": entry("gyre.nc", "v")}
    kh = {"constant": "100 m2 s-1"}
    nodes = {"dimensions": {"lon": "glamf", "lat": "gphif", "time": "time"}}
    setups = {
        "brownian": ({"Kh": kh}, "diffusion_uniform", "origin"),
        "rk4": (flow, "advection_rk4", "box"),
        "cgrid": ({"grid": "c", "coordinates": str(WORK / "coordinates.nc"), "U": entry("faces.nc", "u") | nodes, "V": entry("faces.nc", "v") | nodes},
                  "advection_rk4", "box"),
        "rk4_3d": ({n: entry("gyre3d.nc", n.lower()) for n in "UVW"}, "advection_rk4_3d", "deep"),
        "m1": (flow | {"Kh": entry("gyre.nc", "kh")}, "advection_diffusion_m1", "box"),
        "em": (flow | {"Kh": entry("gyre.nc", "kh")}, "advection_diffusion_em", "box"),
        "large": ({"U": entry("wide.nc", "u"), "V": entry("wide.nc", "v")}, "advection_rk4", "many"),
    }
    for name, (fields, kernel, release) in setups.items():
        days = CASES[name][1]
        path = str(WORK / f"{release}.csv")
        (WORK / f"{name}.json").write_text(json.dumps({"release": path, "days": days, "step": STEP}))
        place = {"at": [0, 0]} if release == "origin" else {"file": path}
        deck = {"title": CASES[name][0], "fields": {"mesh": "spherical", **fields},
                "particles": {"count": len(releases[release][1]), "release": place, "seed": 12345, "kernels": [kernel]},
                "time": {"step": "1 h", "end": f"{days} days"},
                "output": {"file": f"{name}.nc", "streams": [{"at": ["0 s", f"{days} days"], "variables": ["lon", "lat"]}]}}
        (WORK / f"{name}.yaml").write_text(yaml.safe_dump(deck, sort_keys=False))
    stamp.write_text(now)


def processor(usage):
    return usage.ru_utime + usage.ru_stime


def chemdrift(deck, output, *options):
    """(processor seconds, wall seconds, the program's own timing) of the whole job."""
    Path(output).unlink(missing_ok=True)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([PROGRAM, "run", deck, "-o", output, "--overwrite", *options], capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode:
        raise RuntimeError(f"chemdrift run {deck}: {done.stderr[-2000:]}")
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    with netCDF4.Dataset(output) as file:
        timing = json.loads(getattr(file, "timing", "{}"))
    return processor(after) - processor(before), wall, timing


def parcels(name, *options):
    """What parcels_side.py says, and the wall seconds of its whole process."""
    shutil.rmtree(WORK / "parcels.zarr", ignore_errors=True)
    began = time.perf_counter()
    done = subprocess.run([PARCELS, HERE / "parcels_side.py", name, WORK, *options], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"parcels_side.py {name}: {done.stderr[-2000:]}")
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "job": time.perf_counter() - began}


def difference(name):
    """Median and 99th percentile of the distance between the ends of both programs, degrees; None for random cases."""
    if name in RANDOM:
        return None
    ids, lon, lat = np.load(WORK / f"{name}_parcels.npy")
    with netCDF4.Dataset(WORK / f"{name}.nc") as file:
        end = []
        for variable in ("lon", "lat"):
            values = np.ma.filled(file[variable][:].astype(float), np.nan)
            end.append(values[:, -1] if file[variable].dimensions[-1] == "time" else values[-1])
    distance = np.hypot(end[0][ids.astype(int)] - lon, end[1][ids.astype(int)] - lat)
    return [float(np.nanmedian(distance)), float(np.nanpercentile(distance, 99)), int(np.isfinite(end[0]).sum())]


def parcels4(name):
    """What parcels4_side.py says."""
    done = subprocess.run([PARCELS4, HERE / "parcels4_side.py", name, WORK, str(DAYS4[name])], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"parcels4_side.py {name}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(name, rounds, ours_only):
    ours, theirs, fours = [], [], []
    for _ in range(rounds):
        ours.append(chemdrift(WORK / f"{name}.yaml", WORK / f"{name}.nc"))
        if not ours_only:
            theirs.append(parcels(name))
            if name in DAYS4 and PARCELS4.exists():
                fours.append(parcels4(name))
    steps = (MANY if name == "large" else COUNT) * CASES[name][1] * 86400 / STEP
    result = {"steps": steps, "processor": statistics.median(o[0] for o in ours), "wall": statistics.median(o[1] for o in ours),
              "kernel": statistics.median(o[2]["kernel_cpu_s"] for o in ours), "timing": ours[-1][2]}
    if fours:
        rate = statistics.median(f["steps"] / f["processor"] for f in fours)
        result["parcels4"] = {"steps a second": rate, "import": statistics.median(f["import"] for f in fours), "version": fours[-1]["version"],
                              "days": DAYS4[name]}
    if theirs:
        result["parcels"] = {key: statistics.median(t[key] for t in theirs) for key in ("processor", "wall", "compile", "import", "build", "memory", "left")}
        result["versions"] = [theirs[-1][key] for key in ("version", "python", "numpy")]
        result["difference"] = difference(name)
    return result


def whole_job(rounds):
    """Wall seconds from the shell for the notebook's job with daily positions in a file."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(chemdrift(ROOT / "inputs" / "brownian.yaml", WORK / "job.nc")[1])
        theirs.append(parcels("brownian", "--output")["job"])
    return {"wall": statistics.median(ours), "parcels": statistics.median(theirs)}


EVERYWHERE = os.sched_getaffinity(0)
# Decks, and whether a thread writes; the first one is without output.
HOURLY = {"month/never": "no output", "hourly_single/always": "32 bits, written by a thread on a second core", "hourly/always": "64 bits, written by a thread on a second core",
          "hourly_single/never": "32 bits, written between steps", "hourly/never": "64 bits, written between steps"}


def alone(rounds):
    """What only concerns chemdrift: memory of a million particles on two ranks, and what hourly output costs."""
    deck = yaml.safe_load((WORK / "rk4.yaml").read_text())
    deck["particles"] |= {"count": 1_000_000, "release": {"box": [1, 19, 31, 39]}}
    deck["time"]["end"] = "12 h"
    deck["output"]["streams"][0]["at"] = ["0 s", "12 h"]
    (WORK / "million.yaml").write_text(yaml.safe_dump(deck))
    command = ["mpirun", "-n", "2", "--oversubscribe", PROGRAM, "run", WORK / "million.yaml", "-o", WORK / "million.nc", "--overwrite"]
    run = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    peak = {}
    while run.poll() is None:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "comm").read_text().strip() == PROGRAM.name[:15]:
                    line = next(x for x in (process / "status").read_text().splitlines() if x.startswith("VmHWM"))
                    peak[process.name] = int(line.split()[1]) / 1024
            except (OSError, StopIteration):
                pass  # it has just ended
        time.sleep(0.05)
    if run.returncode:
        raise RuntimeError("a million particles on two ranks failed")
    month = yaml.safe_load((WORK / "rk4.yaml").read_text())
    month["time"]["end"] = "30 days"
    month["output"]["streams"] = [{"at": ["0 s", "30 days"], "variables": ["lon", "lat"]}]
    (WORK / "month.yaml").write_text(yaml.safe_dump(month))
    month["output"]["streams"] = [{"every": "1 h", "variables": ["lon", "lat"]}]
    (WORK / "hourly.yaml").write_text(yaml.safe_dump(month))
    month["output"]["precision"] = "single"
    (WORK / "hourly_single.yaml").write_text(yaml.safe_dump(month))
    times = {name: [] for name in HOURLY}
    for _ in range(rounds):
        for name, list_ in times.items():
            deck, thread = name.split("/")
            # A thread needs a processor to itself; everything else has one core.
            os.sched_setaffinity(0, EVERYWHERE if thread == "always" else {max(EVERYWHERE)})
            list_.append(chemdrift(WORK / f"{deck}.yaml", WORK / f"{deck}.nc", "--writer-thread", thread)[:2])
    os.sched_setaffinity(0, {max(EVERYWHERE)})
    size = (WORK / "hourly.nc").stat().st_size / 1e6
    for name in ("hourly", "hourly_single"):
        (WORK / f"{name}.nc").unlink()
    plain = times["month/never"]
    medians = {name: [statistics.median(t[i] for t in list_) for i in (0, 1)] for name, list_ in times.items()}
    # The machine is faster in one minute than in the next, so that each round has its own ratios.
    ratios = {name: [statistics.median(t[i] / p[i] for t, p in zip(list_, plain)) for i in (0, 1)] for name, list_ in times.items()}
    return {"memory of 1e6 particles, 2 ranks, MB": sum(peak.values()), "processor and wall seconds": medians,
            "over those without output": ratios, "hourly file, MB": size}


def machine():
    return f"{common.processor()}, {os.cpu_count()} cores"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--case", action="append", choices=list(CASES))
    parser.add_argument("--alone", action="store_true", help="only what concerns chemdrift alone, besides")
    parser.add_argument("--ours-only", action="store_true", help="do not run Parcels; print, write nothing")
    arguments = parser.parse_args()
    prepare()
    load = [os.getloadavg()[0]]
    os.sched_setaffinity(0, {max(EVERYWHERE)})
    kept = HERE / "particles.json"
    # What is not measured now keeps what was found before, and when and under what load.
    results = json.loads(kept.read_text()) if kept.exists() else {"cases": {}}
    for name in [] if arguments.alone else arguments.case or CASES:
        load = os.getloadavg()[0]
        found = measure(name, arguments.rounds, arguments.ours_only)
        print(name, json.dumps(found), flush=True)
        if not arguments.ours_only:
            results["cases"][name] = {**found, "about": about(load, arguments.rounds)}
            kept.write_text(json.dumps(results, indent=1) + "\n")
    if arguments.ours_only:
        return
    if not arguments.case:
        load = os.getloadavg()[0]
        results["alone"] = alone(arguments.rounds)
        if not arguments.alone:
            results["job"] = whole_job(arguments.rounds)
        results["alone"]["about"] = about(load, arguments.rounds)
        kept.write_text(json.dumps(results, indent=1) + "\n")
    write(results)


def about(load, rounds):
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout.strip()
    return f"{version}, {machine()}, load {load:.1f} to {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}, {rounds} rounds"


def write(results):
    """particles.md."""
    cases, job, own = results["cases"], results["job"], results["alone"]
    lines = ["# chemdrift and OceanParcels on one machine", "", (__doc__ or "").strip().split("\n\n")[1].replace("\n", " "), ""]
    versions = next(iter(cases.values()))["versions"]
    fours = {r["parcels4"]["version"] for r in cases.values() if "parcels4" in r}
    lines += [f"- OceanParcels {versions[0]} (JIT){''.join(f' and {v} (NumPy)' for v in fours)}; Python {versions[1]}, NumPy {versions[2]}",
              f"- `{shlex.join(['validation/peers/particles.py', *sys.argv[1:]])}`",
              "- a step is one particle moved by one step of the run; millions of them per processor second", "",
              "| case | chemdrift, M steps/s | its kernels alone | Parcels 3, M steps/s | ratio | kernels alone | Parcels 4, M steps/s | ratio |"
              " Parcels 3 besides: import, fields, compiling, s | ends apart: median, 99 %, degrees |", "|---|---|---|---|---|---|---|---|---|---|"]
    for name in (n for n in CASES if n in cases):
        r = cases[name]
        p, m = r["parcels"], r["steps"] / 1e6
        apart = "random" if r["difference"] is None else f"{r['difference'][0]:.1e}, {r['difference'][1]:.1e}"
        four = "| | " if "parcels4" not in r else f"| {r['parcels4']['steps a second'] / 1e6:.2f} | {m * 1e6 / r['processor'] / r['parcels4']['steps a second']:.0f} × "
        lines.append(f"| {CASES[name][0]} | {m / r['processor']:.1f} | {m / r['kernel']:.1f} | {m / p['processor']:.2f} |"
                     f" **{p['processor'] / r['processor']:.1f} ×** | {p['processor'] / r['kernel']:.1f} × {four}|"
                     f" {p['import']:.1f}, {p['build']:.1f}, {p['compile']:.1f} | {apart} |")
    lines += ["", "Measured with:", "", *(f"- {CASES[name][0]}: {cases[name]['about']}" for name in CASES if name in cases)]
    lines += ["", "Parcels keeps positions on these A-grids, coordinates and fields in f32, chemdrift keeps positions in f64: hence the distances of the ends.", "",
              "## The notebook's job from the shell: 1e5 particles, 10 days, daily positions in a file", "",
              f"chemdrift {job['wall']:.2f} s, Parcels {job['parcels']:.1f} s (import, compiling and zarr included): {job['parcels'] / job['wall']:.0f} ×.", "",
              "## chemdrift alone", "", own["about"] + ".", "",
              f"- A million particles on the gyre, 2 ranks: {own['memory of 1e6 particles, 2 ranks, MB']:.0f} MB resident in both together, at most."]
    times = own["processor and wall seconds"]
    ratios = own["over those without output"]
    lines += ["", f"RK4 on the gyre for 30 days, positions every hour ({own['hourly file, MB']:.0f} MB in 64 bits); medians, and medians of each round's ratio to the run without output:", "",
              "| output | by the clock, s | | processor time, s | |", "|---|---|---|---|---|"]
    lines += [f"| {told} | {times[name][1]:.2f} | {ratios[name][1]:.2f} | {times[name][0]:.2f} | {ratios[name][0]:.2f} |"
              for name, told in HOURLY.items()]
    (HERE / "particles.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
