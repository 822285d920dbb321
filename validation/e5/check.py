"""The state at published times; source in README.md."""
from published import compare

QUICK = True


def check(case):
    yield from compare(case, tolerance=1e-4)
