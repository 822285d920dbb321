"""The Chapman deck and TS1 in 24 cells against MUSICA with tight tolerances.

Computed anew when .venv-peers has MUSICA (`make validate-peers` or `scripts/setup.sh --peers`), else the stored states.
"""
import json
import subprocess

import numpy as np

from common import ROOT, TRACE, Result, at_time, relative_error, rms, worst


def check(case):
    folder, origin = case.folder, "stored"
    python = ROOT / ".venv-peers" / "bin" / "python"
    if python.exists() and subprocess.run([python, "-c", "import musica"], capture_output=True).returncode == 0:
        subprocess.run([python, case.folder / "make_states.py", case.work], check=True)
        folder, origin = case.work, "live"
    decks = {"chapman": (ROOT / "inputs" / "chapman.yaml", 0.0),
             "ts1_columns": (ROOT / "validation" / "ts1_columns" / "deck.yaml", TRACE)}
    for name, (deck, floor) in decks.items():
        theirs = json.loads((folder / f"{name}.json").read_text())
        data = case.run(deck)
        species = list(theirs["cells"][0])
        values = at_time(data, species, theirs["time [s]"])
        expected = np.array([[cell[s] for s in species] for cell in theirs["cells"]])
        errors = relative_error(values, expected, floor)
        yield Result(f"{case.name}: {name}", f"RMS relative difference, {errors.size} values ({origin})", 1e-4, rms(errors))
        yield Result(f"{case.name}: {name}", "largest relative difference", 1e-2, worst(errors))
