#!/usr/bin/env python3
"""Shows an output file: some species over time (median and range of the cells), and how the cells fared.

usage: show.py FILE [SPECIES ...]
"""
import sys
from pathlib import Path

import numpy as np
import xarray as xr


def main(path, wanted):
    with xr.open_dataset(path, decode_times=False) as data:
        named = [n for n in data.data_vars if data[n].dims == ("time", "cell")]
        chosen = [n for n in wanted if n in named] or named[:6]
        times = data["time"]
        unit = str(times.attrs.get("units", "s")).split(" since ")[0]
        print(f"\n{data.attrs.get('title', Path(path).name)}: {data.sizes['cell']} cells, {times.size} times\n")
        print(f"{'time (' + unit + ')':>12}" + "".join(f"{n:>34}" for n in chosen))
        rows = np.unique(np.linspace(0, times.size - 1, min(times.size, 7)).round().astype(int))
        for row in rows:
            line = f"{float(times[row]):12g}"
            for name in chosen:
                low, middle, high = np.nanpercentile(data[name][row].values, [0, 50, 100])
                line += f"{middle:14.4e} [{low:.1e}, {high:.1e}]".rjust(34)
            print(line)
        print(f"\nmedian [lowest, highest] over the cells, {data[chosen[0]].attrs.get('units', '')}" if chosen else "")
        for name in data.data_vars:
            if name.split("_time")[0] == "status":
                ended = data[name].values.ravel()
                print(f"cells that ended well: {(ended == 0).sum()} of {ended.size}")
    print(f"file: {Path(path).resolve()}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
