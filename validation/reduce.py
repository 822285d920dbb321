"""`chemdrift reduce` against xarray, on files with missing values, packed numbers and several formats; and its speed.

    python validation/reduce.py --chemdrift target/release/chemdrift            the numbers, with xarray
    python validation/reduce.py --chemdrift target/release/chemdrift --time     the time, beside xarray with dask

The first needs xarray, the second dask and netCDF4 too. Files go to a temporary folder, 2 GB of them with --time.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import xarray as xr

LEVELS = [0.05, 0.5, 0.95]
# Both round once or a few times; xarray's sums lose more than exact ones where numbers are large.
MEAN, SPREAD = 1e-12, 1e-10
# A bin of the counts by size is at most 2^-10 of the numbers in it.
COUNTED = 2.0**-10
ENVIRONMENT = {
    **os.environ,
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
}


def reduce(program, ranks, output, files, *options):
    command = [str(program), "reduce", *map(str, files), *options, "-o", str(output), "--overwrite"]
    if ranks:
        command = ["mpirun", "-n", str(ranks), *command]
    ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"{' '.join(command)}\n{ended.stderr}")
    return xr.open_dataset(output, decode_times=False)


def made(folder):
    """A 4-D file with missing values, the same in other formats and packed, and in two halves; two years of days."""
    random = np.random.default_rng(1)
    time_, lev, lat, lon = 731, 3, 19, 36
    lats = np.linspace(-90, 90, lat)
    season = np.cos(np.arange(time_) / 365.25 * 2 * np.pi)[:, None, None, None]
    values = 250 + 40 * np.cos(np.radians(lats))[None, None, :, None] + 10 * season + random.normal(size=(time_, lev, lat, lon))
    values[random.random(values.shape) < 0.05] = np.nan
    values[:, 1, 4, 7] = np.nan
    data = xr.Dataset(
        {"tmin": (("time", "lev", "lat", "lon"), values, {"units": "K", "standard_name": "air_temperature"})},
        {
            "time": ("time", np.arange(time_) + 0.5, {"units": "days since 2000-01-01", "calendar": "standard"}),
            "lev": ("lev", [1000.0, 500.0, 200.0], {"units": "hPa"}),
            "lat": ("lat", lats, {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": ("lon", np.arange(lon) * 10.0, {"units": "degrees_east"}),
        },
    )
    double = {"tmin": {"_FillValue": 1e20, "dtype": "f8"}}
    packed = {"tmin": {"dtype": "i2", "scale_factor": 0.01, "add_offset": 250.0, "_FillValue": -32768, "zlib": True, "chunksizes": (100, 2, 7, 36)}}
    single = {"tmin": {"_FillValue": np.float32(9.96921e36), "dtype": "f4"}}
    files = {}
    for name, encoding, options in [
        ("double", double, {"format": "NETCDF4"}),
        ("classic", single, {"format": "NETCDF3_CLASSIC", "unlimited_dims": ["time"]}),
        ("offset64", double, {"format": "NETCDF3_64BIT", "unlimited_dims": ["time"]}),
        ("packed", packed, {"format": "NETCDF4"}),
    ]:
        files[name] = [folder / f"{name}.nc"]
        data.to_netcdf(files[name][0], encoding=encoding, **options)
    halves = [folder / "first.nc", folder / "second.nc"]
    data.isel(time=slice(0, 300)).to_netcdf(halves[0], encoding=double, unlimited_dims=["time"])
    later = data.isel(time=slice(300, None))
    later["time"] = ("time", (later.time.values - 300) * 24.0, {"units": "hours since 2000-10-27", "calendar": "standard"})
    later.to_netcdf(halves[1], encoding=double, unlimited_dims=["time"])
    files["halves"] = halves
    return files


def compare(what, found, expected, tolerance, worst):
    expected = expected.transpose(*found.dims) if found.dims else expected
    found, expected = found.values.astype(float), np.asarray(expected.values, float)
    if not np.array_equal(np.isnan(found), np.isnan(expected)):
        sys.exit(f"{what}: missing values stand elsewhere")
    valid = ~np.isnan(found)
    error = np.max(np.abs(found[valid] - expected[valid]) / np.maximum(np.abs(expected[valid]), 1e-300), initial=0)
    if not error <= tolerance:
        sys.exit(f"{what}: {error:.2e}, more than {tolerance:.0e}")
    kind = what.split(": ")[1]
    worst[kind] = max(worst.get(kind, 0), error)


def numbers(program, folder):
    worst = {}
    for name, files in made(folder).items():
        first = xr.open_dataset(files[0], decode_times=False, mask_and_scale=True).tmin
        # Decoded in doubles: xarray unpacks into singles otherwise.
        raw = [xr.open_dataset(file, decode_times=False, mask_and_scale=False).tmin for file in files]
        parts = []
        for part in raw:
            values = part.astype("f8").where(part != part.attrs["_FillValue"]) if name != "classic" else part.astype("f8").where(part < 9e36)
            parts.append(values * part.attrs.get("scale_factor", 1.0) + part.attrs.get("add_offset", 0.0))
        data = xr.concat([part.drop_vars("time") for part in parts], "time")
        dates = xr.date_range("2000-01-01", periods=data.sizes["time"], freq="D")
        data = data.assign_coords(time=dates)
        weights = np.cos(np.radians(first.lat))
        run = lambda *options, ranks=2: reduce(program, ranks, folder / "out.nc", files, "--var", "tmin", *options)

        out = run("--mean", "lat,lon", "--std", "lat,lon", "--min", "lat,lon", "--max", "lat,lon", "--count", "lat,lon")
        weighted = data.weighted(weights)
        compare(f"{name}: weighted mean", out.tmin_mean, weighted.mean(["lat", "lon"]), MEAN, worst)
        compare(f"{name}: weighted std", out.tmin_std, weighted.std(["lat", "lon"]), SPREAD, worst)
        compare(f"{name}: min", out.tmin_min, data.min(["lat", "lon"]), 0, worst)
        compare(f"{name}: max", out.tmin_max, data.max(["lat", "lon"]), 0, worst)
        compare(f"{name}: count", out.tmin_count, data.count(["lat", "lon"]), 0, worst)
        assert out.tmin_mean.attrs["cell_methods"].startswith("lat: lon: mean") and out.tmin_mean.attrs["units"] == "K"

        out = run("--mean", "all", "--unweighted", "--variance", "time,lat")
        compare(f"{name}: mean", out.tmin_mean, data.mean(), MEAN, worst)
        compare(f"{name}: variance", out.tmin_variance, data.var(["time", "lat"]), SPREAD, worst)
        out = run("--mean", "all")
        compare(f"{name}: weighted mean", out.tmin, weighted.mean(), MEAN, worst)

        out = run("--quantiles", ",".join(map(str, LEVELS)), "--over", "time")
        compare(f"{name}: quantiles", out.tmin, data.quantile(LEVELS, "time"), 1e-14, worst)
        out = run("--quantiles", ",".join(map(str, LEVELS)), "--over", "all", "--memory", "1")
        compare(f"{name}: quantiles by counts", out.tmin, data.quantile(LEVELS), COUNTED, worst)

        for key, groups in [("month", data.time.dt.month), ("hour", data.time.dt.hour), ("year", data.time.dt.year), ("day", data.time.dt.dayofyear)]:
            out = run("--mean", "time", "--std", "time", "--by", key)
            grouped = data.groupby(groups.rename(key))
            compare(f"{name}: mean by {key}", out.tmin_mean, grouped.mean("time"), MEAN, worst)
            # Where all numbers are the same xarray's spread is its rounding.
            compare(f"{name}: std by {key}", out.tmin_std, grouped.std("time"), 1e-8 if key == "day" else SPREAD, worst)
        out = run("--max", "time,lon", "--by", "season")
        order = ["DJF", "MAM", "JJA", "SON"]
        compare(f"{name}: max by season", out.tmin.rename(season="s"), data.groupby(data.time.dt.season.rename("s")).max(["time", "lon"]).sel(s=order), 0, worst)
        out = run("--mean", "time", "--by", "year,month", ranks=0)
        monthly = data.resample(time="MS").mean().rename(time="group").drop_vars("group")
        compare(f"{name}: mean of each month", out.tmin, monthly, MEAN, worst)
    for kind, error in worst.items():
        print(f"{kind:28} {error:9.2e}")


def seconds(work, times=3):
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[times // 2]


def speed(program, folder):
    """Median of three, the file being in the memory of the system."""
    import dask

    path = folder / "large.nc"
    import netCDF4

    times, lat, lon = 2000, 361, 720
    random = np.random.default_rng(2)
    with netCDF4.Dataset(path, "w") as file:
        for name, length in [("time", times), ("lat", lat), ("lon", lon)]:
            file.createDimension(name, length)
            variable = file.createVariable(name, "f8", (name,))
            variable.units = {"time": "days since 2000-01-01", "lat": "degrees_north", "lon": "degrees_east"}[name]
            variable[:] = {"time": np.arange(times), "lat": np.linspace(-90, 90, lat), "lon": np.arange(lon) * 0.5}[name]
        variable = file.createVariable("tmin", "f4", ("time", "lat", "lon"), chunksizes=(8, lat, lon), fill_value=np.float32(1e20))
        variable.units = "K"
        for begin in range(0, times, 100):
            variable[begin:begin + 100] = 280 + random.normal(size=(100, lat, lon)).astype("f4")
    print(f"{path.stat().st_size / 1e9:.2f} GB, chunks of 8 times; dask {dask.__version__} with 2 threads")
    chunks = {"time": 40}

    def with_xarray(work):
        def run():
            with dask.config.set(scheduler="threads", num_workers=2), xr.open_dataset(path, chunks=chunks) as data:
                work(data.tmin).compute()
        return run

    def weighted(kind):
        return lambda data: getattr(data.weighted(np.cos(np.radians(data.lat))), kind)(["lat", "lon"])

    jobs = [
        ("--mean lat,lon", weighted("mean"), ["--mean", "lat,lon"]),
        ("--std lat,lon", weighted("std"), ["--std", "lat,lon"]),
        ("--mean time", lambda data: data.mean("time"), ["--mean", "time"]),
        ("--std time", lambda data: data.std("time"), ["--std", "time"]),
        ("--mean time --by month", lambda data: data.groupby("time.month").mean(), ["--mean", "time", "--by", "month"]),
        ("--max all", lambda data: data.max(), ["--max", "all"]),
        ("--quantiles 0.05,0.95 --over time", lambda data: data.chunk(time=-1, lat=40).quantile([0.05, 0.95], "time"), ["--quantiles", "0.05,0.95", "--over", "time"]),
    ]
    for name, theirs, ours in jobs:
        own = seconds(lambda: reduce(program, 2, folder / "out.nc", [path], *ours).close())
        other = seconds(with_xarray(theirs))
        print(f"{name:36} chemdrift, 2 ranks {own:7.2f} s   xarray with dask, 2 threads {other:7.2f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chemdrift", type=Path, default=Path("target/release/chemdrift"))
    parser.add_argument("--time", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (speed if options.time else numbers)(options.chemdrift.resolve(), Path(folder))


if __name__ == "__main__":
    main()
