#!/bin/bash
# inputs/storm_winds.yaml on 96 ranks, JUWELS Cluster (juwels).
# Written by `chemdrift jobscript`, to be submitted from the folder where that was typed:
#     sbatch jobscripts/examples/storm_winds.juwels.sh
#SBATCH --job-name=storm_winds
#SBATCH --nodes=2
#SBATCH --ntasks=96
#SBATCH --ntasks-per-node=48
#SBATCH --cpus-per-task=1
#SBATCH --time=06:00:00
#SBATCH --account=budget
#SBATCH --partition=batch
#SBATCH --output=%x-%j.out
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@300
#SBATCH --hint=nomultithread

cd "${SLURM_SUBMIT_DIR:-$PWD}" || exit 4
deck=inputs/storm_winds.yaml
output=inputs/storm_winds.nc
chemdrift=chemdrift
script=jobscripts/examples/storm_winds.juwels.sh

module purge
module load Stages/2024
module load GCC
module load ParaStationMPI
module load HDF5
module load netCDF
module list
export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK # srun takes it from nowhere else
export TMPDIR="$SCRATCH/tmp"
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
