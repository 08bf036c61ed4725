# A developer's shell beside the daemon, on the serial line (`line`, of `rows` and `columns`).
cp ./packhound /usr/bin/packhound
mkdir -p /etc/packhound /home/ann/docs
printf '[state]\npath = "/var/lib/packhound"\n' >/etc/packhound/packhound.toml
for at in 1 2 3 4 5 6; do
    seq 1 4000 >"/home/ann/docs/report-$at.txt"
done
echo packhound-guest >/proc/sys/kernel/hostname
stty rows "$rows" cols "$columns"
cat >/etc/shellrc <<'END'
PS1='guest:\w # '
alias log='cat /tmp/log'
alias doctor='packhound doctor'
alias explain='packhound explain'
restart() {
    kill "$(cat /tmp/pid)" 2>/dev/null
    while kill -0 "$(cat /tmp/pid)" 2>/dev/null; do
        sleep 0.2
    done
    daemon "$@"
}
daemon() {
    printf 'The daemon is being started'
    : >/tmp/log
    packhound run --no-stream "$@" >/dev/console 2>/tmp/log &
    echo $! >/tmp/pid
    until grep -q watching: /tmp/log; do
        if ! kill -0 "$(cat /tmp/pid)" 2>/dev/null; then
            printf ' and has ended:\n'
            cat /tmp/log
            return 1
        fi
        printf .
        sleep 1
    done
    printf ' %s\n' "$(sed -n 's/^packhound: \(watching: .*\)/\1/p' /tmp/log)"
}
help() {
    cat <<TEXT

  This is Linux $(uname -r) on $(uname -m), with the daemon and /home/ann/docs to pack. What it
  finds is told here. Try   zip -r -P secret /tmp/x.zip /home/ann/docs

  log      what the daemon said        restart  start it anew, with arguments of \`packhound run\`
  doctor   what it sees here           explain  the evidence of a finding, by its name
  help     this                        exit     leave, and end the guest
  there are 7zz, zip, tar, gzip, openssl and busybox; files that you gave are in /payload

TEXT
}
END
cat >/etc/shellstart <<'END'
. /etc/shellrc
cd /home/ann
set +m
daemon
help
set -m
END
export ENV=/etc/shellstart
setsid sh -c "exec sh -i </dev/$line >/dev/$line 2>&1"
kill "$(cat /tmp/pid)" 2>/dev/null
touch "$answers/left"
finish
