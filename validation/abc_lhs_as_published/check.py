"""inputs/abc_lhs_as_published.yaml, steps of 1 to 60 s, against the exact solution in all 10 000 cells.

The solver runs as it comes; what is left of A after 1830 s is a few ten-thousandths, so that a thousandth of it is little.
"""
from common import ROOT, Result, seconds
from linear_chain import largest_error


def check(case):
    data = case.run(ROOT / "inputs" / "abc_lhs_as_published.yaml")
    yield Result(case.name, f"largest relative error, {data.sizes['cell']} cells", 1e-3, largest_error(data))
    yield Result(case.name, "time reached, difference from 1830 s", 0.0, abs(seconds(data)[-1] - 1830.0))
