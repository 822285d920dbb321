
cd "${@FOLDER@:-$PWD}" || exit 4
@DECK@
chemdrift=@PROGRAM@
script=@SCRIPT@
@ENVIRONMENT@

say() { echo "job script, $(date -u +%FT%TZ), job ${@JOB@:-none}: $*"; }
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
    say "@MOST@ lives got no further than ${begun:-the beginning}; see above why. Submit this script again to go on."
    rm -f "$lives"
    exit 85
}
[ "$fruitless" -lt @MOST@ ] || give_up
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
@LAUNCH@ "$chemdrift" run "$deck" --restart &
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
    @TAKEN@
fi
[ "$(newest)" != "$begun" ] || [ $((fruitless + 1)) -lt @MOST@ ] || give_up
say "submits itself again, to go on from $(newest)"
@AGAIN@
exit 85
