#!/usr/bin/env python3
"""docs/pictures/peers.png: how many times as fast as its peers, from chemistry.json and particles.json, beside the floors."""
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator  # noqa: E402

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "docs" / "pictures" / "peers.png"
COLOURS = {"MUSICA 0.17.2": "#d55e00", "Parcels 3.1.4 (compiled)": "#0072b2", "Parcels 4.0.2": "#56b4e9"}
# (label, floor) by case.
PARTICLES = {"brownian": ("Brownian motion", 20), "rk4": ("RK4, gyre", 12), "large": ("RK4, 1e6 particles, 324 MB field", 10),
             "rk4_3d": ("RK4 in three dimensions", 10), "m1": ("Milstein", 10), "em": ("Euler-Maruyama", 10), "cgrid": ("RK4, curvilinear C-grid", 10)}


def at_equal_error(rows, chosen):
    """Cost of the cheapest of `chosen` of MUSICA's lines over that of the cheapest of ours that is at least as accurate."""
    theirs = min((r for r in rows if r[0] == "MUSICA" and chosen(r[1])), key=lambda r: r[2])
    ours = [r for r in rows if r[0] == "chemdrift" and r[3] <= theirs[3]]
    return theirs[2] / min(r[2] for r in ours)


def chemistry():
    """(label, ratio, floor) from top to bottom."""
    kept = json.loads((HERE / "chemistry.json").read_text())
    bars = []
    for title, measured in kept.items():
        rows = measured["rows"]
        if title.startswith("TS1"):
            cells = "hypercube" if "ts1_lhs" in title else "columns"
            bars += [(f"TS1 {cells}, error below 1e-5", at_equal_error(rows, lambda s: s.startswith("rosenbrock_dae6, rtol 0.001")), 8),
                     (f"TS1 {cells}, rtol 1e-4 on its side", at_equal_error(rows, lambda s: s.startswith("rosenbrock, rtol 0.0001")), 8),
                     (f"TS1 {cells}, 1000 cells in a state", at_equal_error(rows, lambda s: "standard_order" in s), 15)]
        elif title.startswith("A"):
            bars += [("A → B → C, standard order", at_equal_error(rows, lambda s: "standard_order" in s), 40),
                     ("A → B → C, vector order", at_equal_error(rows, lambda s: s.startswith("rosenbrock,")), 20)]
        else:
            wall = {name: pair[0] for name, pair in rows.items()}
            bars.append(("tutorial with Dask, from the shell", wall["MUSICA with Dask, 2 processes, results in memory"]
                         / wall["chemdrift, 2 ranks, every step in a file"], 4))
    return bars


def main():
    bars = [(label, ratio, floor, "MUSICA 0.17.2", ratio) for label, ratio, floor in chemistry()]
    kept = json.loads((HERE / "particles.json").read_text())["cases"]
    for name, (label, floor) in PARTICLES.items():
        if name in kept:
            case = kept[name]
            spent = case["parcels"]["processor"]
            bars.append((label, spent / case["processor"], floor, "Parcels 3.1.4 (compiled)", spent / case["kernel"]))
            if "parcels4" in case:
                rate = case["steps"] / case["parcels4"]["steps a second"]
                bars.append(("", rate / case["processor"], None, "Parcels 4.0.2", rate / case["kernel"]))
    style = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False, "legend.frameon": False}
    with plt.rc_context(style):
        figure, panel = plt.subplots(figsize=(8.2, 0.27 * len(bars) + 1.3), layout="constrained")
        shown = lambda x: f"{x:.0f}" if x >= 10 else f"{x:.1f}"  # noqa: E731
        for place, (_, ratio, floor, peer, kernels) in enumerate(bars):
            panel.barh(place, kernels - 1, left=1, height=0.72, color=COLOURS[peer], alpha=0.4)
            panel.barh(place, ratio - 1, left=1, height=0.72, color=COLOURS[peer])
            if floor:
                panel.plot([floor, floor], [place - 0.42, place + 0.42], color="black", linewidth=1.6, solid_capstyle="butt")
            words = f"{shown(ratio)} ×" if shown(kernels) == shown(ratio) else f"{shown(ratio)} × ({shown(kernels)} ×)"
            panel.text(1.04 * max(ratio, kernels, floor or 0), place, words, va="center", fontsize=8.5)
        panel.set_yticks(range(len(bars)), [bar[0] for bar in bars])
        panel.tick_params(axis="y", length=0)
        panel.invert_yaxis()
        panel.set_xscale("log")
        panel.set_xlim(1, 2.1 * max(bar[1] for bar in bars))
        panel.xaxis.set_major_locator(FixedLocator([1, 2, 5, 10, 20, 50, 100, 200, 500]))
        panel.xaxis.set_minor_locator(NullLocator())
        panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g} ×"))
        panel.set_axisbelow(True)
        panel.grid(axis="x", color="0.9", linewidth=0.6)
        panel.set_xlabel("times as fast on one core, processor time, error not larger where there is one;\npale and in brackets: the kernels alone, without start and files")
        handles = [plt.Rectangle((0, 0), 1, 1, color=colour) for colour in COLOURS.values()] + [plt.Line2D([], [], color="black", linewidth=1.6)]
        figure.legend(handles, [*COLOURS, "floor of the project"], loc="outside upper center", ncols=4, handlelength=1.2)
        figure.savefig(TARGET, dpi=130)
    print(TARGET)


if __name__ == "__main__":
    main()
