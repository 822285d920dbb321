#!/usr/bin/env python3
"""Draws the pictures of the README into docs/pictures/ from runs of the decks in inputs/; `--case NAME` draws one.

A run is kept in out/pictures/ and used again as long as it is younger than the program and its deck.
"""
import argparse
import os
import shutil
import subprocess
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import matplotlib  # noqa: E402

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402
from scipy.stats import qmc  # noqa: E402

from common import HERE, ROOT, environment, open_output, program_path, seconds  # noqa: E402
from particles import DAY, METRES_PER_DEGREE, track  # noqa: E402

TARGET = ROOT / "docs" / "pictures"
WORK = ROOT / "out" / "pictures"
BLUE, RED, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "0.45"
STYLE = {"font.size": 9, "axes.titlesize": 9, "axes.titlelocation": "left", "axes.spines.top": False, "axes.spines.right": False,
         "axes.linewidth": 0.7, "xtick.major.width": 0.7, "ytick.major.width": 0.7, "legend.frameon": False, "legend.fontsize": 8,
         "figure.dpi": 130, "savefig.dpi": 130, "lines.linewidth": 1.4, "axes.formatter.use_mathtext": True}


def ran(name):
    """The output of inputs/NAME.yaml."""
    deck, output = ROOT / "inputs" / f"{name}.yaml", WORK / f"{name}.nc"
    if not output.exists() or output.stat().st_mtime < max(p.stat().st_mtime for p in (deck, program_path())):
        output.unlink(missing_ok=True)
        subprocess.run([program_path(), "run", deck, "-o", output, "--overwrite"], check=True, env=environment(), stdout=subprocess.DEVNULL)
    return open_output(output)


def save(figure, name):
    path = TARGET / f"{name}.png"
    figure.savefig(path, bbox_inches="tight", pad_inches=0.06)
    plt.close(figure)
    # A palette of 255 colours: a third of the size, no difference to the eye.
    with Image.open(path) as image:
        image.convert("RGB").quantize(255, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e3:.0f} kB")


def number(value):
    return f"{value:,}".replace(",", " ")


def elapsed(data):
    return seconds(data) - seconds(data)[0]


def ts1_lhs():
    """Median and 5-95 % of three gases over the sampled cells."""
    data = ran("ts1_lhs")
    minutes = elapsed(data) / 60
    air = data["pressure"].values / (8.314462618 * data["temperature"].values)
    figure, axes = plt.subplots(1, 3, figsize=(8.2, 2.5), constrained_layout=True)
    for axis, (gas, label, unit, scale), colour in zip(
            axes, (("O3", "O$_3$", "ppb", 1e9), ("NO2", "NO$_2$", "ppb", 1e9), ("OH", "OH", "ppt", 1e12)), (BLUE, RED, GREEN)):
        values = data[gas].transpose("time", "cell").values / air * scale
        low, middle, high = np.nanpercentile(values, [5, 50, 95], axis=1)
        axis.fill_between(minutes, low, high, color=colour, alpha=0.22, lw=0, label="5–95 %")
        axis.plot(minutes, middle, color=colour, label="median")
        axis.set(title=label, xlabel="time (min)", ylabel=f"mole fraction ({unit})", xlim=(0, 60), xticks=range(0, 61, 15))
        axis.set_ylim(bottom=0)
    axes[0].legend(loc="lower left")
    figure.suptitle(f"MOZART-TS1 in {data.sizes['cell']} sampled cells", x=0.01, ha="left", fontsize=10)
    save(figure, "ts1_lhs")


