# The daemon on another kernel: it tells what it sees there, starts, sees packings of several kinds,
# loses nothing, and leaves nothing behind when it is killed. What a row of the matrix wants stands
# before this: `free`, the memory in MiB that is left to the guest, and `withheld`, whether the
# kernel's type information is hidden and given as a file, `wanted`, the tier that the daemon is told
# to take. Behind it comes `ending.sh`, and before that, where every way to write is tried, `ways.sh`.
cat >/tmp/packhound.toml <<END
[state]
path = "/tmp/state"
[capture]
tier = "$wanted"
END
mkdir -p /home/ann/docs
for at in 1 2 3 4 5 6; do
    seq 1 4000 >"/home/ann/docs/report-$at.txt"
done
deep=/tmp/deep
for at in $(seq 1 30); do
    deep=$deep/folder-$at
done
mkdir -p "$deep"

diagnose() {
    tail -n 20 "$answers/log"
}
found() {
    grep -c -e "$1" "$answers/findings.jsonl"
}
is_ready() {
    until grep watching: "$answers/log"; do
        kill -0 "$pid" 2>/dev/null || { echo 'it has ended'; return 1; }
        [ "$(now)" -lt $((begun + 150)) ] || { echo 'not within 150 s'; return 1; }
        sleep 0.2
    done
    echo " after $(($(now) - begun)) s"
}
tells_what_it_sees() {
    ./packhound doctor --json --config /tmp/packhound.toml >"$answers/doctor.json"
}
# Calls that the kernel left a hook out of, since it stood there already, are counted and told: on a
# kernel that preempts there may be some, and nothing else may be lost.
lost_nothing() {
    read_line=$(grep 'records read' "$answers/log")
    lost=$(echo "$read_line" | sed -n 's/.* lost \([0-9]*\),.*/\1/p')
    left_out=$(sed -n 's/.*"hooks_skipped": *\([0-9]*\).*/\1/p' "$answers/stats.json")
    echo "$read_line; left out of by the kernel: ${left_out:-0}"
    [ "$lost" -eq "${left_out:-0}" ] && echo "$read_line" | grep -q 'undecodable 0,'
}
nothing_is_left() {
    same 'in the kernel' "$before" "$(./objects)"
}
start() {
    begun=$(now)
    ./packhound run --config /tmp/packhound.toml --no-stream --format json --stats "$answers/stats.json" \
        >>"$answers/findings.jsonl" 2>"$answers/log" &
    pid=$!
}
# Without the kernel's type information the daemon says what it needs; a copy of it is as good.
asks_for_type_information() {
    [ "$withheld" = yes ] || { echo 'not tried here'; return 0; }
    cp /sys/kernel/btf/vmlinux /tmp/kernel.btf && mkdir -p /tmp/empty &&
        mount --bind /tmp/empty /sys/kernel/btf || return 1
    ./packhound run --no-stream --config /tmp/packhound.toml >"$answers/refusal" 2>&1
    code=$?
    cat "$answers/refusal"
    [ $code -eq 4 ] && grep -q 'CONFIG_DEBUG_INFO_BTF=y, or name a BTF file' "$answers/refusal"
}
check without-type-information asks_for_type_information
if [ "$withheld" = yes ]; then
    printf 'btf = "/tmp/kernel.btf"\n' >>/tmp/packhound.toml
fi
# Fills the memory until as much is left as is wanted.
available() {
    sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo
}
if [ "$free" -gt 0 ]; then
    mount -t tmpfs -o size=90% none /mnt
    dd if=/dev/zero of=/mnt/filling bs=1M count=$(($(available) / 1024 - free)) 2>/dev/null
    echo "guest: $(available) KiB are left"
fi

before=$(./objects)
check doctor-tells tells_what_it_sees
start
check becomes-ready is_ready
# Nothing of what follows can hold without the daemon.
kill -0 "$pid" || finish
7zz a -psecret -mhe=on /tmp/out.7z /home/ann/docs >/dev/null
check utility-with-password within 60 found out.7z
zip -q -r -P secret /tmp/late.zip /home/ann/docs
check renamed-output within 60 found late.zip
tar -czf /tmp/some.tar.gz -C /home/ann docs
check pipe-of-programs within 60 found some.tar.gz
openssl enc -aes-256-cbc -pbkdf2 -k secret -in /home/ann/docs/report-2.txt -out /tmp/report.enc
check encrypted-by-openssl within 60 found report.enc
zip -q -m -P secret "$deep/long.zip" /home/ann/docs/report-1.txt
check path-of-many-components within 60 found "$deep/long.zip"
