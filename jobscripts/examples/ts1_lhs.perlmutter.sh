#!/bin/bash
# inputs/ts1_lhs.yaml on 256 ranks, NERSC Perlmutter (perlmutter).
# Written by `chemdrift jobscript`, to be submitted from the folder where that was typed:
#     sbatch jobscripts/examples/ts1_lhs.perlmutter.sh
#SBATCH --job-name=ts1_lhs
#SBATCH --nodes=2
#SBATCH --ntasks=256
#SBATCH --ntasks-per-node=128
#SBATCH --cpus-per-task=2
#SBATCH --time=12:00:00
#SBATCH --account=m0001
#SBATCH --output=%x-%j.out
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@300
#SBATCH --qos=regular
#SBATCH --constraint=cpu

cd "${SLURM_SUBMIT_DIR:-$PWD}" || exit 4
deck=inputs/ts1_lhs.yaml
output=inputs/ts1_lhs.nc
chemdrift=chemdrift
script=jobscripts/examples/ts1_lhs.perlmutter.sh

module purge
module load PrgEnv-gnu
module load cray-hdf5-parallel
module load cray-netcdf-hdf5parallel
module list
export MPICH_MPIIO_HINTS="*:romio_cb_write=enable:romio_ds_write=disable"
export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK # srun takes it from nowhere else
export TMPDIR="$PSCRATCH/tmp"
mkdir -p "$TMPDIR"

say() { echo "job script, $(date -u +%FT%TZ), job ${SLURM_JOB_ID:-none}: $*"; }
if ! command -v "$chemdrift" >/dev/null; then
    say "there is no $chemdrift here: load its module or correct this script"
    exit 4
fi

# A life that begins from the same checkpoint as the one before shows that the other one got nowhere. The file `lives`
# holds how many did so in a row, and from where the last one began.
lives=$output.lives
newest() { ls -1 -- "$output".run/step-*.h5 2>/dev/null | tail -n 1; }
begun=$(newest)
fruitless=0
if [ -f "$lives" ]; then
    { read -r fruitless; read -r before; } <"$lives"
    if [ "$begun" = "$before" ]; then fruitless=$((fruitless + 1)); else fruitless=0; fi
fi
give_up() {
    say "3 lives got no further than ${begun:-the beginning}; see above why. Submit this script again to go on."
    rm -f "$lives"
    exit 85
}
[ "$fruitless" -lt 3 ] || give_up
printf '%s\n%s\n' "$fruitless" "$begun" >"$lives"

# USR1 is the notice ahead of the wall time's end, TERM means that the scheduler ends the job before. The run is told of
# both by USR1, because launchers end their ranks within seconds of a TERM. It writes a checkpoint and ends with 85.
asked=''
launcher=''
tell() {
    asked=$1
    woken=yes
    [ -z "$launcher" ] || kill -USR1 "$launcher" 2>/dev/null
}
trap 'tell notice' USR1
trap 'tell end' TERM
say "begins from ${begun:-the start}"
srun --kill-on-bad-exit=1 --cpu-bind=cores "$chemdrift" run "$deck" --restart &
launcher=$!
[ -z "$asked" ] || kill -USR1 "$launcher"
woken=yes
while [ -n "$woken" ]; do
    woken=''
    wait "$launcher" # returns early, with another status, when a signal comes
    status=$?
done

# 0: done. 85: checkpointed, to be run again. From 128: killed, here because it did not stop in time.
if [ "$status" -ne 85 ] && { [ -z "$asked" ] || [ "$status" -lt 128 ]; }; then
    rm -f "$lives"
    say "the run ended with status $status"
    exit "$status"
fi
if [ "$asked" = end ]; then
    say "stopped by the scheduler at $(newest)"
    say "submit the script again to go on from there"
    exit 85
fi
[ "$(newest)" != "$begun" ] || [ $((fruitless + 1)) -lt 3 ] || give_up
say "submits itself again, to go on from $(newest)"
if scontrol requeue "$SLURM_JOB_ID"; then
    sleep 60 # the scheduler ends this script before
    exit 85
fi
sbatch --dependency="afterany:$SLURM_JOB_ID" "$script" || say "could not submit itself; submit it by hand to go on"
exit 85