def brownian():
    """The cloud after ten days, and its variance against 2 Kh t."""
    data = ran("brownian")
    time, x, y = elapsed(data), track(data, "lon") * METRES_PER_DEGREE / 1e3, track(data, "lat") * METRES_PER_DEGREE / 1e3
    theory = 2 * 100 * time / 1e6
    figure, (cloud, growth, error) = plt.subplots(1, 3, figsize=(8.6, 2.75), constrained_layout=True, width_ratios=(1.15, 1, 1))
    sigma = np.sqrt(theory[-1])
    drawn = cloud.hexbin(x[:, -1], y[:, -1], gridsize=44, extent=(-55, 55, -55, 55), mincnt=1, cmap="viridis", bins="log", lw=0)
    angle = np.linspace(0, 2 * np.pi, 200)
    for n in (1, 2, 3):
        cloud.plot(n * sigma * np.cos(angle), n * sigma * np.sin(angle), color="white", lw=0.8, ls="--" if n > 1 else "-")
        cloud.text(n * sigma * 0.71 + 0.5, n * sigma * 0.71, f"{n} σ", color="white", fontsize=7, va="center",
                   bbox={"fc": "0.2", "ec": "none", "alpha": 0.6, "pad": 0.8})
    cloud.set(title="(a) after 10 days", xlabel="x (km)", ylabel="y (km)", xlim=(-55, 55), ylim=(-55, 55), aspect="equal")
    figure.colorbar(drawn, ax=cloud, label="particles in a cell", shrink=0.85)
    days = time / DAY
    growth.plot(days, theory, color=GREY, lw=1, label=r"$2 K_h t$")
    growth.plot(days, x.var(axis=0), "o", ms=4, color=BLUE, mfc="none", label="x")
    growth.plot(days, y.var(axis=0), "x", ms=4, color=RED, label="y")
    growth.set(title="(b) variance", xlabel="time (days)", ylabel="variance (km$^2$)", xlim=(0, 10.3), ylim=(0, None))
    growth.legend(loc="upper left")
    band = 300 * np.sqrt(2 / (x.shape[0] - 1))
    error.axhspan(-band, band, color="0.9", lw=0, label="3 standard errors")
    error.axhline(0, color=GREY, lw=0.8)
    for values, colour, mark in ((x, BLUE, "o"), (y, RED, "x")):
        error.plot(days[1:], 100 * (values.var(axis=0, ddof=1)[1:] / theory[1:] - 1), mark, ms=4, color=colour, mfc="none")
    error.set(title=r"(c) distance from $2 K_h t$", xlabel="time (days)", ylabel="distance (%)", xlim=(0, 10.3), ylim=(-2.2, 2.2))
    error.legend(loc="upper right")
    figure.suptitle(f"Brownian motion of {number(x.shape[0])} particles from one point, $K_h$ = 100 m$^2$ s$^{{-1}}$", x=0.01, ha="left", fontsize=10)
    save(figure, "brownian")


CITIES = {"New York": (-74.0, 40.7), "Chicago": (-87.6, 41.9), "Miami": (-80.2, 25.8), "Houston": (-95.4, 29.8), "Denver": (-105.0, 39.7),
          "Halifax": (-63.6, 44.6), "Winnipeg": (-97.1, 49.9)}


def storm_winds():
    """Paths in the winds of the storm, and the winds on its third day."""
    import netCDF4
    data = ran("storm_winds")
    hours, lon, lat = elapsed(data) / 3600, track(data, "lon"), track(data, "lat")
    folder = ROOT / "inputs" / "fields" / "storm_winds"
    with netCDF4.Dataset(folder / "Ustorm.cdf") as a, netCDF4.Dataset(folder / "Vstorm.cdf") as b:
        x, y, u, v = a["lon"][:], a["lat"][:], a["u"][12], b["v"][12]
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.35), constrained_layout=True, sharex=True, sharey=True)
    uncovered = np.ma.getmaskarray(u).astype(float)
    from matplotlib.colors import ListedColormap, Normalize
    norm, colours = Normalize(0, 96), ListedColormap(plt.get_cmap("plasma")(np.linspace(0, 0.88, 64)))
    paths = np.linspace(0, lon.shape[0] - 1, 140).astype(int)
    for n in paths:
        for k in range(0, len(hours) - 1, 4):
            axes[0].plot(lon[n, k:k + 5], lat[n, k:k + 5], color=colours(norm(hours[k])), lw=0.6, solid_capstyle="butt")
    axes[0].plot(lon[paths, 0], lat[paths, 0], ".", ms=2, color="black")
    bar = figure.colorbar(plt.cm.ScalarMappable(norm, colours), ax=axes[0], label="hours since 5 January 1996, 00 UTC", ticks=range(0, 97, 24), shrink=0.8)
    bar.outline.set_linewidth(0.5)
    axes[0].set_title(f"(a) {len(paths)} of {number(lon.shape[0])} paths, four days")
    third = int(np.argmin(abs(hours - 72)))
    axes[1].plot(lon[:, third], lat[:, third], ".", ms=1.2, color=BLUE, mew=0, alpha=0.6)
    arrows = axes[1].quiver(x[::2], y[::2], u[::2, ::2], v[::2, ::2], color="0.25", width=0.0028, scale=330)
    axes[1].quiverkey(arrows, 0.86, 1.03, 20, "20 m s$^{-1}$", labelpos="E", fontproperties={"size": 7})
    axes[1].set_title("(b) particles and winds, 8 January, 00 UTC")
    for axis in axes:
        axis.contourf(x, y, uncovered, levels=[0.5, 1.5], colors=["0.9"])
        for name, (a, b) in CITIES.items():
            axis.plot(a, b, "s", ms=2.6, color="black", mfc="white", mew=0.7, zorder=5)
            axis.text(a + 0.8, b + 0.5, name, fontsize=6.5, zorder=6, bbox={"fc": "white", "ec": "none", "alpha": 0.65, "pad": 0.4})
        axis.set(xlabel="longitude (°E)", xlim=(-125, -55), ylim=(20, 60), aspect=1.3)
    axes[0].set_ylabel("latitude (°N)")
    axes[1].text(-123.5, 21.3, "grey: no wind in the file", fontsize=7, color="0.3", bbox={"fc": "white", "ec": "none", "pad": 0.6})
    figure.suptitle("Particles in the surface winds of the blizzard of January 1996", x=0.01, ha="left", fontsize=10)
    save(figure, "storm_winds")


