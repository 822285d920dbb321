"""One case in OceanParcels 3.1.4 (JIT), alone in its process; prints a line of JSON with what took how long.

    parcels_side.py CASE WORK [--output]

Fields and releases are those that particles.py wrote into WORK; --output writes daily positions to zarr.
"""
import argparse
import json
import logging
import os
import resource
import sys
import time
import warnings
from datetime import timedelta
from pathlib import Path

BEGAN = time.perf_counter()
warnings.simplefilter("ignore")
import netCDF4  # noqa: E402
import numpy as np  # noqa: E402
import parcels  # noqa: E402
from parcels.compilation.codecompiler import GNUCompiler  # noqa: E402
from parcels.tools.global_statics import get_package_dir  # noqa: E402

logging.disable(logging.INFO)
HOUR = 3600.0


def gridded(path, three=False, static=()):
    """Fields in memory, which is Parcels' fastest way to have them."""
    with netCDF4.Dataset(path) as file:
        axes = {n: np.array(file[n][:]) for n in ("lon", "lat", "depth", "time") if n in file.variables}
        data = {n: np.array(file[n.lower()][:]) for n in ("U", "V") + (("W",) if three else ())}
        extra = {n: np.array(file["kh"][0]) for n in static}
    fields = parcels.FieldSet.from_data(data, axes, mesh="spherical")
    for name, values in extra.items():
        fields.add_field(parcels.Field(name, values, lon=axes["lon"], lat=axes["lat"], mesh="spherical"))
    return fields


def curvilinear(path, coordinates):
    """The C-grid with NEMO's indices."""
    with netCDF4.Dataset(path) as file, netCDF4.Dataset(coordinates) as nodes:
        grid = parcels.grid.CurvilinearZGrid(np.array(nodes["glamf"][:], np.float32), np.array(nodes["gphif"][:], np.float32),
                                             time=np.array(file["time"][:]), mesh="spherical")
        return parcels.FieldSet(*(parcels.Field(n, np.array(file[n.lower()][:]), grid=grid, interp_method="cgrid_velocity",
                                                gridindexingtype="nemo") for n in "UV"))


def case(name, work):
    """The fields, kernel and extra columns of a case."""
    if name == "brownian":
        corner = np.linspace(-20, 20, 2, dtype=np.float32)
        zero = np.zeros((2, 2), np.float32)
        fields = parcels.FieldSet.from_data({"U": zero, "V": zero}, {"lon": corner, "lat": corner}, mesh="spherical")
        for kh in ("Kh_zonal", "Kh_meridional"):
            fields.add_field(parcels.Field(kh, zero + 100, grid=fields.U.grid))
        return fields, parcels.DiffusionUniformKh
    if name == "rk4":
        return gridded(work / "gyre.nc"), parcels.AdvectionRK4
    if name == "rk4_3d":
        return gridded(work / "gyre3d.nc", three=True), parcels.AdvectionRK4_3D
    if name == "large":
        return gridded(work / "wide.nc"), parcels.AdvectionRK4
    if name in ("m1", "em"):
        fields = gridded(work / "gyre.nc", static=("Kh_zonal", "Kh_meridional"))
        fields.add_constant("dres", 0.01)
        return fields, parcels.AdvectionDiffusionM1 if name == "m1" else parcels.AdvectionDiffusionEM
    return curvilinear(work / "faces.nc", work / "coordinates.nc"), parcels.AdvectionRK4


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case")
    parser.add_argument("work", type=Path)
    parser.add_argument("--output", action="store_true")
    arguments = parser.parse_args()
    imported = time.perf_counter()
    job = json.loads((arguments.work / f"{arguments.case}.json").read_text())
    fields, function = case(arguments.case, arguments.work)
    release = np.loadtxt(job["release"], delimiter=",", skiprows=1)
    more = {"depth": release[:, 2]} if release.shape[1] > 2 else {}
    parcels.rng.seed(12345)
    particles = parcels.ParticleSet(fields, pclass=parcels.JITParticle, lon=release[:, 0], lat=release[:, 1], **more)
    kernel = particles.Kernel(function)
    ready = time.perf_counter()
    # What execute() would do, timed on its own.
    kernel.remove_lib()
    flags = ["-DDOUBLE_COORD_VARIABLES"] if particles.particledata.lonlatdepth_dtype == np.float64 else None
    kernel.compile(compiler=GNUCompiler(cppargs=flags, incdirs=[os.path.join(get_package_dir(), "include"), "."]))
    kernel.load_lib()
    compiled, spent = time.perf_counter(), time.process_time()
    file = None
    if arguments.output:
        file = particles.ParticleFile(name=str(arguments.work / "parcels.zarr"), outputdt=timedelta(days=1))
    particles.execute(kernel, runtime=timedelta(days=job["days"]), dt=timedelta(seconds=job["step"]), output_file=file, verbose_progress=False)
    done = time.perf_counter()
    data = particles.particledata.data
    # After execute() the positions of Parcels are one step old; the new ones are in *_nextloop.
    np.save(arguments.work / f"{arguments.case}_parcels.npy", np.stack([data["id"] - data["id"][0], data["lon_nextloop"], data["lat_nextloop"]]))
    print(json.dumps({
        "version": parcels.__version__, "processor": time.process_time() - spent, "wall": done - compiled, "compile": compiled - ready,
        "import": imported - BEGAN, "build": ready - imported, "left": len(particles),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "python": sys.version.split()[0], "numpy": np.__version__}))


if __name__ == "__main__":
    main()
