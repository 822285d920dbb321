#!/usr/bin/env python3
"""chemdrift on three hosts that share nothing but a disk: network namespaces with names, memory and /tmp of their own.

    make test-slurm        # or .venv/bin/python tests/slurm/hosts.py

The file must equal, `==`, that of a run alone; a rank that dies on one host must end the job on all. Needs root. The
hosts are joined by a bridge that is itself in a namespace, so that nothing of this machine's network changes.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cluster import Unavailable, install
from run import CHEMDRIFT, DECK, ENVIRONMENT, PROJECT, assert_equal, command, ranks_of, wait_for

HOSTS = [1, 2, 3]
ADDRESS = "10.77.0.{}/24"  # only within the namespaces

# Runs a command on a host, with the host's own name, shared memory and /tmp; a project that lies in /tmp is the disk that
# the hosts share all the same.
ENTER = """\
#!/bin/bash
host=$1
shift
exec ip netns exec {prefix}-$host unshare --uts --ipc --mount bash -c '
    exec 9< {project} && hostname "$0" && mount -t tmpfs none /dev/shm && mount -t tmpfs none /tmp
    [ -d {folder} ] || {{ mkdir -p {project} && mount --no-canonicalize --bind /proc/self/fd/9 {project}; }}
    exec 9<&- && cd {folder} && exec "$@"' "$host" "$@"
"""
# What mpirun uses for ssh.
AGENT = """\
#!/bin/bash
host=$1
shift
exec {folder}/enter "$host" bash -c "$*"
"""


class Hosts:
    """The hosts; `with` makes and removes them."""

    def __init__(self, folder):
        self.folder = folder
        self.prefix = f"chemdrift{os.getpid()}"
        self.spaces = []

    def __enter__(self):
        try:
            bridge = self.space("switch")
            command("ip", "-n", bridge, "link", "add", "br0", "type", "bridge")
            command("ip", "-n", bridge, "link", "set", "br0", "up")
            for host in HOSTS:
                space = self.space(f"host{host}")
                ends = ["peer", "name", f"port{host}", "netns", bridge]
                command("ip", "-n", space, "link", "add", "eth0", "type", "veth", *ends)
                command("ip", "-n", bridge, "link", "set", f"port{host}", "master", "br0", "up")
                command("ip", "-n", space, "addr", "add", ADDRESS.format(host), "dev", "eth0")
                for link in ["lo", "eth0"]:
                    command("ip", "-n", space, "link", "set", link, "up")
            self.write_scripts()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for space in self.spaces:
            subprocess.run(["ip", "netns", "del", space], capture_output=True)

    def space(self, name):
        space = f"{self.prefix}-{name}"
        command("ip", "netns", "add", space)
        self.spaces.append(space)
        return space

    def write_scripts(self):
        for name, text in [("enter", ENTER), ("agent", AGENT)]:
            path = self.folder / name
            path.write_text(text.format(prefix=self.prefix, folder=self.folder, project=PROJECT))
            path.chmod(0o755)

    def mpirun(self, *words):
        """Starts two ranks on the first host and one on each of the others."""
        parameters = {
            "plm_rsh_agent": self.folder / "agent",
            "plm_rsh_no_tree_spawn": 1,
            "oob_tcp_if_include": "eth0",
            "btl_tcp_if_include": "eth0",
            "btl": "tcp,self,vader",
            "hwloc_base_binding_policy": "none",
            "mpi_yield_when_idle": 1,
        }
        options = [word for pair in parameters.items() for word in ("--mca", *map(str, pair))]
        line = [self.folder / "enter", "host1", "mpirun", *options, "--host", "host1:2,host2:1,host3:1", *words]
        return subprocess.Popen(
            [str(word) for word in line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )


def finished(process, patience=120):
    """Status and output of a job."""
    try:
        text, _ = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError("the job hangs:\n" + process.communicate()[0]) from None
    return process.returncode, text


def test_three_hosts_give_the_bits_of_one(hosts):
    (hosts.folder / "hosts.yaml").write_text(deck("hosts", steps=50, every=10))
    command(CHEMDRIFT, "run", "hosts.yaml", "-o", "alone.nc", cwd=hosts.folder)
    status, text = finished(hosts.mpirun(CHEMDRIFT, "run", "hosts.yaml"))
    assert status == 0 and "4 ranks" in text, text
    assert_equal(hosts.folder / "hosts.nc", hosts.folder / "alone.nc")


def test_hosts_have_names_of_their_own(hosts):
    status, text = finished(hosts.mpirun("sh", "-c", "echo $(hostname) $(ls /dev/shm /tmp | wc -l)"))
    assert status == 0, text
    names = {line.split()[0] for line in text.splitlines() if line.startswith("host")}
    assert names == {f"host{host}" for host in HOSTS}, text


def test_a_rank_that_dies_on_one_host_ends_the_job_on_all(hosts):
    (hosts.folder / "dies.yaml").write_text(deck("dies", steps=10_000_000, every=1_000_000))
    process = hosts.mpirun(CHEMDRIFT, "run", "dies.yaml")
    wait_for("four ranks", lambda: len(ranks_of("dies")) == 4 or process.poll() is not None)
    time.sleep(2)  # into the loop over time
    os.kill(ranks_of("dies")[-1], signal.SIGKILL)
    status, text = finished(process, 30)
    assert status != 0, text
    wait_for("the end of all ranks", lambda: not ranks_of("dies"), 10)
    assert not (hosts.folder / "dies.nc").exists()


def deck(name, **numbers):
    mechanism = PROJECT / "inputs/mechanisms/abc/mechanism.yaml"
    text = DECK.format(mechanism=mechanism, name=name, cells=100, **numbers)
    return text[: text.index("checkpoint:")]


def main():
    install(["iproute2"])
    if subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True).returncode != 0:
        print("skipped: this machine allows no namespaces")
        return
    os.environ.update({name: value for name, value in ENVIRONMENT.items() if "ALLOW" in name})
    failed = []
    # Not in the system's folder for such things, which is another one on each host.
    with tempfile.TemporaryDirectory(prefix="hosts-", dir=PROJECT / "target") as folder, Hosts(Path(folder)) as hosts:
        tests = [value for name, value in globals().items() if name.startswith("test_")]
        for test in tests:
            begun = time.monotonic()
            try:
                test(hosts)
                verdict = "ok"
            except Exception as error:  # noqa: BLE001  the others are tested all the same
                verdict = f"FAILED: {error}"
                failed.append(test.__name__)
            print(f"{test.__name__} {time.monotonic() - begun:.1f} s: {verdict}", flush=True)
    sys.exit(f"{len(failed)} failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    try:
        main()
    except Unavailable as reason:
        sys.exit(f"no hosts here: {reason}")
