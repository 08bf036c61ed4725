# Every way to write, recorded; before that the daemon is killed. What the recording saw is judged
# outside.
kill -9 "$pid"
wait "$pid"
check nothing-is-left-when-killed within 30 nothing_is_left
mkdir /tmp/ways
./packhound record --config /tmp/packhound.toml --for 900s --out "$answers/ways.phr" \
    --stats "$answers/stats.json" 2>"$answers/log" &
pid=$!
check recording-begins within 150 grep 'already ran has been told' "$answers/log"
do_ways() {
    ./do-ways /tmp/ways 40960 >"$answers/said"
}
check ways-to-write-are-done do_ways
rm "$deep/long.zip"
