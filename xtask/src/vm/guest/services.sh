# The services from installation to purge, over one reboot. Runs at both boots.
stage=$answers/stage
found=/var/lib/private/packhound-collector/findings
here=$(pwd)

# What a failure is explained with.
diagnose() {
    systemctl status --no-pager --lines 0 packhound packhound-collector.socket packhound-collector
    journalctl --no-pager --lines 25 --output short-monotonic --unit 'packhound*'
    journalctl --no-pager --lines 10 --output short-monotonic _TRANSPORT=kernel
    journalctl --no-pager --lines 10 --output short-monotonic _TRANSPORT=audit
}

# Everything that the collector has written, files that it closed included.
collected() {
    for file in "$found"/*; do
        case $file in
        *.gz) gzip -dc "$file" ;;
        *) cat "$file" ;;
        esac
    done 2>/dev/null
}
count_of() {
    collected | grep -c -e "$1"
}
is_active() {
    systemctl is-active "$1"
}
property() {
    systemctl show --property "$2" --value "$1"
}
main_pid() {
    property "$1" MainPID
}

# The capabilities of each thread: what its name's duty needs and no more.
threads_hold_little() {
    wrong=0
    for task in /proc/"$(main_pid packhound)"/task/*; do
        # One that has ended meanwhile holds nothing.
        status=$(cat "$task/status" 2>/dev/null) || continue
        name=$(echo "$status" | sed -n 's/^Name:\t//p')
        held=$(echo "$status" | sed -n 's/^CapPrm:\t//p')
        bound=$(echo "$status" | sed -n 's/^CapBnd:\t//p')
        case $name in
        packhound | libraries) wanted=000001c000080004 ;;
        inspector) wanted=0000000000080004 ;;
        *) wanted=0000000000000000 ;;
        esac
        printf '%s %s; ' "$name" "$held"
        if [ "$held" != "$wanted" ] || [ "$bound" != 000001c000280004 ]; then
            printf '(wanted %s, bound to %s); ' "$wanted" "$bound"
            wrong=1
        fi
    done
    return $wrong
}
collector_is_nobody() {
    status=/proc/$(main_pid packhound-collector)/status
    sed -n 's/^Uid:\t\([0-9]*\).*/uid \1/p; s/^CapEff:\t/capabilities /p' "$status"
    ! grep -q '^Uid:.0' "$status" && grep -q '^CapEff:.0000000000000000$' "$status"
}
all_hooks() {
    text=$(property packhound StatusText)
    echo "$text"
    attached=$(echo "$text" | sed -n 's/.* \([0-9]*\) of \([0-9]*\) hooks.*/\1/p')
    all=$(echo "$text" | sed -n 's/.* \([0-9]*\) of \([0-9]*\) hooks.*/\2/p')
    [ "${attached:-0}" -gt 0 ] && [ "$attached" = "$all" ]
}
socket_is_roots() {
    stat -c '%F %U %a' /run/packhound/collector.sock | tee /dev/stderr | grep -qx 'socket root 600'
}
finding_is_in_the_journal() {
    journalctl --unit packhound --output cat | grep -c '"class_uid":2004.*out.7z'
}
is_kept() {
    packhound explain --json | grep -c -e "$1"
}

