# The daemon or the recorder is told to end: it accounts for everything and leaves nothing behind.
kill "$pid"
wait "$pid"
check lost-nothing lost_nothing
check removals-are-seen grep 'FILE_REMOVED: emitted [1-9]' "$answers/log"
check nothing-is-left within 30 nothing_is_left
finish
