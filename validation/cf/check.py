"""The output file keeps the CF conventions it names, and opens in xarray without options."""
import json
import subprocess
import sys
from pathlib import Path

import xarray as xr
import yaml

from common import ROOT, Result

QUICK = True
# The checker wants dates on any dimension called `time`; CF itself does not, and a run without a date has none.
WITHOUT_DATE = "Coordinate variable 'time' should have standard_name='time'"


def check(case):
    yield complaints(case, ROOT / "inputs" / "abc_lhs.yaml", ["--cells", 50, "--steps", 10], accepted=WITHOUT_DATE)
    yield complaints(case, dated_deck(case), ["--steps", 5])
    yield complaints(case, ROOT / "inputs" / "storm_winds.yaml", ["--particles", 50])
    yield complaints(case, ROOT / "inputs" / "stommel.yaml", ["--particles", 5], accepted=WITHOUT_DATE)


def dated_deck(case):
    """inputs/chapman.yaml with a date at the start."""
    source = ROOT / "inputs" / "chapman.yaml"
    deck = yaml.safe_load(source.read_text())
    for key in ("mechanism", "initial"):
        deck["chemistry"][key] = str(source.parent / deck["chemistry"][key])
    deck["time"]["start"] = "2026-06-21"
    path = case.work / "chapman_dated.yaml"
    path.write_text(yaml.safe_dump(deck, sort_keys=False))
    return path


def complaints(case, deck, arguments, accepted=None):
    """How many errors compliance-checker finds in the output of a deck."""
    case.run(deck, *arguments)
    path, report = case.work / f"{deck.stem}.nc", case.work / f"{deck.stem}.json"
    with xr.open_dataset(path) as data:
        # "CF-1.8", perhaps with others behind it.
        convention = data.attrs["Conventions"].replace(",", " ").split()[0].replace("CF-", "cf:")
    report.unlink(missing_ok=True)
    checker = Path(sys.executable).parent / "compliance-checker"
    command = [checker, "--test", convention, "--format", "json", "--output", report, path]
    done = subprocess.run(command, capture_output=True, text=True)
    if not report.exists():
        raise RuntimeError(done.stderr.strip()[-500:])
    found = json.loads(report.read_text())[convention]
    # What lies below "high" is advice, such as an order of dimensions that columns of cells cannot follow.
    problems = [message for check in found["high_priorities"] for message in check["msgs"]]
    problems = [p for p in problems if not (accepted and p.startswith(accepted))]
    for problem in problems:
        print(f"  {deck.stem}: {problem}", file=sys.stderr)
    return Result(f"{case.name}: {deck.stem}", f"errors that compliance-checker finds, {convention}", 0, len(problems))
