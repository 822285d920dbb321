"""One case in OceanParcels 4.0.2 (NumPy), alone in its process; prints a line of JSON with what took how long.

    parcels4_side.py CASE WORK DAYS

Fields and releases are those that particles.py wrote into WORK. Fewer days than the others run, as it is slower by far.
"""
import json
import logging
import sys
import time
import warnings
from pathlib import Path

BEGAN = time.perf_counter()
warnings.simplefilter("ignore")
import netCDF4  # noqa: E402
import numpy as np  # noqa: E402
import parcels  # noqa: E402
import xarray as xr  # noqa: E402
from parcels import kernels  # noqa: E402
from parcels import _sgrid as sgrid  # noqa: E402

logging.disable(logging.INFO)
NAMES = {"brownian": "DiffusionUniformKh", "rk4": "AdvectionRK4", "rk4_3d": "AdvectionRK4_3D", "m1": "AdvectionDiffusionM1",
         "em": "AdvectionDiffusionEM"}


def dataset(lon, lat, depth, seconds, values):
    """Fields on the nodes of an A-grid in the form that it takes them."""
    padding = sgrid.Padding.LOW
    coordinates = {
        "time": (["time"], (np.asarray(seconds) * 1e9).astype("timedelta64[ns]"), {"axis": "T"}),
        "depth": (["depth"], np.asarray(depth, float), {"axis": "Z"}),
        "YC": (["YC"], np.arange(len(lat)) + 0.5, {"axis": "Y"}), "YG": (["YG"], np.arange(len(lat)), {"axis": "Y"}),
        "XC": (["XC"], np.arange(len(lon)) + 0.5, {"axis": "X"}), "XG": (["XG"], np.arange(len(lon)), {"axis": "X"}),
        "lat": (["YG"], lat, {"axis": "Y"}), "lon": (["XG"], lon, {"axis": "X"})}
    data = xr.Dataset({name: (["time", "depth", "YG", "XG"], v) for name, v in values.items()}, coords=coordinates)
    return data.pipe(sgrid._attach_sgrid_metadata, sgrid.SGrid2DMetadata(
        cf_role="grid_topology", topology_dimension=2, node_dimensions=("XG", "YG"), node_coordinates=("lon", "lat"),
        face_dimensions=(sgrid.FaceNodePadding("XC", "XG", padding), sgrid.FaceNodePadding("YC", "YG", padding)),
        vertical_dimensions=(sgrid.FaceNodePadding("ZC", "depth", sgrid.Padding.BOTH),)))


def fields_of(case, work):
    if case == "brownian":
        corner, zero = np.linspace(-20, 20, 2), np.zeros((2, 1, 2, 2), np.float32)
        fields = parcels.FieldSet.from_sgrid_conventions(dataset(corner, corner, [0.0], [0, 400 * 86400], {"U": zero, "V": zero}), mesh="spherical")
        for name in ("Kh_zonal", "Kh_meridional"):
            fields.add_constant_field(name, 100.0)
        return fields
    with netCDF4.Dataset(work / ("gyre3d.nc" if case == "rk4_3d" else "gyre.nc")) as file:
        axes = [np.array(file[n][:]) for n in ("lon", "lat")]
        depth = np.array(file["depth"][:]) if case == "rk4_3d" else [0.0]
        whole = lambda name: np.array(file[name][:]) if case == "rk4_3d" else np.array(file[name][:])[:, None]  # noqa: E731
        values = {n: whole(n.lower()) for n in ("UVW" if case == "rk4_3d" else "UV")}
        if case in ("m1", "em"):
            values |= {n: whole("kh") for n in ("Kh_zonal", "Kh_meridional")}
        fields = parcels.FieldSet.from_sgrid_conventions(dataset(*axes, depth, np.array(file["time"][:]), values), mesh="spherical")
    if case in ("m1", "em"):
        fields.add_context("dres", 0.01)
    return fields


def main():
    case, work, days = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    imported = time.perf_counter()
    job = json.loads((work / f"{case}.json").read_text())
    fields = fields_of(case, work)
    release = np.loadtxt(job["release"], delimiter=",", skiprows=1)
    depth = release[:, 2] if release.shape[1] > 2 else np.zeros(len(release))
    np.random.seed(12345)
    particles = parcels.ParticleSet(fields, x=release[:, 0], y=release[:, 1], z=depth)
    ready, spent = time.perf_counter(), time.process_time()
    particles.execute(getattr(kernels, NAMES[case]), runtime=np.timedelta64(int(days * 86400), "s"), dt=np.timedelta64(int(job["step"]), "s"),
                      verbose_progress=False)
    print(json.dumps({"version": parcels.__version__, "processor": time.process_time() - spent, "wall": time.perf_counter() - ready,
                      "import": imported - BEGAN, "build": ready - imported, "steps": len(release) * days * 86400 / job["step"],
                      "left": len(particles), "python": sys.version.split()[0], "numpy": np.__version__}))


if __name__ == "__main__":
    main()
