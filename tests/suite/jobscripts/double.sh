#!/bin/bash
# Stands for chemdrift and for the commands of schedulers, so that the life of a job script can be watched without them.
# Calls are written to `calls`; BEHAVIOUR says how the run goes.
echo "$(basename "$0") $*" >>calls
checkpoint() { mkdir -p run.nc.run && touch "run.nc.run/step-00000000000$1.h5"; }
case "$(basename "$0") $BEHAVIOUR" in
    "chemdrift done") exit 0 ;;
    "chemdrift wrong") exit 2 ;;
    "chemdrift stuck") exit 85 ;;
    "chemdrift killed") kill -KILL $$ ;;
    "chemdrift further") checkpoint "$(ls run.nc.run 2>/dev/null | wc -l)"; exit 85 ;;
    "chemdrift waits")
        trap 'checkpoint 7; exit 85' USR1
        touch ready
        while [ -e job ]; do sleep 0.05; done # until the test and its folder are gone
        ;;
    "chemdrift deaf")
        touch ready
        while [ -e job ]; do sleep 0.05; done
        ;;
    "scontrol "*)
        [ -z "$NO_REQUEUE" ] || exit 1
        kill -KILL "$PPID" # as SLURM ends a script whose job it takes back
        ;;
    "qsub "*) [ "${*: -1}" = job ] || cat >submitted ;;
esac