# From here on a system call that the units do not allow ends the program instead of being refused,
# so that none is refused unseen; and the watchdog waits for less than a minute.
be_strict() {
    for unit in packhound packhound-collector; do
        mkdir -p /etc/systemd/system/$unit.service.d
        printf '[Service]\nSystemCallErrorNumber=\nWatchdogSec=%s\n' "$watchdog" \
            >/etc/systemd/system/$unit.service.d/test.conf
    done
    systemctl daemon-reload
}
watchdog=6s
# The last sign of life came later than the watchdog waits, and nothing was started anew.
lives_on() {
    beat=$(property packhound WatchdogTimestampMonotonic)
    begun=$(property packhound ActiveEnterTimestampMonotonic)
    echo "$(((beat - begun) / 1000000)) s after it became ready"
    [ $((beat - begun)) -gt 7000000 ] && same process "$1" "$(main_pid packhound)"
}
restarted_by_watchdog() {
    differs process "$1" "$(main_pid packhound)" && is_active packhound &&
        journalctl --unit packhound --output cat | grep -m 1 'Watchdog timeout'
}
no_line_twice() {
    collected | sort | uniq -d | cut -c 1-200 | grep . && return 1
    echo "$(collected | wc -l) lines"
}
some_programs() {
    [ "$("$here/objects" programs | tee /dev/stderr)" -gt 20 ]
}
no_programs() {
    same 'in the kernel' 'programs 0, maps 0' "$("$here/objects")"
}
is_version() {
    same version "$1" "$(dpkg-query --show --showformat '${Version}' packhound)"
}
# refuses WORDS COMMAND...: the command fails and says why.
refuses() {
    words=$1
    shift
    if "$@" >"$answers/refusal" 2>&1; then
        echo 'it did not refuse:'
        cat "$answers/refusal"
        return 1
    fi
    cat "$answers/refusal"
    grep -q -e "$words" "$answers/refusal"
}
# status_has WORDS...: `service status` succeeds and says each of these.
status_has() {
    packhound service status >"$answers/status" 2>&1 || { cat "$answers/status"; return 1; }
    for words in "$@"; do
        grep -q -e "$words" "$answers/status" || { echo "no $words in"; cat "$answers/status"; return 1; }
    done
    tr '\n' ' ' <"$answers/status"
}
# left_are FILES: everything on the disk that has to do with Packhound.
left_are() {
    left=$(find / -xdev -name '*packhound*' -not -path "$answers/*" | LC_ALL=C sort | tr '\n' ' ')
    units=$(systemctl list-unit-files --no-legend 'packhound*')
    same left "$1" "$left" && same units '' "$units" && [ ! -e /run/packhound/collector.sock ]
}
ready_within() {
    within 240 is_active packhound
}
refuses_a_place_of_others() {
    mkdir -p /tmp/place && cp "$answers/program" /tmp/place/packhound || return 1
    refuses 'others could change' /tmp/place/packhound service install
    refused=$?
    rm -r /tmp/place
    return $refused
}
# Started anew it would fail anew: it is told once, and left.
fails_once() {
    echo 'nonsense = 1' >>/etc/packhound/packhound.toml
    if systemctl restart packhound; then
        echo 'it started'
        return 1
    fi
    sleep 4
    property packhound StatusText
    same state failed "$(property packhound ActiveState)" &&
        same restarts 0 "$(property packhound NRestarts)" &&
        same 'exit status' 2 "$(property packhound ExecMainStatus)"
}
kept_by_rpm() {
    grep '^# rpm was here' /etc/packhound/packhound.toml && same package "$1" "$(rpm -q packhound)"
}
with_something_to_pack() {
    mkdir -p /home/ann/docs
    for at in 1 2 3 4 5 6; do
        seq 1 4000 >"/home/ann/docs/report-$at.txt"
    done
}

# An emulated guest on a busy machine takes its time to start the daemon.
be_patient() {
    mkdir -p /etc/systemd/system.control/packhound.service.d
    printf '[Service]\nTimeoutStartSec=15min\n' \
        >/etc/systemd/system.control/packhound.service.d/patience.conf
    systemctl daemon-reload
}

first_boot() {
    be_patient
    with_something_to_pack
    check before-there-is-nothing no_programs
    check deb-installs dpkg -i older.deb
    check agent-is-active is_active packhound
    check every-hook-listens all_hooks
    check probes-are-in-the-kernel some_programs
    check agent-starts-with-the-system systemctl is-enabled packhound
    check collector-is-not-enabled not systemctl is-enabled --quiet packhound-collector.socket
    check threads-hold-little threads_hold_little

    check collector-socket systemctl enable --now packhound-collector.socket
    check socket-is-roots socket_is_roots
    check first-agent-starts-the-collector within 60 is_active packhound-collector
    check collector-is-nobody collector_is_nobody

    7zz a -psecret -mhe=on /tmp/out.7z /home/ann/docs >/dev/null
    check packing-is-found within 60 count_of out.7z
    check finding-is-in-the-journal within 20 finding_is_in_the_journal

    be_strict
    check strict-restart systemctl restart packhound packhound-collector
    pid=$(main_pid packhound)
    check watchdog-is-content within 60 lives_on "$pid"
    kill -STOP "$pid"
    check watchdog-restarts-it within 120 restarted_by_watchdog "$pid"

    # What is found while nobody collects waits for the collector, over the reboot.
    systemctl stop packhound-collector.socket packhound-collector.service
    count_of out.7z >"$answers/before"
    zip -q -r -P secret /tmp/late.zip /home/ann/docs
    check found-without-a-collector within 60 is_kept late.zip
    check not-collected-yet not count_of late.zip
    collected >"$answers/findings-before"
    echo second >"$stage"
    sync
    # `systemctl reboot` would first look for a bus that this system does not have.
    systemctl start --no-block --job-mode replace-irreversibly reboot.target
    sleep 600
}

