"""Statistics, maps and connections written while running, against NumPy on the items in the same file."""
import math

import numpy as np
import yaml

from common import ROOT, Result, relative_error, worst

QUICK = True
# NumPy's own sums round; these do not. Below: a few units of the last digit of the result.
ROUNDING = 1e-14
# A bin of the sketch is at most 2^-10 of the numbers in it.
QUANTILE = 2.0**-10


def check(case):
    yield from cells(case)
    yield from particles(case)


def deck_of(case, name, change):
    """A shipped deck with other streams, written for this case."""
    source = ROOT / "inputs" / f"{name}.yaml"
    deck = yaml.safe_load(source.read_text())
    for section in ("mechanism", "initial"):
        if section in deck.get("chemistry", {}):
            deck["chemistry"][section] = str(source.parent / deck["chemistry"][section])
    for field in deck.get("fields", {}).values():
        if isinstance(field, dict) and "file" in field:
            field["file"] = str(source.parent / field["file"])
    change(deck)
    path = case.work / f"{name}_statistics.yaml"
    path.write_text(yaml.safe_dump(deck, sort_keys=False))
    return path


def cells(case):
    names = ["O3", "NO", "NO2", "OH", "HNO3", "temperature", "pressure"]
    bins = {"from": "1e-8 mol m-3", "to": "1e-5 mol m-3", "bins": 40, "log": True}
    words = ["count", "mean", "variance", "std", "skewness", "min", "max", "p0", "p05", "p25", "p50", "p95", "p99.9", "p100"]

    def change(deck):
        deck["output"]["streams"] = [
            {"every": "300 s", "variables": names},
            {"every": "300 s", "variables": names, "reduce": words},
            {"every": "300 s", "variables": ["O3", "NO2"], "reduce": [{"histogram": bins}]},
            {"every": "300 s", "variables": ["O3"], "reduce": ["count", "std"], "by": {"temperature": ["240 K", "280 K", "330 K"]}},
        ]

    data = case.run(deck_of(case, "ts1_lhs", change), "--cells", 500)
    errors = {key: [] for key in ("sums", "spread", "skewness", "quantiles", "ends")}
    for name in names:
        rows = data[name].values if data[name].ndim == 2 else np.tile(data[name].values, (data.sizes["time"], 1))
        n = rows.shape[1]
        means = np.array([math.fsum(row) / n for row in rows])
        central = rows - means[:, None]
        m2 = np.array([math.fsum(row**2) / n for row in central])
        m3 = np.array([math.fsum(row**3) / n for row in central])
        errors["sums"].append(relative_error(data[f"{name}_mean"].values, means))
        errors["spread"].append(relative_error(data[f"{name}_std"].values, np.sqrt(m2)))
        errors["spread"].append(relative_error(data[f"{name}_variance"].values, m2))
        spread = m2 > 0
        errors["skewness"].append(abs(data[f"{name}_skewness"].values - m3 / m2**1.5)[spread])
        errors["ends"].append(abs(data[f"{name}_min"].values - rows.min(axis=1)))
        errors["ends"].append(abs(data[f"{name}_max"].values - rows.max(axis=1)))
        errors["ends"].append(abs(data[f"{name}_count"].values - n))
        for word in words[7:]:
            expected = np.quantile(rows, float(word[1:]) / 100, axis=1)
            found = data[f"{name}_{word.replace('.', '_')}"].values
            errors["quantiles"].append(relative_error(found, expected))
    joined = {key: worst(np.concatenate([np.atleast_1d(part) for part in parts])) for key, parts in errors.items()}
    yield Result(f"{case.name}: mean", "relative to an exact sum, 500 cells of TS1", ROUNDING, joined["sums"])
    yield Result(f"{case.name}: std, variance", "relative to two passes of exact sums", 1e-11, joined["spread"])
    yield Result(f"{case.name}: skewness", "from two passes of exact sums", 1e-10, joined["skewness"])
    yield Result(f"{case.name}: count, min, max", "difference from NumPy", 0, joined["ends"])
    yield Result(f"{case.name}: quantiles", "relative to numpy.quantile", QUANTILE, joined["quantiles"])

    wrong = 0
    for name in ("O3", "NO2"):
        edges = data[f"{name}_bin_bounds"].values
        edges = np.append(edges[:, 0], edges[-1, 1])
        expected = np.array([np.histogram(row, edges)[0] for row in data[name].values])
        wrong += int(np.count_nonzero(expected != data[f"{name}_histogram"].values))
    yield Result(f"{case.name}: histograms", "bins that differ from numpy.histogram", 0, wrong)

    temperature = data["temperature"].values
    temperature = temperature[0] if temperature.ndim == 2 else temperature
    differences = []
    for group, (low, high) in enumerate([(240, 280), (280, 330)]):
        inside = (temperature >= low) & (temperature < high)
        differences.append(abs(data["O3_count_by_temperature"].values[:, group] - inside.sum()))
        differences.append(relative_error(data["O3_std_by_temperature"].values[:, group], data["O3"].values[:, inside].std(axis=1)))
    yield Result(f"{case.name}: groups", "difference from NumPy, by temperature", 1e-11, worst(np.concatenate(differences)))


