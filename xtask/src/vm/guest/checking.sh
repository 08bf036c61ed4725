# What a guest's script answers with. Answers outlive a reboot of the guest.
answers=/var/lib/guest
mkdir -p "$answers"

# Seconds since the guest's kernel began.
now() {
    cut -d . -f 1 /proc/uptime
}

# answer NAME ok|failed TEXT: says what became of a check; the last answer counts.
answer() {
    printf '%s\t%s\t%s\n' "$1" "$2" "$(printf '%s' "$3" | tr '\t\n' '  ' | cut -c 1-400)" >>"$answers/answers"
    printf 'guest: %4s s  %s %s %s\n' "$(now)" "$1" "$2" "$3"
}

# check NAME COMMAND...: the command must succeed; what it prints is kept. At a failure, what the
# script's function `diagnose` prints is shown and kept beside the answers.
check() {
    name=$1
    shift
    if seen=$("$@" 2>&1); then
        answer "$name" ok "$seen"
    else
        answer "$name" failed "$seen"
        if command -v diagnose >/dev/null; then
            diagnose 2>&1 | tee "$answers/diagnosis-of-$name"
        fi
    fi
}

# same WHAT WANTED FOUND, differs WHAT UNWANTED FOUND: compare, and print what was found.
same() {
    printf '%s: %s\n' "$1" "$3"
    [ "$2" = "$3" ] || { printf 'instead of %s\n' "$2"; return 1; }
}
differs() {
    printf '%s: %s\n' "$1" "$3"
    [ "$2" != "$3" ]
}

# not COMMAND...: the command must fail.
not() {
    ! "$@"
}

# within SECONDS COMMAND...: waits until the command succeeds, and prints what it printed last.
within() {
    limit=$1
    shift
    end=$(($(now) + limit))
    until seen_within=$("$@" 2>&1); do
        if [ "$(now)" -ge "$end" ]; then
            printf 'not within %s s: %s' "$limit" "$seen_within"
            return 1
        fi
        sleep 0.2
    done
    printf '%s' "$seen_within"
}

# finish: gives everything below the folder of answers back and ends the guest.
finish() {
    echo end >>"$answers/answers"
    tar -cf /dev/guest-result -C "$answers" .
    # A guest that does not end says how far it came.
    echo 'guest: the answers are given back'
    sync
    echo 'guest: it is switched off'
    poweroff -f
    # The power goes while the script waits.
    sleep 60
}
