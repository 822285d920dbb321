#!/usr/bin/env bash
# Finds the parallel HDF5 and netCDF to build with and prints the exports for it: eval "$(scripts/configure.sh)".
#
# In this order: HDF5_DIR and NETCDF_DIR as they are set; the stack whose nc-config and h5pcc are on PATH, if that netCDF
# can write in parallel; the places of Debian and Ubuntu. A part that is not found is one sentence and exit status 1.
# On a Debian machine the answer equals .cargo/config.toml, so that plain `cargo build` and `make` share their builds.
set -euo pipefail

fail() { echo "configure: $*" >&2; exit 1; }

triplet=$(gcc -print-multiarch 2>/dev/null || true)
[ -n "$triplet" ] || triplet=$(uname -m)-linux-gnu
debian_netcdf=/usr/lib/$triplet/netcdf/mpi
debian_hdf5=/usr/lib/$triplet/hdf5/openmpi

from_path=no
if command -v nc-config >/dev/null && command -v h5pcc >/dev/null &&
   [ "$(nc-config --has-parallel4 2>/dev/null || nc-config --has-parallel 2>/dev/null)" = yes ]; then
    from_path=yes
fi

if [ -n "${NETCDF_DIR:-}" ]; then
    [ -d "$NETCDF_DIR" ] || fail "NETCDF_DIR=$NETCDF_DIR is no folder: load the module of a parallel netCDF or correct it."
    netcdf=$NETCDF_DIR
elif [ $from_path = yes ]; then
    netcdf=$(nc-config --prefix)
elif [ -d "$debian_netcdf" ]; then
    netcdf=$debian_netcdf
else
    fail "no parallel netCDF: load its module or set NETCDF_DIR (Debian, Ubuntu: apt install libnetcdf-mpi-dev)."
fi

if [ -n "${HDF5_DIR:-}" ]; then
    [ -d "$HDF5_DIR" ] || fail "HDF5_DIR=$HDF5_DIR is no folder: load the module of a parallel HDF5 or correct it."
    hdf5=$HDF5_DIR
elif [ $from_path = yes ]; then
    hdf5=$(dirname "$(dirname "$(readlink -f "$(command -v h5pcc)")")")
elif [ -d "$debian_hdf5" ]; then
    hdf5=$debian_hdf5
else
    fail "no parallel HDF5: load its module or set HDF5_DIR (Debian, Ubuntu: apt install libhdf5-openmpi-dev)."
fi

printf 'export NETCDF_DIR=%q HDF5_DIR=%q\n' "$netcdf" "$hdf5"
