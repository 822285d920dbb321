"""The state at published times, in the variables of the book; source in README.md."""
from published import compare

QUICK = True
S, W = 77.27, 0.161


def check(case):
    # x = s X, y = Y / s, z = w Z: see inputs/mechanisms/oregonator.
    yield from compare(case, tolerance=1e-5, species={"x": ("X", S), "y": ("Y", 1 / S), "z": ("Z", W)})
