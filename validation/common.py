"""What the cases share: running chemdrift, reading its output, norms."""
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE / "reference"))

# 1e6 molecules cm-3 in mol m-3: below this a species has no influence and its relative error no meaning.
TRACE = 1.66e-12


def processor():
    """What the system calls the processor."""
    return next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")


@dataclass
class Result:
    """One line of the table: `reached` must not exceed `tolerance`."""

    name: str
    norm: str
    tolerance: float
    reached: float

    @property
    def passed(self):
        # A reached value that is no number is a failure.
        return bool(self.reached <= self.tolerance)


class Skipped(Exception):
    """A case that cannot run here, and why."""


class Case:
    """A folder with a check.py; runs decks into out/validation."""

    def __init__(self, folder, program, ranks=None):
        self.folder, self.name = folder, folder.name
        self.program, self.ranks = program, ranks
        self.work = ROOT / "out" / "validation" / self.name
        self.work.mkdir(parents=True, exist_ok=True)

    def run(self, deck, *arguments):
        """Runs a deck and opens its output."""
        deck = Path(deck)
        output = self.work / (deck.stem + ".nc")
        output.unlink(missing_ok=True)
        command = [str(self.program), "run", str(deck), "-o", str(output), "--overwrite", *map(str, arguments)]
        if self.ranks:
            command = ["mpirun", "-n", str(self.ranks), "--oversubscribe", *command]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.work, env=environment())
        if done.returncode != 0:
            lines = (done.stderr + done.stdout).strip().splitlines()
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n  " + "\n  ".join(lines[-15:]))
        return open_output(output)


def environment():
    """The environment for mpirun: OpenMPI refuses to run as root, which is all there is in many containers."""
    allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"} if os.geteuid() == 0 else {}
    return {**os.environ, **allowed}


def open_output(path):
    with xr.open_dataset(path, decode_times=False) as data:
        return data.load()


def variable_name(name):
    """A deck name as the file has it."""
    return re.sub(r"[^0-9A-Za-z_]", "_", name)


def seconds(data):
    """The time axis in s."""
    unit = data["time"].attrs.get("units", "s").split(" since ")[0].strip()
    scale = {"s": 1, "sec": 1, "second": 1, "seconds": 1, "min": 60, "minutes": 60, "h": 3600, "hours": 3600,
             "d": 86400, "days": 86400}[unit]
    return data["time"].values * scale


def at_time(data, species, time):
    """(cell, species) concentrations at a time of the file."""
    axis = seconds(data)
    record = int(np.argmin(abs(axis - time)))
    if abs(axis[record] - time) > 1e-9 * max(time, 1.0):
        raise ValueError(f"the file has no time {time} s")
    return np.stack([data[variable_name(s)].values[record] for s in species], axis=-1)


def relative_error(values, expected, floor=0.0):
    """|values - expected| / expected where expected > floor, as a flat array."""
    values, expected = np.asarray(values, float), np.asarray(expected, float)
    counted = abs(expected) > floor
    return abs(values[counted] - expected[counted]) / abs(expected[counted])


def rms(errors):
    return float(np.sqrt(np.mean(np.square(errors))))


def worst(errors):
    return float(np.max(errors))


def ill_cells(data):
    """How many cells ended with another status than converged."""
    names = [n for n in data.data_vars if n == "status" or n.startswith("status_")]
    if not names:
        raise ValueError("the file has no status")
    return sum(int(np.count_nonzero(data[n].values[..., :] != 0)) for n in names)


def parameters_of(data, mechanism):
    """{rate parameter: values over cells} as the file has them; those it does not have are 0."""
    named = {}
    for reaction, *_ in mechanism.reactions:
        for name in parameter_names(reaction):
            variable = variable_name("rate_" + re.sub(r" \[.*\]$", "", name))
            if variable in data:
                named[name] = data[variable].values
    return named


def inputs_of(data, cell, mechanism):
    """(temperature, pressure, parameters, initial) of a cell."""
    parameters = {name: values[cell] for name, values in parameters_of(data, mechanism).items()}
    initial = at_time(data, mechanism.species, 0.0)[cell]
    return data["temperature"].values[cell], data["pressure"].values[cell], parameters, initial


def parameter_names(reaction):
    from kinetics import PARAMETER_PREFIX

    if reaction["type"] in PARAMETER_PREFIX:
        return [PARAMETER_PREFIX[reaction["type"]] + reaction["name"]]
    if reaction["type"] == "SURFACE":
        prefix = f"SURF.{reaction['name']}."
        return [prefix + "effective radius [m]", prefix + "particle number concentration [# m-3]"]
    return []


def program_path():
    return Path(os.environ.get("CHEMDRIFT", ROOT / "target" / "release" / "chemdrift")).resolve()
