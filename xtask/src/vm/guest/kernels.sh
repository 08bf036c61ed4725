# The daemon on another kernel: it starts, sees packings of several kinds, and loses nothing.
cat >/tmp/packhound.toml <<END
[state]
path = "/tmp/state"
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
    within 120 grep watching: "$answers/log" && echo " after $(($(now) - begun)) s"
}
# Every hook that this kernel has: its newest tracepoint came with 6.3.
hooks_listen() {
    wanted=25
    case $(uname -r) in 6.1.*) wanted=24 ;; esac
    grep -o 'watching: .*' "$answers/log" | tee /dev/stderr | grep -q "watching: $wanted of 25 hooks"
}
lost_nothing() {
    grep 'records read' "$answers/log" | tee /dev/stderr | grep -q 'undecodable 0, lost 0,'
}

begun=$(now)
./packhound run --config /tmp/packhound.toml --no-stream --format json \
    >"$answers/findings.jsonl" 2>"$answers/log" &
pid=$!
check becomes-ready is_ready
check every-hook-listens hooks_listen
7zz a -psecret -mhe=on /tmp/out.7z /home/ann/docs >/dev/null
check utility-with-password within 60 found out.7z
zip -q -r -P secret /tmp/late.zip /home/ann/docs
check renamed-output within 60 found late.zip
tar -czf /tmp/some.tar.gz -C /home/ann docs
check pipe-of-programs within 60 found some.tar.gz
zip -q -P secret "$deep/long.zip" /home/ann/docs/report-1.txt
check path-of-many-components within 60 found "$deep/long.zip"
kill "$pid"
wait "$pid"
check lost-nothing lost_nothing
finish
