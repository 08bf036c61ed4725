# The services from installation to purge, over one reboot. Runs at both boots.
stage=$answers/stage
found=/var/lib/private/packhound-collector/findings
here=$(pwd)

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
has_finding() {
    count_of "$1"
}
is_active() {
    systemctl is-active "$1"
}
main_pid() {
    systemctl show --property MainPID --value "$1"
}
not() {
    ! "$@"
}

# The capabilities of each thread: what its name's duty needs and no more.
threads_hold_little() {
    wrong=0
    for task in /proc/"$(main_pid packhound)"/task/*; do
        name=$(cat "$task/comm")
        held=$(sed -n 's/^CapPrm:\t//p' "$task/status")
        bound=$(sed -n 's/^CapBnd:\t//p' "$task/status")
        case $name in
        packhound | libraries) wanted=000001c000080004 ;;
        inspector) wanted=0000000000080004 ;;
        *) wanted=0000000000000000 ;;
        esac
        printf '%s %s; ' "$name" "$held"
        [ "$held" = "$wanted" ] && [ "$bound" = 000001c000080004 ] || wrong=1
    done
    return $wrong
}
collector_is_nobody() {
    status=/proc/$(main_pid packhound-collector)/status
    sed -n 's/^Uid:\t\([0-9]*\).*/uid \1/p; s/^CapEff:\t/capabilities /p' "$status"
    ! grep -q '^Uid:.0' "$status" && grep -q '^CapEff:.0000000000000000$' "$status"
}
all_hooks() {
    text=$(systemctl show --property StatusText --value packhound)
    echo "$text"
    attached=$(echo "$text" | sed -n 's/.* \([0-9]*\) of \([0-9]*\) hooks.*/\1/p')
    all=$(echo "$text" | sed -n 's/.* \([0-9]*\) of \([0-9]*\) hooks.*/\2/p')
    [ "${attached:-0}" -gt 0 ] && [ "$attached" = "$all" ]
}
socket_is_roots() {
    stat -c '%F %U %a' /run/packhound/collector.sock | tee /dev/stderr | grep -qx 'socket root 600'
}
restarted_by_watchdog() {
    [ "$(main_pid packhound)" != "$1" ] && is_active packhound &&
        journalctl --unit packhound --output cat | grep -m 1 'Watchdog timeout'
}
no_line_twice() {
    collected | sort | uniq -d | cut -c 1-200 | grep . && return 1
    return 0
}
programs_in_the_kernel() {
    perl "$here/programs.pl"
}
no_programs() {
    programs_in_the_kernel | tee /dev/stderr | grep -qx 0
}
some_programs() {
    [ "$(programs_in_the_kernel | tee /dev/stderr)" -gt 20 ]
}
is_version() {
    dpkg-query --show --showformat '${Version}' packhound | tee /dev/stderr | grep -qx "$1"
}
refuses_what_a_package_owns() {
    if packhound service install; then
        return 1
    fi 2>"$answers/refusal"
    cat "$answers/refusal"
    grep -q 'belongs to a package' "$answers/refusal"
}
status_tells() {
    packhound service status >"$answers/status" 2>&1 || return 1
    for words in 'active (running)' 'brought by a package' 'the latest' 'hooks'; do
        grep -q -e "$words" "$answers/status" || { echo "no $words"; return 1; }
    done
}
nothing_left() {
    left=$(find / -xdev -name '*packhound*' -not -path "$answers/*" -not -path '/proc/*')
    echo "$left"
    [ -z "$left" ] && ! systemctl cat packhound.service >/dev/null 2>&1 &&
        [ ! -e /run/packhound/collector.sock ]
}
ready_within() {
    within 240 is_active packhound
}
installed_by_itself() {
    install -m 755 "$answers/program" /usr/local/bin/packhound &&
        /usr/local/bin/packhound service install && is_active packhound &&
        systemctl is-enabled packhound
}
refuses_a_place_of_others() {
    mkdir -p /tmp/place && cp "$answers/program" /tmp/place/packhound || return 1
    if /tmp/place/packhound service install; then
        return 1
    fi 2>"$answers/refusal"
    cat "$answers/refusal"
    grep -q 'others could change' "$answers/refusal"
}
removed_by_itself() {
    /usr/local/bin/packhound service uninstall && ! is_active packhound &&
        [ ! -e /etc/systemd/system/packhound.service ] && [ -e /etc/packhound/packhound.toml ]
}
kept_by_rpm() {
    grep -q '^# rpm was here' /etc/packhound/packhound.toml && [ "$(rpm -q packhound)" = "$1" ]
}

