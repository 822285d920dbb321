"""Four realisations of Brownian motion in OceanParcels 3.1.4 (JIT), as people run them; prints a line of JSON.

    realizations_side.py FOLDER dask|serial      dask: two processes with one thread each

Each realisation is a task with a field set, kernel and file of its own, as in OceanParcels' notebook on Dask; 1e5
particles, 10 days, steps of 1 h, positions of each day in a zarr store.
"""
import json
import logging
import sys
import time
import warnings
from datetime import timedelta
from pathlib import Path

BEGAN = time.perf_counter()
SEEDS, COUNT, DAYS = range(4), 100_000, 10


def realization(folder, seed):
    """Runs one and returns where its file is, and the variance of its ends in square degrees."""
    warnings.simplefilter("ignore")
    import numpy as np
    import parcels

    logging.disable(logging.INFO)
    corner, zero = np.linspace(-20, 20, 2, dtype=np.float32), np.zeros((2, 2), np.float32)
    fields = parcels.FieldSet.from_data({"U": zero, "V": zero}, {"lon": corner, "lat": corner}, mesh="spherical")
    for kh in ("Kh_zonal", "Kh_meridional"):
        fields.add_field(parcels.Field(kh, zero + 100, grid=fields.U.grid))
    # Seeds 0 and 1 are the same to the C library.
    parcels.rng.seed(seed + 1)
    particles = parcels.ParticleSet(fields, pclass=parcels.JITParticle, lon=np.zeros(COUNT), lat=np.zeros(COUNT))
    store = f"{folder}/realization_{seed}.zarr"
    file = particles.ParticleFile(name=store, outputdt=timedelta(days=1))
    particles.execute(parcels.DiffusionUniformKh, runtime=timedelta(days=DAYS), dt=timedelta(hours=1), output_file=file,
                      verbose_progress=False)
    return store, float(np.var(particles.particledata.data["lat"]))


def main(folder, mode):
    Path(folder).mkdir(parents=True, exist_ok=True)
    report = {}
    if mode == "dask":
        import dask
        from dask.distributed import Client, LocalCluster

        report["imports"] = time.perf_counter() - BEGAN
        start = time.perf_counter()
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
            report["cluster start"] = time.perf_counter() - start
            start = time.perf_counter()
            done = dask.compute(*(dask.delayed(realization)(folder, seed) for seed in SEEDS))
            report["realisations"] = time.perf_counter() - start
    else:
        start = time.perf_counter()
        done = [realization(folder, seed) for seed in SEEDS]
        report["realisations"] = time.perf_counter() - start
    report["variance"] = [variance for _, variance in done]
    print(json.dumps(report))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in ("dask", "serial"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