def gyre():
    """How two halves mix."""
    data = ran("gyre")
    days, lon, lat = elapsed(data) / DAY, track(data, "lon"), track(data, "lat")
    some = slice(None, None, max(1, lon.shape[0] // 16_000))
    figure, axes = plt.subplots(1, 4, figsize=(8.6, 1.95), constrained_layout=True, sharex=True, sharey=True)
    west = lon[some, 0] < 1
    for letter, axis, day in zip("abcd", axes, (0, 5, 10, 30)):
        n = int(np.argmin(abs(days - day)))
        for chosen, colour in ((west, BLUE), (~west, RED)):
            axis.plot(lon[some, n][chosen], lat[some, n][chosen], ",", color=colour, alpha=0.8)
        axis.set(title=f"({letter}) day {day}", xlabel="longitude (°E)", xlim=(0, 2), ylim=(30, 31), aspect=1 / np.cos(np.radians(30.5)), xticks=(0, 1, 2), yticks=(30, 30.5, 31))
        for side in ("top", "right"):
            axis.spines[side].set_visible(True)
    axes[0].set_ylabel("latitude (°N)")
    figure.suptitle("Double gyre that swings to and fro: particles that began in the western (blue) and the eastern half (orange)",
                    x=0.01, ha="left", fontsize=10)
    save(figure, "gyre")


def stommel():
    """Paths on the contours of the stream function, and how well they keep it."""
    sys.path.insert(0, str(HERE / "stommel"))
    from check import SIDE, stream
    data = ran("stommel")
    days, x, y = elapsed(data) / DAY, track(data, "lon"), track(data, "lat")
    figure, (map_, drift) = plt.subplots(1, 2, figsize=(7.4, 3.1), constrained_layout=True, width_ratios=(1, 1.15))
    axis = np.linspace(0, SIDE, 300)
    map_.contour(axis / 1e6, axis / 1e6, stream(axis, axis[:, None]), levels=10, colors="0.75", linewidths=0.7)
    chosen = np.linspace(0, x.shape[0] - 1, 8).astype(int)
    colours = plt.get_cmap("viridis")(np.linspace(0, 0.9, len(chosen)))
    for n, colour in zip(chosen, colours):
        map_.plot(x[n] / 1e6, y[n] / 1e6, color=colour, lw=1.1)
        map_.plot(x[n, 0] / 1e6, y[n, 0] / 1e6, "o", ms=3, color=colour)
        change = abs(stream(x[n], y[n]) / stream(x[n, :1], y[n, :1]) - 1)
        drift.semilogy(days[1:], np.maximum(change[1:], 1e-17), color=colour, lw=0.8)
    map_.set(title="(a) paths on the stream function (grey)", xlabel="x (1000 km)", ylabel="y (1000 km)", aspect="equal")
    drift.set(title="(b) relative change of the stream function along them", xlabel="time (days)", ylabel="relative change", xlim=(0, 600))
    figure.suptitle("Stommel's wind-driven gyre, RK4 with steps of 1 h", x=0.01, ha="left", fontsize=10)
    save(figure, "stommel")


def ts1_statistics():
    """The band of ozone over the cells, its mean by temperature, and its histograms; the cells themselves are not written."""
    data = ran("ts1_statistics")
    hours = elapsed(data) / 3600
    figure, (band, groups, bins) = plt.subplots(1, 3, figsize=(8.6, 2.75), constrained_layout=True)
    band.fill_between(hours, data["O3_p05"] * 1e6, data["O3_p95"] * 1e6, color=BLUE, alpha=0.22, lw=0, label="5–95 %")
    band.plot(hours, data["O3_p50"] * 1e6, color=BLUE, label="median")
    band.plot(hours, data["O3_mean"] * 1e6, color=RED, lw=1, ls="--", label="mean")
    band.set(title="(a) O$_3$ over the cells", xlabel="time (h)", ylabel="O$_3$ (10$^{-6}$ mol m$^{-3}$)", xlim=(0, 12), xticks=range(0, 13, 3))
    band.legend(loc="upper left")
    for n, colour in enumerate((BLUE, GREEN, RED)):
        low, high = data["temperature_range_bounds"].values[n]
        mean = data["O3_mean_by_temperature"].values[:, n] * 1e6
        count = int(data["O3_count_by_temperature"].values[0, n])
        groups.plot(hours, mean, color=colour, label=f"{low:.0f} to {high:.0f} K, {count} cells")
    groups.set(title="(b) its mean by temperature", xlabel="time (h)", xlim=(0, 12), xticks=range(0, 13, 3))
    groups.set_ylim(top=4.2)
    groups.legend(loc="upper left")
    edges = data["O3_bin_bounds"].values * 1e6
    for hour, colour in ((0, GREY), (4, GREEN), (12, BLUE)):
        counts = data["O3_histogram"].values[hour]
        bins.stairs(counts, np.append(edges[:, 0], edges[-1, 1]), color=colour, label=f"{hour} h", lw=1.2)
    bins.set(title="(c) cells by O$_3$", xlabel="O$_3$ (10$^{-6}$ mol m$^{-3}$)", ylabel="cells in a bin", xlim=(1.5, 5), ylim=(0, None))
    bins.legend(loc="upper right")
    figure.suptitle(f"MOZART-TS1 in {data.sizes['cell']} sampled cells, statistics while running", x=0.01, ha="left", fontsize=10)
    save(figure, "ts1_statistics")


def ts1_uncertainty():
    """The spread of ozone over 1024 members, and how much of its variance each of six rate constants explains."""
    data = ran("ts1_uncertainty")
    labels = {"jno2": "NO$_2$ + hν", "jo3_a": "O$_3$ + hν → O$^1$D", "R12": "O$^1$D + H$_2$O", "R129": "HO$_2$ + NO", "R343": "NO + O$_3$",
              "R381": "OH + NO$_2$"}
    names = data["sobol_input"].attrs["flag_meanings"].split()
    order = [next(n for n, name in enumerate(names) if f"_{key}_scale" in name) for key in labels]
    figure, (band, bars, course) = plt.subplots(1, 3, figsize=(8.8, 2.9), constrained_layout=True)
    hours = elapsed(data) / 3600
    band.fill_between(hours, data["O3_p05_over_all"] * 1e6, data["O3_p95_over_all"] * 1e6, color=BLUE, alpha=0.22, lw=0, label="5–95 %")
    band.plot(hours, data["O3_p50_over_all"] * 1e6, color=BLUE, label="median")
    band.set(title=f"(a) O$_3$ in {data.sizes['draw']} members", xlabel="time (h)", ylabel="O$_3$ (10$^{-6}$ mol m$^{-3}$)", xlim=(0, 12), xticks=range(0, 13, 3))
    band.legend(loc="upper left")
    for offset, measure, colour in ((0.19, "first", BLUE), (-0.19, "total", RED)):
        at = -np.arange(len(order)) + offset
        value, width = (data[f"O3_sobol_{measure}{ending}"].values[-1, order] for ending in ("", "_half_width"))
        bars.barh(at, value, 0.36, color=colour, label="first order" if measure == "first" else "total")
        bars.errorbar(value, at, xerr=width, fmt="none", ecolor="0.25", elinewidth=0.8)
    bars.set(title="(b) Sobol' indices, 12 h", xlabel="share of the variance", yticks=-np.arange(len(labels)), xlim=(-0.02, None))
    bars.set_yticklabels(labels.values())
    bars.legend(loc="center right")
    times = data["time_1h"].values / 3600
    for n, label, colour in zip(order, labels.values(), (BLUE, RED, GREEN, "#cc79a7", "#e69f00", GREY)):
        course.plot(times[1:], data["O3_sobol_total"].values[1:, n], color=colour, label=label)
    course.set(title="(c) total in time", xlabel="time (h)", ylim=(-0.05, 1), xlim=(0, 12), xticks=range(0, 13, 3))
    course.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.suptitle("MOZART-TS1 with six uncertain rate constants", x=0.01, ha="left", fontsize=10)
    save(figure, "ts1_uncertainty")


def gyre_maps():
    """Maps of particles released in the west of the double gyre, and their share in the east."""
    data = ran("gyre_maps")
    days = elapsed(data) / DAY
    figure, axes = plt.subplots(2, 2, figsize=(8.6, 4.4), constrained_layout=True)
    density = data["density"].values
    edges = [np.append(data[f"grid_{key}_bounds"].values[:, 0], data[f"grid_{key}_bounds"].values[-1, 1]) for key in ("lon", "lat")]
    for axis, day, letter in zip(axes.flat, (0, 10, 30), "abc"):
        shown = np.ma.masked_equal(density[day], 0)
        drawn = axis.pcolormesh(*edges, shown, cmap="viridis", vmin=0, vmax=100, rasterized=True)
        axis.axvline(1, color="0.6", lw=0.6)
        axis.set(title=f"({letter}) day {day}: {number(int(density[day].sum()))} particles", xlabel="longitude (°E)", ylabel="latitude (°N)", aspect="equal")
    figure.colorbar(drawn, ax=axes[0], label="particles in a cell", shrink=0.9)
    share, connected = axes[1, 1], data["connectivity"].values
    share.plot(days, 100 * connected[:, 0, 1] / connected[:, 0, :].sum(axis=1), "o-", ms=3, color=RED)
    share.set(title="(d) released in the west and now in the east", xlabel="time (days)", ylabel="share (%)", xlim=(0, 30), ylim=(0, None))
    figure.suptitle("Density and connectivity in a double gyre, 0.02° cells", x=0.01, ha="left", fontsize=10)
    save(figure, "gyre_maps")


def designs():
    """512 points of each design in two dimensions, with their centred discrepancy."""
    mechanism = ROOT / "inputs" / "mechanisms" / "abc" / "mechanism.yaml"
    shown = (("random", ""), ("latin-hypercube", ""), ("halton", ""), ("sobol", ""),
             ("sobol", "correlation: [[1, 0.7], [0.7, 1]]"), ("factorial", "levels: {concentration.A: 32, concentration.B: 16}"))
    figure, axes = plt.subplots(2, 3, figsize=(8.2, 5.7), constrained_layout=True, sharex=True, sharey=True)
    for axis, (method, more) in zip(axes.flat, shown):
        name = method + ("_correlated" if "correlation" in more else "")
        deck = WORK / f"{name}.yaml"
        unit = "{uniform: [0 mol m-3, 1 mol m-3]}"
        deck.write_text(f"chemistry: {{mechanism: {mechanism}}}\ncells:\n  count: 512\n  sample:\n    method: {method}\n    seed: 3\n"
                        f"    {more}\n    over: {{concentration.A: {unit}, concentration.B: {unit}}}\n"
                        "  set: {temperature: 280 K, pressure: 1 atm}\ntime: {step: 1 s, end: 1 s}\n"
                        "output: {file: x.nc, streams: [{at: end, variables: none}]}\n")
        output = WORK / f"{name}.nc"
        subprocess.run([program_path(), "run", deck, "-o", output, "--overwrite"], check=True, env=environment(), stdout=subprocess.DEVNULL)
        data = open_output(output)
        points = np.stack([data[f"initial_{s}"].values for s in "AB"], axis=1)
        axis.plot(*points.T, ".", ms=2.6, color=BLUE)
        evenness = "rank correlation 0.7" if more.startswith("corr") else f"CD$^2$ = {qmc.discrepancy(points):.1e}"
        axis.set(title=f"{method}: {evenness}", aspect="equal", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
    figure.suptitle("512 points of each design", x=0.01, ha="left", fontsize=10)
    save(figure, "designs")


def reports():
    """The upper part of the pages of two runs, as a browser shows them."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        sys.exit("no browser is found to draw `chemdrift report`: apt install chromium")
    for name, height in (("ts1_lhs", 960), ("storm_winds", 640)):
        ran(name).close()
        page, picture = WORK / f"{name}.html", TARGET / f"report_{name}.png"
        subprocess.run([program_path(), "report", WORK / f"{name}.nc", "-o", page], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--screenshot={picture}",
                        f"--window-size=1160,{height}", page.as_uri()], check=True, capture_output=True)
        Image.open(picture).convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(picture, optimize=True)


PICTURES = {f.__name__: f for f in (ts1_lhs, brownian, storm_winds, gyre, stommel, ts1_statistics, ts1_uncertainty, gyre_maps, designs, reports)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", choices=list(PICTURES))
    arguments = parser.parse_args()
    for folder in (TARGET, WORK):
        folder.mkdir(parents=True, exist_ok=True)
    if {"gyre", "gyre_maps"} & set(arguments.case or PICTURES) and not (ROOT / "inputs" / "fields" / "gyre.nc").exists():
        subprocess.run([sys.executable, ROOT / "inputs" / "make_gyre.py"], check=True)
    with plt.rc_context(STYLE):
        for name in arguments.case or PICTURES:
            PICTURES[name]()


if __name__ == "__main__":
    main()
