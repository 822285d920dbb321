#!/usr/bin/env bash
# Makes this machine ready: libraries (Debian and Ubuntu, only those missing) and the Python environment .venv.
#
# On a cluster (NETCDF_DIR, HDF5_DIR or MPICC set, or a parallel nc-config on PATH) nothing is installed: the loaded
# modules count, and what is missing is named. Run again at any time; with nothing to do it takes a fraction of a second.
#   scripts/setup.sh            libraries and .venv
#   scripts/setup.sh --browser  also Chromium, for the test of pages
#   scripts/setup.sh --peers    also .venv-peers, .venv-parcels and .venv-parcels4, with the programs that we compare with
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "setup: $*" >&2; exit 1; }

on_cluster() {
    [ -n "${NETCDF_DIR:-}${HDF5_DIR:-}${MPICC:-}" ] && return
    command -v nc-config >/dev/null && [ "$(nc-config --has-parallel4 2>/dev/null)" = yes ]
}

libraries() {
    command -v apt-get >/dev/null && ! on_cluster || return 0
    local wanted=(libopenmpi-dev openmpi-bin libhdf5-openmpi-dev libnetcdf-mpi-dev libclang-dev clang pkg-config make gcc tmux)
    # A Python without venv can be repaired only when it is the system's own.
    python3 -c 'import ensurepip, venv' 2>/dev/null || wanted+=(python3 python3-venv)
    [ "${1:-}" != --browser ] || wanted+=(chromium)
    local missing=()
    for package in "${wanted[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "ask an administrator for: apt install ${missing[*]}"
        as_root=(sudo)
    fi
    echo "setup: installing ${missing[*]}"
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

tools() {
    command -v cargo >/dev/null || fail "no Rust compiler: install it from https://rustup.rs and run this again."
    [ -n "${CRAY_MPICH_DIR:-}" ] || command -v "${MPICC:-mpicc}" >/dev/null ||
        fail "no ${MPICC:-mpicc}: load an MPI module or set MPICC."
    # Its own message when something is missing.
    scripts/configure.sh >/dev/null
}

# environment FOLDER REQUIREMENTS: a virtual environment that holds the packages of a file.
environment() {
    local folder=$1 requirements=$2
    cmp -s "$requirements" "$folder/installed.txt" && return
    command -v python3 >/dev/null || fail "no python3: install Python 3.10 or later, or load its module."
    [ -x "$folder/bin/pip" ] || { rm -rf "$folder"; python3 -m venv "$folder"; } ||
        fail "python3 cannot make a virtual environment: install its venv module (Debian, Ubuntu: apt install python3-venv)."
    echo "setup: installing Python packages of $requirements into $folder"
    "$folder/bin/pip" install -q --disable-pip-version-check -r "$requirements" ||
        fail "pip could not install $requirements: connect to the internet or point pip at a mirror."
    cp "$requirements" "$folder/installed.txt"
}

libraries "${1:-}"
tools
environment .venv validation/requirements.txt
if [ "${1:-}" = --peers ]; then
    environment .venv-peers validation/requirements-peers.txt
    environment .venv-parcels validation/requirements-parcels.txt
    environment .venv-parcels4 validation/requirements-parcels4.txt
fi
