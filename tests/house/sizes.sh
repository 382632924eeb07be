#!/bin/sh
# A file does one job; one of over 600 lines does two.
. "$QF_SRC/tests/house/lib"

find common daemon tui sql tests man -type f \( -name '*.c' -o -name '*.h' -o -name '*.def' -o -name '*.sh' -o -name '*.sql' \) >"$tmp/files"
count "files looked at" "$(wc -l <"$tmp/files")"
xargs wc -l <"$tmp/files" | awk '$2 != "total" && $1 > 600 { print $2 ": " $1 " lines" }' >"$tmp/offences"
point "no file has more than 600 lines" "$tmp/offences"
# shellcheck disable=SC2046
awk 'length($0) > 144 { printf "%s:%d: %d columns\n", FILENAME, FNR, length($0) }' \
    $(sources common daemon tui tests) >"$tmp/offences"
point "no line has more than 144 columns (aim at 120)" "$tmp/offences"
finish
