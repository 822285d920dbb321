"""Closed forms that keep all digits: evaluated with 60 decimal digits, since differences of exponentials cancel."""
from decimal import Decimal, getcontext

import numpy as np

getcontext().prec = 60


def chain(start, to_b, to_c, onward, time, source=0.0):
    """A, B, C at a time: rate constants A -> B, A -> C, B -> C in s-1, emission of A in mol m-3 s-1."""
    a0, ka, kc, k2, t, e = (Decimal(float(x)) for x in (start, to_b, to_c, onward, time, source))
    k = ka + kc
    fast, slow = (-k * t).exp(), (-k2 * t).exp()
    a = a0 * fast + (e * (1 - fast) / k if e else 0)
    b = ka / (k2 - k) * (a0 * (fast - slow) + (e * ((1 - fast) / k - (1 - slow) / k2) if e else 0))
    return np.array([float(a), float(b), float(a0 + e * t - a - b)])