second_boot() {
    check agent-comes-back-by-itself ready_within
    check late-finding-arrives within 60 count_of late.zip
    check earlier-finding-stays-once same lines "$(cat "$answers/before")" "$(count_of out.7z)"
    check no-line-is-there-twice no_line_twice
    check status-tells status_has 'active (running)' 'brought by a package' 'the latest' 'hooks'
    check install-refuses-a-package refuses 'belongs to a package' packhound service install
    check uninstall-refuses-a-package refuses 'belongs to a package' packhound service uninstall
    check reload systemctl reload packhound
    check active-after-the-reload is_active packhound

    for unit in packhound packhound-collector; do
        systemd-analyze security --no-pager $unit.service 2>&1 | tail -n 1
    done >"$answers/security"

    printf '\n# an operator was here\n' >>/etc/packhound/packhound.toml
    pid=$(main_pid packhound)
    check deb-upgrades dpkg -i newer.deb
    check newer-version is_version 0.1.1
    check restarted-by-the-upgrade differs process "$pid" "$(main_pid packhound)"
    check active-after-the-upgrade is_active packhound
    check operators-configuration-stays grep '^# an operator was here' /etc/packhound/packhound.toml
    collected >"$answers/findings.jsonl"
    cp /usr/bin/packhound "$answers/program"

    check deb-is-removed dpkg -r packhound
    check stopped-by-the-removal not is_active packhound
    check nothing-in-the-kernel no_programs
    check state-stays test -e /var/lib/packhound/state.redb
    check configuration-stays test -e /etc/packhound/packhound.toml
    check deb-is-purged dpkg --purge packhound
    rm -r /etc/systemd/system/packhound.service.d /etc/systemd/system/packhound-collector.service.d \
        /etc/systemd/system.control
    check purge-leaves-nothing left_are ''
    without_a_package
    with_rpm

    journalctl --output short-monotonic >"$answers/journal" 2>&1
    rm -f "$answers/program" "$answers/refusal"
    finish
}

# The program alone, as it is built, installs and removes itself.
without_a_package() {
    be_patient
    check refuses-a-place-of-others refuses_a_place_of_others
    install -m 755 "$answers/program" /usr/local/bin/packhound
    check nothing-is-installed refuses 'no service is installed' packhound service status
    check installs-itself packhound service install
    check active-without-a-package is_active packhound
    check starts-with-the-system-without-a-package systemctl is-enabled packhound
    check installs-its-collector packhound service install --collector
    check collector-starts-without-a-package within 60 is_active packhound-collector
    zip -q -r -P secret /tmp/alone.zip /home/ann/docs
    check found-without-a-package within 60 count_of alone.zip
    check kept-without-a-package is_kept alone.zip
    check status-without-a-package status_has 'active (running)' 'watching, ' \
        'starts with the system' 'the latest [1-9]' 'all [0-9]* hooks can' 'things are not seen here'
    check status-as-json sh -c "packhound service status --json >'$answers/status.json'"
    check installs-itself-again packhound service install --no-start
    check fails-once-when-misconfigured fails_once
    check status-names-the-mistake refuses nonsense packhound service status
    sed -i '/nonsense/d' /etc/packhound/packhound.toml
    check status-tells-of-the-failure refuses 'packhound does not run' packhound service status
    check collector-uninstalls-itself packhound service uninstall --collector
    check uninstalls-itself packhound service uninstall
    check nothing-in-the-kernel-without-a-package no_programs
    rm -r /etc/systemd/system.control
    check only-the-state-is-left left_are '/etc/packhound /etc/packhound/packhound.toml /usr/local/bin/packhound /var/lib/packhound /var/lib/packhound-collector /var/lib/private/packhound-collector '
    check uninstalls-nothing packhound service uninstall
    rm -r /etc/packhound /usr/local/bin/packhound /var/lib/packhound /var/lib/packhound-collector \
        /var/lib/private/packhound-collector
}

with_rpm() {
    be_patient
    check rpm-installs rpm -i --nodeps older.rpm
    echo '# rpm was here' >>/etc/packhound/packhound.toml
    check rpm-service-starts systemctl start packhound
    pid=$(main_pid packhound)
    check rpm-upgrades rpm -U --nodeps newer.rpm
    check restarted-by-rpm differs process "$pid" "$(main_pid packhound)"
    check active-after-rpm is_active packhound
    check rpm-keeps-the-configuration kept_by_rpm packhound-0.1.1-1.x86_64
    check rpm-is-erased rpm -e packhound
    check stopped-by-rpm not is_active packhound
    rm -r /etc/systemd/system.control
    check rpm-leaves-state-and-configuration left_are '/etc/packhound /etc/packhound/packhound.toml.rpmsave /var/lib/packhound '
    check nothing-in-the-kernel-at-last no_programs
}

if [ "$(cat "$stage" 2>/dev/null)" = second ]; then
    second_boot
else
    first_boot
fi
