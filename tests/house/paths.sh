#!/bin/sh
# Nothing in the tree knows the machine it was written on. (The brackets keep this file from finding itself.)
. "$QF_SRC/tests/house/lib"

find . \( -name .git -o -name autom4te.cache -o -name 'build*' -o -name '.deps' \) -prune -o -type f ! -name '*.png' ! -name '*.gz' ! -name configure \
    ! -name Makefile ! -name Makefile.in ! -name 'config.*' ! -name '*.o' ! -name '*.a' ! -name '*.log' ! -name '*.trs' -print >"$tmp/files"
count "files looked at" "$(wc -l <"$tmp/files")"
xargs grep -nIE '(^|[^A-Za-z0-9_.])/([w]ork|[f]arm)/|/[r]oot/|/[h]ome/[a-z]|/[U]sers/|/tmp/h[b]' <"$tmp/files" >"$tmp/offences"
point "no path of one machine" "$tmp/offences"
finish
