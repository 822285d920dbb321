"""The output file keeps the CF conventions it names, and opens in xarray without options."""
import json
import subprocess
import sys
from pathlib import Path

import xarray as xr

from common import ROOT, Result

QUICK = True


def check(case):
    for deck, arguments in (("abc_lhs", ["--cells", 50, "--steps", 10]), ("chapman", ["--steps", 5])):
        case.run(ROOT / "inputs" / f"{deck}.yaml", *arguments)
        path = case.work / f"{deck}.nc"
        with xr.open_dataset(path) as data:
            # "CF-1.8", perhaps with others behind it.
            convention = data.attrs["Conventions"].replace(",", " ").split()[0].replace("CF-", "cf:")
        report = case.work / f"{deck}.json"
        report.unlink(missing_ok=True)
        checker = Path(sys.executable).parent / "compliance-checker"
        command = [checker, "--test", convention, "--format", "json", "--output", report, path]
        done = subprocess.run(command, capture_output=True, text=True)
        if not report.exists():
            raise RuntimeError(done.stderr.strip()[-500:])
        found = json.loads(report.read_text())[convention]
        # What lies below "high" is advice, such as an order of dimensions that columns of cells cannot follow.
        problems = [message for check in found["high_priorities"] for message in check["msgs"]]
        for problem in problems:
            print(f"  {deck}: {problem}", file=sys.stderr)
        yield Result(f"{case.name}: {deck}", f"errors that compliance-checker finds, {convention}", 0, len(problems))
