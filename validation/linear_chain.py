"""Exact solution of A -> B -> C with one rate constant (inputs/mechanisms/abc)."""
import numpy as np

from common import relative_error, seconds, worst


def largest_error(data):
    """Largest relative error of A, B, C over all cells and times of an output file, from the inputs in the file."""
    k = 4.0e-3 * np.exp(50.0 / data["temperature"].values)
    a0, b0, c0 = (data["initial_" + s].values for s in "ABC")
    largest = 0.0
    for record, time in enumerate(seconds(data)):
        decay = np.exp(-k * time)
        a, b = a0 * decay, (b0 + k * time * a0) * decay
        # a0 + b0 - a - b without cancellation
        c = c0 - np.expm1(-k * time) * (a0 + b0) - k * time * a0 * decay
        for name, expected in zip("ABC", (a, b, c)):
            largest = max(largest, worst(relative_error(data[name].values[record], expected)))
    return largest