def particles(case):
    west, lat0, size = -110.0, 20.0, 0.5
    polygon = [[-95, 25], [-70, 25], [-70, 50], [-85, 38]]

    def change(deck):
        deck["output"]["regions"] = {"west": {"box": [-105, -95, 25, 45]}, "east": {"polygon": polygon}}
        deck["output"]["streams"] = [
            {"every": "6 h", "variables": ["lon", "lat"]},
            {"every": "6 h", "variables": "none", "connectivity": "regions",
             "density": {"grid": {"lon": [west, -60], "lat": [lat0, 60], "by": size}}},
            {"every": "6 h", "variables": ["lat"], "reduce": ["count", "missing", "mean"], "by": "regions"},
        ]

    data = case.run(deck_of(case, "storm_winds", change), "--particles", 5000)
    lon, lat = data["lon"].values, data["lat"].values
    there = np.isfinite(lon)
    wrong = 0
    for record in range(data.sizes["time"]):
        inside = there[:, record]
        expected, _, _ = np.histogram2d(
            lat[inside, record], lon[inside, record], [lat0 + size * np.arange(81), west + size * np.arange(101)])
        wrong += int(np.count_nonzero(expected != data["density"].values[record]))
    yield Result(f"{case.name}: density", "cells that differ from numpy.histogram2d, 5000 particles", 0, wrong)

    region = np.full(lon.shape, 2)
    region[inside_polygon(lon, lat, polygon)] = 1
    region[(lon >= -105) & (lon < -95) & (lat >= 25) & (lat < 45)] = 0
    wrong, differences = 0, []
    for record in range(data.sizes["time"]):
        for source in range(3):
            for target in range(3):
                both = there[:, record] & (region[:, 0] == source) & (region[:, record] == target)
                wrong += int(both.sum() != data["connectivity"].values[record, source, target])
        for group in range(2):
            members = there[:, record] & (region[:, record] == group)
            differences.append(abs(data["lat_count_by_region"].values[record, group] - members.sum()))
            if members.any():
                mean = math.fsum(lat[members, record]) / members.sum()
                differences.append(abs(data["lat_mean_by_region"].values[record, group] - mean) / abs(mean))
    yield Result(f"{case.name}: connectivity", "counts that differ from those of the positions", 0, wrong)
    yield Result(f"{case.name}: regions", "difference from NumPy, by region", ROUNDING, float(max(differences)))


def inside_polygon(lon, lat, corners):
    """Whether points lie in a polygon, by the angles under which they see its sides."""
    total = np.zeros(lon.shape)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1]):
        a, b = np.arctan2(y0 - lat, x0 - lon), np.arctan2(y1 - lat, x1 - lon)
        total += (b - a + np.pi) % (2 * np.pi) - np.pi
    return abs(total) > np.pi
