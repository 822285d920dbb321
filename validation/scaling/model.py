"""What the measured cost of each phase and an assumed network give for many ranks.

    T(P) = S + i m + N b / W + ceil(log2 P) (text / W + L)          beginning: fixed, making m items, scatter from rank 0, broadcasts
         + K n k (1 + v sqrt(2 ln P / n))                           K steps of n = N / P items on the slowest rank
         + R V (a + L log2 P) + R bytes max(w / P, 1 / F)           R records of V variables: calls, then bytes
         + 4 T L log2 P                                             at most four rounds of agreement a second

Points of SciPy's hypercube are made by rank 0 and scattered (m = N); those of other designs, and particles, by the rank that
has them (m = n).
k, S, i, w are processor times measured here on one rank; v is the scatter of the internal steps among cells, whose mean over n
cells on the slowest of P ranks lies sqrt(2 ln P / n) deviations above the mean of all. L, W, F are assumed, a is from decision 3.
"""
import math

# Assumed: what networks of large machines give, rounded to the slow side.
LATENCY = 5e-6  # s for each of log2 P hops of a collective
LINK = 10e9  # bytes/s out of rank 0
FILES = 100e9  # bytes/s into the file system from all ranks
PUT = 2e-4  # s for a collective call to write, whatever its size
TEXT = 1e6  # bytes of deck and mechanism

# What is predicted: (case, label, whether rank 0 makes all items, items of the strong run, items a rank of the weak one, steps,
# records, variables).
JOBS = [
    ("ts1", "TS1, a day of 300 s, 20 species every hour, points of SciPy by rank 0", True, 10**8, 1000, 288, 24, 20),
    ("ts1", "the same, each rank makes the points of its cells", False, 10**8, 1000, 288, 24, 20),
    ("rk4", "RK4, 30 days of 1 h, end state alone", False, 10**10, 100_000, 720, 1, 2),
    ("rk4", "RK4, 30 days of 1 h, positions every day", False, 10**10, 100_000, 720, 30, 2),
]
SCATTERED = 359 * 8  # bytes of a cell of TS1 that rank 0 sends: sampled inputs
RANKS = [2**i for i in range(18)]
LINES = [("#0072b2", "-"), ("#0072b2", ":"), ("#e69f00", "-"), ("#d55e00", "--")]


def costs(kept):
    """{case: measured seconds: kernel of an item and step, start of a run, of an item at the start, of a written byte; scatter}."""
    from run import CASES

    runs, found = kept["runs"], {}
    steps = {"ts1": 12, "rk4": 192}
    for case in ("ts1", "rk4"):
        count = CASES[case][1]
        one, few, many, written = (runs[f"{case} {what}"] for what in ("strong 1", "setup few", "setup many", "output"))
        items = {"ts1": 20_000, "rk4": 2_000_000}[case]
        each = max(0.0, (many["besides"] - few["besides"]) / (0.9 * items))
        found[case] = {"kernel": one["processor"] / (count * steps[case]), "item": each, "start": max(0.0, few["besides"] - each * items / 10),
                       "byte": max(0.0, written["besides"] - one["besides"]) / (written["bytes"] - one["bytes"]), "scatter": one["spread"] or 0.0}
    return found


def predict(cost, serial, items, ranks, steps, records, variables):
    """Seconds of a run: {phase: s}."""
    n, hops = items / ranks, math.ceil(math.log2(ranks)) if ranks > 1 else 0
    worst = 1 + cost["scatter"] * math.sqrt(2 * math.log(ranks) / n) if ranks > 1 else 1.0
    size = items * variables * 8
    parts = {
        "beginning": cost["start"] + (items if serial else n) * cost["item"] + items * SCATTERED / LINK * (serial and ranks > 1)
        + hops * (TEXT / LINK + LATENCY),
        "kernel": steps * n * cost["kernel"],
        "slowest rank": steps * n * cost["kernel"] * (worst - 1),
        "output": records * (variables * (PUT + LATENCY * hops) + size * max(cost["byte"] / ranks, 1 / FILES)),
    }
    parts["agreement"] = 4 * LATENCY * hops * sum(parts.values())
    return parts


