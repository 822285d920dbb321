#!/usr/bin/env python3
"""Makes cells.csv: 500 places on the sphere, light as in the toy chemistry, lognormal amounts."""
import csv
from pathlib import Path

import numpy as np

random = np.random.default_rng(2015)
count = 500
latitude, longitude = np.arcsin(random.uniform(-1, 1, count)), random.uniform(0, 2 * np.pi, count)
centre_latitude, centre_longitude = np.radians(20), np.radians(300)
light = np.sin(latitude) * np.sin(centre_latitude)
light += np.cos(latitude) * np.cos(centre_latitude) * np.cos(longitude - centre_longitude)
columns = {
    "temperature": np.full(count, 298.15),
    "pressure": np.full(count, 101325.0),
    "concentration.Cl": random.lognormal(np.log(1e-3), 1.5, count),
    "concentration.Cl2": random.lognormal(np.log(1e-2), 1.5, count),
    "rate.PHOTO.j": np.maximum(light, 0.0),
}
with open(Path(__file__).parent / "cells.csv", "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(columns)
    out.writerows([f"{x:.9g}" for x in row] for row in zip(*columns.values()))
