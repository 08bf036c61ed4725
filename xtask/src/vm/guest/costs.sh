# What the daemon costs those who do not do what it watches, in instructions: the guest's clock counts
# them, one for a nanosecond.
diagnose() {
    tail -n 20 "$answers"/log-*
    cat "$answers/costs"
}
# measure NAME: how many instructions a call takes.
measure() {
    for call in getppid write; do
        printf '%s %s %s\n' "$1" "$call" "$(./ways storm $call 20 /tmp/storm)" >>"$answers/costs"
    done
}
cost() {
    sed -n "s/^$1 $2 //p" "$answers/costs"
}
# watch TIER: measures with a daemon on it.
watch() {
    printf '[state]\npath = "/tmp/state-%s"\n[capture]\ntier = "%s"\n' "$1" "$1" >"/tmp/$1.toml"
    ./packhound run --config "/tmp/$1.toml" --no-stream --format json >/dev/null 2>"$answers/log-$1" &
    pid=$!
    within 300 grep watching: "$answers/log-$1"
    measure "$1"
    kill "$pid"
    wait "$pid"
}
# Within the two hundredth part that the clock's own ticks make.
costs_nothing() {
    alone=$(cost none "$1")
    watched=$(cost auto "$1")
    echo "$alone alone, $watched on tier 1, $(cost 2 "$1") on tier 2"
    [ $((watched * 200)) -le $((alone * 201)) ] && [ $((alone * 200)) -le $((watched * 201)) ]
}
tier_2_costs_more() {
    echo "$(cost auto "$1") on tier 1, $(cost 2 "$1") on tier 2"
    [ "$(cost auto "$1")" -lt "$(cost 2 "$1")" ]
}

measure none
watch auto
watch 2
check ready-on-auto grep 'tier 1' "$answers/log-auto"
check ready-on-2 grep 'tier 2' "$answers/log-2"
check getppid-pays-nothing-on-tier-1 costs_nothing getppid
check write-pays-nothing-on-tier-1 costs_nothing write
check getppid-pays-less-than-on-tier-2 tier_2_costs_more getppid
check write-pays-less-than-on-tier-2 tier_2_costs_more write
finish
