"""inputs/abc_lhs.yaml against the exact solution in all 10 000 cells."""
from common import ROOT, Result
from linear_chain import largest_error

QUICK = True


def check(case):
    data = case.run(ROOT / "inputs" / "abc_lhs.yaml")
    norm = f"largest relative error, {data.sizes['cell']} cells, {data.sizes['time']} times"
    yield Result(case.name, norm, 1e-6, largest_error(data))
