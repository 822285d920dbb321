#!/usr/bin/env python3
"""Makes initial.csv: the packaged initial state with photolysis rates of a real sun.

The rates of PHOTO.* come from the TUV-x table at a solar zenith angle of 0 degrees and 1 km altitude, and are 0 where
the table has none. Rows for names that the mechanism does not have are left out.
"""
import csv
import json
from pathlib import Path

SOLAR_ZENITH_ANGLE = "0"  # degrees
ALTITUDE = 1  # km

here = Path(__file__).parent
mechanism = json.loads((here / "mechanism.json").read_text())
table = json.loads((here / "tuvx_ts1_photolysis.json").read_text())
level = table["altitude_km"].index(ALTITUDE)

prefix = {"PHOTOLYSIS": "PHOTO.", "SURFACE": "SURF.", "USER_DEFINED": "USER."}
known = {"ENV.temperature", "ENV.pressure"}
known |= {"CONC." + species["name"] for species in mechanism["species"]}
known |= {prefix[r["type"]] + r["name"] for r in mechanism["reactions"] if r["type"] in prefix}

with open(here / "musica_initial_conditions.csv") as packaged, open(here / "initial.csv", "w", newline="") as made:
    out = csv.writer(made, lineterminator="\n")
    for name, *values in filter(None, csv.reader(packaged)):
        if name not in known:
            continue
        if name.startswith("PHOTO."):
            rates = table["rates"].get(name)
            values = [repr(rates[SOLAR_ZENITH_ANGLE][level]) if rates else "0.0"]
        out.writerow([name] + [v.strip() for v in values])