first_boot() {
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

    mkdir -p /home/ann/docs
    for at in 1 2 3 4 5 6; do
        seq 1 4000 >"/home/ann/docs/report-$at.txt"
    done
    7zz a -psecret -mhe=on /tmp/out.7z /home/ann/docs >/dev/null
    check packing-is-found within 60 has_finding out.7z
    check finding-is-in-the-journal within 20 sh -c \
        'journalctl --unit packhound --output cat | grep -c "\"class_uid\":2004.*out.7z"'

    mkdir -p /run/systemd/system/packhound.service.d
    printf '[Service]\nWatchdogSec=6s\n' >/run/systemd/system/packhound.service.d/test.conf
    systemctl daemon-reload
    systemctl restart packhound
    pid=$(main_pid packhound)
    sleep 8
    check watchdog-is-content test "$(main_pid packhound)" = "$pid"
    kill -STOP "$pid"
    check watchdog-restarts-it within 120 restarted_by_watchdog "$pid"

    # What is found while nobody collects waits for the collector, over the reboot.
    systemctl stop packhound-collector.socket packhound-collector.service
    count_of out.7z >"$answers/before"
    zip -q -r -P secret /tmp/late.zip /home/ann/docs
    check found-without-a-collector within 60 sh -c \
        'packhound explain --json | grep -c "late.zip"'
    collected >"$answers/findings-before"
    echo second >"$stage"
    sync
    systemctl reboot
    sleep 600
}

second_boot() {
    check agent-comes-back-by-itself ready_within
    check late-finding-arrives within 60 has_finding late.zip
    check earlier-finding-stays-once test "$(count_of out.7z)" = "$(cat "$answers/before")"
    check no-line-is-there-twice no_line_twice
    check status-tells status_tells
    check install-refuses-a-package refuses_what_a_package_owns
    check reload systemctl reload packhound
    check active-after-the-reload is_active packhound

    for unit in packhound packhound-collector; do
        systemd-analyze security --no-pager $unit.service 2>&1 | tail -n 1
    done >"$answers/security"

    printf '\n# an operator was here\n' >>/etc/packhound/packhound.toml
    pid=$(main_pid packhound)
    check deb-upgrades dpkg -i newer.deb
    check newer-version is_version 0.1.1
    check restarted-by-the-upgrade test "$(main_pid packhound)" != "$pid"
    check active-after-the-upgrade is_active packhound
    check operators-configuration-stays grep '^# an operator was here' /etc/packhound/packhound.toml
    collected >"$answers/findings.jsonl"
    cp /usr/bin/packhound "$answers/program"

    check deb-is-removed dpkg -r packhound
    check stopped-by-the-removal not is_active packhound
    check nothing-in-the-kernel no_programs
    check state-stays test -n "$(ls /var/lib/packhound)"
    check configuration-stays test -e /etc/packhound/packhound.toml
    check deb-is-purged dpkg --purge packhound
    rm -f /run/systemd/system/packhound.service.d/test.conf
    check purge-leaves-nothing nothing_left

    check refuses-a-place-of-others refuses_a_place_of_others
    check installed-without-a-package installed_by_itself
    check removed-without-a-package removed_by_itself
    rm -rf /etc/packhound /var/lib/packhound /usr/local/bin/packhound

    check rpm-installs rpm -i --nodeps older.rpm
    echo '# rpm was here' >>/etc/packhound/packhound.toml
    check rpm-upgrades rpm -U --nodeps newer.rpm
    check rpm-keeps-the-configuration kept_by_rpm packhound-0.1.1-1.x86_64
    check rpm-service-starts systemctl start packhound
    check rpm-is-erased rpm -e packhound
    check rpm-stops-and-leaves-no-unit not systemctl cat --quiet packhound.service
    check rpm-saves-the-configuration test -e /etc/packhound/packhound.toml.rpmsave
    check nothing-in-the-kernel-at-last no_programs

    journalctl --output short-monotonic >"$answers/journal" 2>&1
    rm -f "$answers/program"
    finish
}

if [ "$(cat "$stage" 2>/dev/null)" = second ]; then
    second_boot
else
    first_boot
fi