def assumptions(found):
    """The numbers that go in, as Markdown."""
    lines = [f"- assumed: {LATENCY * 1e6:g} µs for each of log2 P hops of a collective call, {LINK / 1e9:g} GB/s out of rank 0, {FILES / 1e9:g} GB/s into the file system",
             f"- measured elsewhere: {PUT * 1e3:g} ms for a collective call to write (decision 3)"]
    for case, cost in found.items():
        lines.append(f"- measured here, {case}: kernel {cost['kernel'] * 1e6:.3g} µs an item and step; beginning {cost['start']:.2f} s and {cost['item'] * 1e6:.3g} µs"
                     f" an item; {cost['byte'] * 1e9:.2g} ns a written byte; scatter of the internal steps {100 * cost['scatter']:.0f} %")
    return lines


def efficiency(cost, serial, items, ranks, *rest):
    ideal = predict(cost, serial, items, 1, *rest)["kernel"] / ranks
    return ideal / sum(predict(cost, serial, items, ranks, *rest).values())


def predictions(found):
    """Efficiency at powers of ten as Markdown, and what limits it."""
    lines = ["Efficiency: the time of the kernels alone, divided by the ranks, over that of the run.", "",
             "| job | items | 1 rank | 128 | 1024 | 16 384 | 131 072 ranks | of 131 072 ranks' time the most besides the kernel |", "|---|---|---|---|---|---|---|---|"]
    for case, label, serial, strong, weak, *rest in JOBS:
        for items_of, what in ((lambda p: strong, f"{strong:.0e} in all"), (lambda p: weak * p, f"{weak:,} a rank".replace(",", " "))):
            row = [f"{100 * efficiency(found[case], serial, items_of(p), p, *rest):.1f} %" for p in (1, 128, 1024, 16_384, 131_072)]
            parts = predict(found[case], serial, items_of(131_072), 131_072, *rest)
            total, worst = sum(parts.values()), max((name for name in parts if name != "kernel"), key=parts.get)
            lines.append(f"| {label} | {what} | {' | '.join(row)} | {worst}, {parts[worst]:.3g} s of {total:.3g} s |")
    return lines


def draw(found, kept, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    style = {"font.size": 9, "axes.titlesize": 9, "axes.titlelocation": "left", "axes.spines.top": False, "axes.spines.right": False,
             "legend.frameon": False, "legend.fontsize": 8}
    with plt.rc_context(style):
        figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.7), sharey=True, layout="constrained")
        for (case, label, serial, strong, weak, *rest), (colour, line) in zip(JOBS, LINES):
            left.semilogx(RANKS, [100 * efficiency(found[case], serial, strong, p, *rest) for p in RANKS], line, color=colour, label=label)
            right.semilogx(RANKS, [100 * efficiency(found[case], serial, weak * p, p, *rest) for p in RANKS], line, color=colour)
        for panel, way in ((left, "strong"), (right, "weak")):
            for case, colour, mark in (("ts1", "#0072b2", "o"), ("rk4", "#d55e00", "s")):
                one = kept["runs"][f"{case} {way} 1"]["processor"]
                shares = [100 * one * (p if way == "weak" else 1) / kept["runs"][f"{case} {way} {p}"]["processor"] for p in kept["ranks"]]
                panel.plot(kept["ranks"], shares, mark, color=colour, markersize=5, markerfacecolor="white",
                           label=f"{case.upper()}, kernel alone, measured" if panel is left else None)
            panel.set_ylim(0, 108)
            panel.set_xlabel("ranks")
            panel.grid(color="0.9", linewidth=0.6)
        left.set_ylabel("efficiency, %")
        left.set_title("the same work for all: 1e8 cells, 1e10 particles")
        right.set_title("the same work for each rank: 1000 cells, 1e5 particles")
        figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=3)
        figure.supxlabel(f"lines: a model with the costs measured on one core and, assumed, {LATENCY * 1e6:g} µs a hop, {LINK / 1e9:g} GB/s out of rank 0, "
                         f"{FILES / 1e9:g} GB/s into files", fontsize=8, color="0.3")
        figure.savefig(path, dpi=130)
