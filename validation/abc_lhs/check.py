"""inputs/abc_lhs.yaml against the exact solution in all 10 000 cells, with each method at tight and loose tolerances.

Some settings take every cell through a step of the deck in one internal step, others take different numbers of them in
neighbouring cells, which the kernel handles in other ways.
"""
from common import ROOT, Result
from linear_chain import largest_error

QUICK = True
# Method, relative tolerance, the largest error that is right for them.
SETTINGS = [("ros3", 1e-3, 1e-5), ("ros3", 1e-6, 1e-6), ("ros3", 1e-8, 1e-7), ("ros4", 1e-8, 1e-8), ("rodas4", 1e-10, 1e-10)]


def check(case):
    data = case.run(ROOT / "inputs" / "abc_lhs.yaml")
    norm = f"largest relative error, {data.sizes['cell']} cells, {data.sizes['time']} times"
    yield Result(case.name, norm, 1e-6, largest_error(data))
    deck = (ROOT / "inputs" / "abc_lhs.yaml").read_text().replace("mechanisms/", f"{ROOT}/inputs/mechanisms/")
    for method, tolerance, limit in SETTINGS:
        changed = case.work / f"{method}_{tolerance:g}.yaml"
        changed.write_text(deck.replace("chemistry:", f"chemistry:\n  solver: {{method: {method}, rtol: {tolerance}}}", 1))
        error = largest_error(case.run(changed))
        yield Result(case.name, f"{method}, rtol {tolerance:g}: largest relative error", limit, error)
