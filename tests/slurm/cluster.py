"""A real SLURM with two emulated nodes on this machine, in a temporary folder of its own.

Nothing outside that folder is touched but the packages of Debian or Ubuntu that are missing: configuration, key, state,
logs, sockets and ports are its own, so that a SLURM that is installed here stays as it is. Needs root, since slurmd
does. By itself, `cluster.py COMMAND...` runs a command beside a cluster:

    python3 tests/slurm/cluster.py bash        # then sinfo, sbatch, squeue as at a computing centre
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PACKAGES = ["slurm-wlm", "slurm-wlm-basic-plugins", "munge", "slurm-wlm-torque"]
PATIENCE = 60  # seconds for a daemon to answer, on a machine that does other things too
SPANK = "/usr/lib/x86_64-linux-gnu/slurm-wlm/spank_pbs.so"

CONFIGURATION = """\
ClusterName=emulated
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
AuthType=auth/munge
# A job that is requeued waits until its credential has expired, 120 s by default.
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
# A folder for each node: on one machine their PMIx servers would meet in /tmp.
TmpFS={folder}/tmp.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
PlugStackConfig={folder}/plugstack.conf
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=pmix
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
KillWait=5
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=8 RealMemory=1000 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=8 RealMemory=1000 State=UNKNOWN
PartitionName=debug Nodes=n1,n2 Default=YES OverSubscribe=NO MaxTime=INFINITE State=UP
"""


class Unavailable(Exception):
    """Why there can be no cluster here."""


def free_ports(count):
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def install(packages):
    """Installs those packages that are missing."""
    if os.geteuid() != 0:
        raise Unavailable("this needs root")
    if not shutil.which("dpkg-query"):
        raise Unavailable("only the packages of Debian and Ubuntu are known here")
    status = ["dpkg-query", "-W", "-f", "${Status}"]
    installed = lambda name: " installed" in subprocess.run(status + [name], capture_output=True, text=True).stdout
    missing = [name for name in packages if not installed(name)]
    if missing:
        print("cluster: installing", *missing, flush=True)
        quiet = dict(stdout=subprocess.DEVNULL, check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        subprocess.run(["apt-get", "update", "-q"], **quiet)
        subprocess.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing], **quiet)


class Cluster:
    """The cluster; `with` starts and ends it."""

    def __enter__(self):
        install(PACKAGES)
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def start(self):
        folder = self.folder
        folder.chmod(0o755)
        for name in ["munge", "state", "spool.n1", "spool.n2", "tmp.n1", "tmp.n2"]:
            (folder / name).mkdir()
        for name in ["tmp.n1", "tmp.n2"]:
            (folder / name).chmod(0o1777)
        host = socket.gethostname().split(".")[0]
        (folder / "slurm.conf").write_text(CONFIGURATION.format(folder=folder, host=host, ports=free_ports(3)))
        spank = f"required {SPANK}\n" if Path(SPANK).exists() else ""
        (folder / "plugstack.conf").write_text(spank)
        self.munge()
        os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
        for command in [["slurmctld"], ["slurmd", "-N", "n1"], ["slurmd", "-N", "n2"]]:
            path = shutil.which(command[0], path=os.environ["PATH"] + ":/usr/sbin:/sbin")
            subprocess.run([path, *command[1:]], check=True, stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while subprocess.run(["sinfo", "-h", "-t", "idle", "-o", "%D"], capture_output=True, text=True).stdout.strip() != "2":
            if time.monotonic() > end:
                raise Unavailable("the two nodes do not become idle:\n" + self.logs())
            time.sleep(0.2)

    def munge(self):
        """Starts the daemon that signs messages, as the user that its package has made."""
        folder = self.folder / "munge"
        key = folder / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        for path in [folder, key]:
            shutil.chown(path, "munge", "munge")
        munged = shutil.which("munged", path="/usr/sbin:/sbin:" + os.environ["PATH"])
        options = [f"--key-file={key}", f"--socket={folder}/socket", f"--pid-file={folder}/pid"]
        options += [f"--log-file={folder}/log", f"--seed-file={folder}/seed"]
        subprocess.run(["su", "-s", "/bin/sh", "munge", "-c", " ".join([munged, *options])], check=True)
        end = time.monotonic() + PATIENCE
        while not (folder / "socket").exists():
            if time.monotonic() > end:
                raise Unavailable("munged does not start")
            time.sleep(0.05)

    def logs(self):
        """The last lines of every log."""
        logs = [*sorted(self.folder.glob("*.log")), self.folder / "munge/log"]
        tails = [(path, path.read_text(errors="replace").splitlines()[-30:]) for path in logs if path.exists()]
        return "\n".join(f"--- {path}\n" + "\n".join(lines) for path, lines in tails)

    def __exit__(self, *_):
        if "SLURM_CONF" in os.environ:
            subprocess.run(["scancel", "--state=RUNNING"], capture_output=True)
            subprocess.run(["scancel", "--state=PENDING"], capture_output=True)
            self.drain()
            del os.environ["SLURM_CONF"]
        pids = ["slurmd.n1.pid", "slurmd.n2.pid", "slurmctld.pid", "munge/pid"]
        for path in [self.folder / name for name in pids]:
            stop(path)
        shutil.rmtree(self.folder, ignore_errors=True)

    def drain(self):
        """Waits until no job is left, so that no process of one outlives its daemon."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if not subprocess.run(["squeue", "-h"], capture_output=True, text=True).stdout.strip():
                return
            time.sleep(0.3)


def stop(pid_file):
    """Ends the daemon that a file names, and waits for it."""
    try:
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
    except (OSError, ValueError):
        return
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except OSError:
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    try:
        with Cluster():
            sys.exit(subprocess.run(sys.argv[1:] or ["bash"]).returncode)
    except Unavailable as reason:
        sys.exit(f"cluster: {reason}")
