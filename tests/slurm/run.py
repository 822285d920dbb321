#!/usr/bin/env python3
"""chemdrift in a real SLURM: plain runs, notice and requeue, time limit, a killed rank, a PBS script.

    make test-slurm        # or .venv/bin/python tests/slurm/run.py [NAME...] for some of the tests

Each test submits scripts that `chemdrift jobscript` has written and compares the file that comes out, `==`, with that of
an uninterrupted run without a scheduler. What cannot be seen here: two emulated nodes share one kernel, one disk and one
host name; affinity and memory limits are not enforced; there is no PBS server, only SLURM's reading of `#PBS` lines.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import netCDF4

from cluster import Cluster, Unavailable

PROJECT = Path(__file__).resolve().parents[2]
CHEMDRIFT = PROJECT / "target/release/chemdrift"
PATIENCE = 240  # seconds for a job to get where it should be

# OpenMPI on nodes that are one machine: messages through TCP because the names of shared memory would be the same
# twice, and ranks that let others have the processor while they wait. Root is all there is in many containers.
ENVIRONMENT = {
    "OMPI_MCA_btl": "tcp,self",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}
SITES = {
    "srun": "extends: generic-slurm\nnode: {cores: 2}\n",
    "mpirun": "extends: generic-slurm\nnode: {cores: 2}\nlauncher: mpirun -n {ranks} --bind-to none\n",
    "pbs": "extends: generic-pbs\nnode: {cores: 2}\nlauncher: mpirun -n {ranks} --bind-to none\n",
}
LONG = 8  # seconds on one processor: more than enough for a first checkpoint, and for a signal after it
DECK = """\
title: long enough to be interrupted
chemistry:
  mechanism: {mechanism}
cells:
  count: {cells}
  sample:
    method: latin-hypercube
    seed: 42
    over:
      temperature: {{uniform: [275 K, 325 K]}}
      concentration.A: {{uniform: [1 mol m-3, 10 mol m-3]}}
  set: {{pressure: 1 atm}}
time: {{step: 1 s, end: {steps} s}}
output:
  file: {name}.nc
  streams:
    - {{every: {every} s, variables: [A, B, C, temperature]}}
    - {{at: end, variables: [solver.steps, status]}}
checkpoint: {{every: 1 s wall, keep: 2}}
"""


def command(*words, **options):
    """Runs a command and returns what it prints; fails with what it says."""
    ended = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    assert ended.returncode == 0, f"{words}: {ended.returncode}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def wait_for(what, condition, patience=PATIENCE):
    """Waits until a condition holds and returns its value."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {patience} s")


