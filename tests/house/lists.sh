#!/bin/sh
# What is not in Makefile.am is not in the tarball and not in the tests.
. "$QF_SRC/tests/house/lib"

find common daemon tui -name '*.c' -o -name '*.h' -o -name '*.def' >"$tmp/all"
find sql/migrations sql/queries -name '*.sql' >>"$tmp/all" 2>/dev/null
find tests/unit tests/it tests/tui tests/fault tests/sim tests/fuzz tests/bench -name '*.c' 2>/dev/null | sed 's/\.c$//' >>"$tmp/all"
find tests -name '*.sh' -o -name '*.h' -o -name '*.def' >>"$tmp/all"
find man -name '*.[1-9]*' 2>/dev/null >>"$tmp/all"
count "files looked at" "$(wc -l <"$tmp/all")"
tr -s ' \t=\\' '\n' <Makefile.am | LC_ALL=C sort -u >"$tmp/words"
while read -r file; do
    grep -qxF -e "$file" -e "$file.c" -e "$file.h" "$tmp/words" || echo "$file stands in no list of Makefile.am"
done <"$tmp/all" >"$tmp/offences"
point "each source, statement and test stands in Makefile.am" "$tmp/offences"
finish
