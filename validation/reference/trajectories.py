"""An independent path integrator: bilinear in space, linear in time, classical Runge-Kutta; NumPy alone, all in f64."""
import numpy as np

METRES_PER_DEGREE = 1852.0 * 60


class Currents:
    """u and v in m s-1 over (time, lat, lon) on ascending axes; NaN where there is none."""

    def __init__(self, lon, lat, time, u, v):
        self.lon, self.lat, self.time = (np.asarray(a, float) for a in (lon, lat, time))
        self.u, self.v = np.asarray(u, float), np.asarray(v, float)

    def __call__(self, lon, lat, time):
        """Degrees per second; NaN outside and where a node of the cell has no value."""
        def cell(axis, values):
            index = np.clip(np.searchsorted(axis, values, "right") - 1, 0, len(axis) - 2)
            weight = (values - axis[index]) / (axis[index + 1] - axis[index])
            return index, np.where((weight >= 0) & (weight <= 1), weight, np.nan)

        i, a = cell(self.lon, lon)
        j, b = cell(self.lat, lat)
        n, c = cell(self.time, np.array([time]))
        n, c = n[0], c[0]

        def value(field):
            def level(k):
                f = field[k]
                south = (1 - a) * f[j, i] + a * f[j, i + 1]
                north = (1 - a) * f[j + 1, i] + a * f[j + 1, i + 1]
                return (1 - b) * south + b * north
            return level(n) if c == 0 else (1 - c) * level(n) + c * level(n + 1)

        return value(self.u) / (METRES_PER_DEGREE * np.cos(np.radians(lat))), value(self.v) / METRES_PER_DEGREE


def runge_kutta(currents, lon, lat, start, step, steps):
    """Positions after `steps` steps; NaN once a stage had no current."""
    lon, lat = np.array(lon, float), np.array(lat, float)
    for number in range(steps):
        t = start + number * step
        k1 = currents(lon, lat, t)
        k2 = currents(lon + step / 2 * k1[0], lat + step / 2 * k1[1], t + step / 2)
        k3 = currents(lon + step / 2 * k2[0], lat + step / 2 * k2[1], t + step / 2)
        k4 = currents(lon + step * k3[0], lat + step * k3[1], t + step)
        lon = lon + step / 6 * (k1[0] + 2 * k2[0] + 2 * k3[0] + k4[0])
        lat = lat + step / 6 * (k1[1] + 2 * k2[1] + 2 * k3[1] + k4[1])
    return lon, lat
