# The daemon on a kernel that lets it see nothing useful: it ends at once, with the code that a row
# of the matrix wants (`code`), and says `why`.
diagnose() {
    cat "$answers/refusal"
}
ends_at_once() {
    ./packhound run --no-stream >"$answers/refusal" 2>&1
    seen=$?
    cat "$answers/refusal"
    [ "$seen" -eq "$code" ]
}
says_why() {
    grep -e "$why" "$answers/refusal"
}
doctor_says_why() {
    ./packhound doctor >"$answers/doctor" 2>&1
    grep -e "$why" "$answers/doctor"
}
check ends-at-once ends_at_once
check says-why says_why
check doctor-says-why doctor_says_why
finish