def contents(path):
    """Every variable's dimensions and bytes."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        return {name: (v.dimensions, v.dtype.str, v[...].tobytes()) for name, v in file.variables.items()}


def assert_equal(a, b):
    left, right = contents(a), contents(b)
    assert left.keys() == right.keys(), f"{a} and {b} hold different variables"
    different = [name for name in left if left[name] != right[name]]
    assert not different, f"{a} and {b} differ in {different}"


class Job:
    """A submitted job."""

    def __init__(self, folder, script, submit="sbatch"):
        answer = command(submit, script, cwd=folder)
        self.id = re.search(r"\d+", answer).group()
        self.folder = folder

    def show(self, field):
        text = command("scontrol", "show", "job", self.id)
        return re.search(rf"\b{field}=(\S+)", text).group(1)

    def state(self):
        return self.show("JobState")

    def ended(self, patience=PATIENCE):
        """The state in which it has come to rest."""
        over = ["COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL", "OUT_OF_MEMORY"]
        try:
            return wait_for("the job's end", lambda: (s := self.state()) in over and s, patience)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.state()}\n{self.log()}") from None

    def log(self):
        files = [f for f in self.folder.iterdir() if self.id in f.name and f.suffix != ".h5" and f.is_file()]
        return "\n".join(f"--- {f.name}\n{f.read_text(errors='replace')}" for f in files)


class Tests:
    """The tests; each has a run of its own in the folder."""

    def __init__(self, folder):
        self.folder = folder
        self.long_steps = None
        for name, text in SITES.items():
            (folder / f"{name}.yaml").write_text(text + "notice: 30 s\naccount: test\n")

    def deck(self, name, steps, every, cells=200):
        """Writes a deck and returns the file of an uninterrupted run of it."""
        mechanism = PROJECT / "inputs/mechanisms/abc/mechanism.yaml"
        text = DECK.format(mechanism=mechanism, name=name, cells=cells, steps=steps, every=every)
        (self.folder / f"{name}.yaml").write_text(text)
        command(CHEMDRIFT, "run", f"{name}.yaml", "-o", f"{name}.alone.nc", cwd=self.folder)
        return self.folder / f"{name}.alone.nc"

    def long_deck(self, name):
        """Writes a deck that can be interrupted on this machine and returns the file of an uninterrupted run of it."""
        steps = self.long_steps or 100_000
        while True:
            begun = time.monotonic()
            alone = self.deck(name, steps=steps, every=steps // 10)
            seconds = time.monotonic() - begun
            if self.long_steps or seconds > LONG:
                self.long_steps = steps
                return alone
            alone.unlink()
            steps = min(10 * steps, int(1.5 * steps * LONG / seconds / 10) * 10)

    def script(self, name, site, walltime="00:10:00", ranks=4):
        """Writes a job script with chemdrift."""
        sites = {**os.environ, "CHEMDRIFT_SITES": str(self.folder)}
        options = ["--site", site, "--ranks", ranks, "--walltime", walltime, "-o", f"{name}.job"]
        command(CHEMDRIFT, "jobscript", f"{name}.yaml", *options, cwd=self.folder, env=sites)
        return f"{name}.job"

    def begun(self, name, job):
        """Waits until a run computes and has a checkpoint."""
        folder = self.folder / f"{name}.nc.run"
        wait = lambda: any(folder.glob("step-*.h5")) or (self.folder / f"{name}.nc").exists()
        wait_for(f"a checkpoint of {name}\n{job.log()}", wait)
        assert not (self.folder / f"{name}.nc").exists(), f"{name} was done before it could be interrupted"

    def finish(self, job, name, alone, continued=False):
        assert job.ended() == "COMPLETED", job.log()
        assert continued == ("continues after step" in job.log()), job.log()
        assert_equal(self.folder / f"{name}.nc", alone)
        assert not (self.folder / f"{name}.nc.lives").exists()

    def plain(self, name, launcher):
        alone = self.deck(name, steps=50, every=5)
        lines = ["#!/bin/bash", "#SBATCH --nodes=2", "#SBATCH --ntasks-per-node=2", "#SBATCH --time=00:05:00"]
        (self.folder / f"{name}.job").write_text("\n".join([*lines, f"{launcher} {CHEMDRIFT} run {name}.yaml\n"]))
        self.finish(job := Job(self.folder, f"{name}.job"), name, alone)
        assert job.show("NumNodes") == "2" and "4 ranks" in job.log(), job.log()

    def test_srun_starts_ranks_on_two_nodes(self):
        self.plain("srun-plain", "srun --mpi=pmix")

    def test_mpirun_starts_ranks_on_two_nodes(self):
        self.plain("mpirun-plain", "mpirun")

    def generated(self, site, submit="sbatch"):
        name = f"{site}-generated"
        alone = self.deck(name, steps=200, every=20)
        job = Job(self.folder, self.script(name, site), submit)
        self.finish(job, name, alone)
        assert job.show("NumNodes") == "2" and "4 ranks" in job.log(), job.log()

    def test_a_generated_script_runs_with_srun(self):
        self.generated("srun")

    def test_a_generated_script_runs_with_mpirun(self):
        self.generated("mpirun")

    def test_a_generated_pbs_script_runs_with_qsub(self):
        self.generated("pbs", "qsub")

    def requeued(self, site):
        name = f"{site}-requeued"
        alone = self.long_deck(name)
        job = Job(self.folder, self.script(name, site))
        self.begun(name, job)
        command("scancel", "--batch", "--signal=USR1", job.id)
        self.finish(job, name, alone, continued=True)
        assert job.show("Restarts") == "1", job.log()

    def test_a_notice_brings_an_srun_job_back_from_its_checkpoint(self):
        self.requeued("srun")

    def test_a_notice_brings_an_mpirun_job_back_from_its_checkpoint(self):
        self.requeued("mpirun")

    def test_a_job_killed_at_its_time_limit_goes_on_when_submitted_again(self):
        name = "limit"
        alone = self.long_deck(name)
        script = self.script(name, "srun")
        job = Job(self.folder, script)
        self.begun(name, job)
        for pid in ranks_of(name):
            os.kill(pid, signal.SIGSTOP)  # deaf to the SIGTERM that SLURM sends KillWait before
        command("scontrol", "update", f"JobId={job.id}", "EndTime=now+1")
        assert job.ended() == "TIMEOUT", job.log()
        self.finish(Job(self.folder, script), name, alone, continued=True)

    def test_a_killed_rank_ends_the_job_in_seconds_and_nothing_is_lost(self):
        name = "killed"
        alone = self.long_deck(name)
        script = self.script(name, "srun")
        job = Job(self.folder, script)
        self.begun(name, job)
        os.kill(ranks_of(name)[-1], signal.SIGKILL)
        killed = time.monotonic()
        assert job.ended() == "FAILED" and job.show("ExitCode") != "0:0", job.log()
        assert time.monotonic() - killed < 30, "the job lingers"
        self.finish(Job(self.folder, script), name, alone, continued=True)


def ranks_of(name):
    """Processes that run a deck as ranks of a job."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"/chemdrift") and f"{name}.yaml".encode() in words:
            found.append(int(process.name))
    return sorted(found)


def main(names):
    if not CHEMDRIFT.exists():
        sys.exit("build first: make build")
    os.environ.update(ENVIRONMENT)
    failed = []
    with Cluster() as cluster, tempfile.TemporaryDirectory(prefix="chemdrift-slurm-") as folder:
        tests = Tests(Path(folder))
        for test in [name for name in vars(Tests) if name.startswith("test_")]:
            if names and not any(name in test for name in names):
                continue
            begun = time.monotonic()
            try:
                getattr(tests, test)()
                verdict = "ok"
            except Exception as error:  # noqa: BLE001  the others are tested all the same
                verdict = f"FAILED: {error}"
                failed.append(f"{test}: {str(error).splitlines()[0]}")
            print(f"{test} {time.monotonic() - begun:.1f} s: {verdict}", flush=True)
        if failed:
            print(cluster.logs())
    sys.exit("\n".join([f"{len(failed)} failed:", *failed]) if failed else 0)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Unavailable as reason:
        sys.exit(f"no SLURM here: {reason}")
