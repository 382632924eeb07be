#!/bin/sh
# A file does one job; one of over 600 lines does two.
. "$QF_SRC/tests/house/lib"

find common daemon tui sql tests man -type f ! -path sql/embedded.c \( -name '*.c' -o -name '*.h' -o -name '*.def' -o -name '*.sh' -o -name '*.sql' \) >"$tmp/files"
count "files looked at" "$(wc -l <"$tmp/files")"
xargs wc -l <"$tmp/files" | awk '$2 != "total" && $1 > 600 { print $2 ": " $1 " lines" }' >"$tmp/offences"
point "no file has more than 600 lines" "$tmp/offences"
# A text may be as long as it has to be: what stands between quotes does not count.
# shellcheck disable=SC2046
code $(sources common daemon tui tests) | awk -F: '{ place = $1 ":" $2; code = substr($0, length(place) + 2)
    if (length(code) > 150) printf "%s: %d columns\n", place, length(code) }' >"$tmp/offences"
point "no line of code has more than 150 columns (aim at 120)" "$tmp/offences"
finish
