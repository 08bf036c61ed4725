# The tiers on one kernel: what each sees, that nothing is told twice or lost, and that nothing stays
# in the kernel when the daemon is killed.
mkdir -p /home/ann/docs /tmp/out
for at in 1 2 3 4 5 6; do
    seq 1 4000 >"/home/ann/docs/report-$at.txt"
done
diagnose() {
    tail -n 20 "$answers/log-$tier"
}

# watch TIER: starts a daemon on it.
watch() {
    tier=$1
    printf '[state]\npath = "/tmp/state-%s"\n[capture]\ntier = "%s"\n' "$tier" "$tier" \
        >"/tmp/$tier.toml"
    ./packhound run --config "/tmp/$tier.toml" --no-stream --format json --stats "$answers/stats-$tier" \
        >"$answers/findings-$tier.jsonl" 2>"$answers/log-$tier" &
    pid=$!
}
is_ready() {
    within 120 grep watching: "$answers/log-$tier"
}
# says WORDS: the daemon says so of its hooks.
says() {
    grep -o 'watching: .*' "$answers/log-$tier" | tee /dev/stderr | grep -q "$1"
}
doctor_has() {
    ./packhound doctor --config "/tmp/$tier.toml" >"$answers/doctor-$tier" || return 1
    for words; do
        grep -m 1 -e "$words" "$answers/doctor-$tier" || { echo "no $words"; return 1; }
    done
}
# One finding for a file, which tells its size.
found() {
    lines=$(grep -e "\"/tmp/out/$1\"" "$answers/findings-$tier.jsonl")
    same findings 1 "$(echo "$lines" | grep -c .)" && echo "$lines" | grep -q -e "\"size\":$size"
}
# enciphers WAY: has its documents enciphered into a file by WAY, and waits for the finding.
enciphers() {
    ./ways "${1%-again}" "/tmp/out/$1-$tier" /home/ann/docs/*.txt
    within 30 found "$1-$tier"
}
# blind_to WAY...: nothing was found of them, though a later one was.
blind_to() {
    for way; do
        grep -q -e "\"/tmp/out/$way-$tier\"" "$answers/findings-$tier.jsonl" && echo "sees $way" && return 1
    done
    return 0
}
end() {
    kill "$pid"
    wait "$pid"
}
nothing_of() {
    ! grep -m 1 -e "$1" "$answers/findings-$tier.jsonl"
}
# What the kernel left hooks out of is counted and told; nothing else may be lost.
lost_nothing() {
    read_line=$(grep 'records read' "$answers/log-$tier")
    lost=$(echo "$read_line" | sed -n 's/.* lost \([0-9]*\),.*/\1/p')
    left_out=$(sed -n 's/.*"hooks_skipped": *\([0-9]*\).*/\1/p' "$answers/stats-$tier")
    echo "$read_line; left out of by the kernel: ${left_out:-0}"
    [ "$lost" -eq "${left_out:-0}" ] && echo "$read_line" | grep -q 'undecodable 0,'
}
killed_leaves_nothing() {
    differs 'meanwhile' "$before" "$(./objects)" || return 1
    kill -KILL "$pid"
    within 60 gone
}
gone() {
    same 'afterwards' "$before" "$(./objects)"
}
size=$(cat /home/ann/docs/*.txt | wc -c)
before=$(./objects)

watch auto
check auto-is-ready is_ready
check auto-is-tier-1 says 'watching: \([0-9]*\) of \1 hooks attached, tier 1'
check plain-on-tier-1 enciphers plain
check written-after-its-close-on-tier-1 enciphers late-mapping
check held-twice-at-the-end-on-tier-1 enciphers twice-held
check killed-on-tier-1 enciphers killed
check closed-by-a-program-start-on-tier-1 enciphers exec
check passed-and-dropped-on-tier-1 enciphers passed
check by-a-ring-on-tier-1 enciphers ring
check by-a-32-bit-program-on-tier-1 enciphers narrow
check left-to-the-kernel-on-tier-1 enciphers registered
./ways memory /tmp/out/memory-auto /home/ann/docs/*.txt
check plain-again-on-tier-1 enciphers plain-again
check memory-is-no-file-on-tier-1 nothing_of 'dev/zero'
end
check tier-1-loses-nothing lost_nothing
check doctor-names-tier-1 doctor_has 'tier: 1' 'fentry __fput' 'fexit vfs_rename'
mv "$answers/log-auto" "$answers/log-auto-first"
watch auto
check ready-for-the-kill is_ready
check a-kill-leaves-nothing killed_leaves_nothing

watch 2
check 2-is-ready is_ready
check 2-is-tier-2 says 'hooks attached, tier 2'
for way in late-mapping twice-held exec passed ring narrow; do
    ./ways $way "/tmp/out/$way-2" /home/ann/docs/*.txt
done
check killed-on-tier-2 enciphers killed
check plain-on-tier-2 enciphers plain
check tier-2-is-blind-where-doctor-says blind_to late-mapping twice-held exec passed ring narrow
end
check tier-2-loses-nothing lost_nothing
check doctor-names-tier-2 doctor_has 'tier: 2' 'sys_enter_close' 'close-on-exec' '32-bit'
finish
