#!/bin/sh
# A header can be included alone, twice, by anybody.
. "$QF_SRC/tests/house/lib"

find common daemon tui -name '*.h' | LC_ALL=C sort >"$tmp/files"
count "headers looked at" "$(wc -l <"$tmp/files")"

xargs awk '
FNR == 1 { if (file != "" && !guard) print file ": no include guard"; file = FILENAME; guard = 0 }
/^#ifndef QF_[A-Z0-9_]*_H$/ { guard = 1; if ($2 in seen) printf "%s: guard %s is also that of %s\n", FILENAME, $2, seen[$2]; seen[$2] = FILENAME }
END { if (file != "" && !guard) print file ": no include guard" }' <"$tmp/files" >"$tmp/offences"
point "each header has a guard of its own" "$tmp/offences"

cc=$(sed -n 's/^CC = //p' "$QF_BUILD/Makefile" 2>/dev/null)
flags=$(sed -n 's/^[A-Z]*_CFLAGS = \(.*-I.*\)/\1/p' "$QF_BUILD/Makefile" 2>/dev/null | tr '\n' ' ')
while read -r header; do
    # shellcheck disable=SC2086
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
        ${cc:-cc} -std=c11 -D_GNU_SOURCE -I. $flags -fsyntax-only -Wall -Wextra -x c - >"$tmp/out" 2>&1 || { echo "$header:"; head -n 3 "$tmp/out"; }
done <"$tmp/files" >"$tmp/offences"
point "each header compiles alone" "$tmp/offences"
finish
