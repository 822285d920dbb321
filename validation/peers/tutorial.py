#!/usr/bin/env python3
"""MUSICA's tutorial job: A -> B -> C in 10 000 sampled cells, 60 steps of 1 s, concentrations kept after every step.

usage: tutorial.py MECHANISM dask|serial     prints JSON; dask: two processes, batches of 100 cells, as published
"""
import json
import sys
import time

began = time.perf_counter()

CELLS, STEPS, BATCH = 10_000, 60, 100
LOW, HIGH = [275.0, 100753.3, 0.0, 0.0, 0.0], [325.0, 101753.3, 10.0, 10.0, 10.0]


def solve_batch(mechanism, points):
    """Concentrations (step, species, cell) of some cells; a solver of its own, as each task of the tutorial has."""
    import musica
    import numpy as np
    from musica.mechanism_configuration import parse

    solver = musica.MICM(mechanism=parse(mechanism), solver_type=musica.SolverType.rosenbrock_standard_order)
    state = solver.create_state(len(points))
    state.set_conditions(points[:, 0].tolist(), points[:, 1].tolist())
    state.set_concentrations({name: points[:, 2 + i].tolist() for i, name in enumerate("ABC")})
    kept = []
    for _ in range(STEPS):
        solver.solve(state, 1.0)
        concentrations = state.get_concentrations()
        kept.append([concentrations[name] for name in "ABC"])
    return np.array(kept)


def main(mechanism, mode):
    import numpy as np
    from scipy.stats import qmc

    points = qmc.scale(qmc.LatinHypercube(d=5, rng=42).random(CELLS), LOW, HIGH)
    batches = [points[i : i + BATCH] for i in range(0, CELLS, BATCH)]
    report = {"imports and sampling": time.perf_counter() - began}
    if mode == "dask":
        import dask
        from dask.distributed import Client, LocalCluster

        start = time.perf_counter()
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
            report["cluster start"] = time.perf_counter() - start
            start = time.perf_counter()
            results = dask.compute(*(dask.delayed(solve_batch)(mechanism, b) for b in batches))
            report["solution"] = time.perf_counter() - start
    else:
        start = time.perf_counter()
        results = [solve_batch(mechanism, points)]
        report["solution"] = time.perf_counter() - start
    result = np.concatenate(results, axis=2)
    report["cells"], report["mean A at the end"] = result.shape[2], float(result[-1, 0].mean())
    print(json.dumps(report))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
