#!/bin/sh
# The manuals, as they are after the programs have filled in their tables.
. "$QF_SRC/tests/house/lib"

command -v mandoc >/dev/null || { echo "1..0 # SKIP mandoc is not installed"; exit 0; }
pages=$(find "$QF_BUILD/man" "$QF_SRC/man" -name '*.[1-9]' 2>/dev/null | LC_ALL=C sort -u)
count "pages looked at" "$(echo "$pages" | grep -c .)"
: >"$tmp/offences"
for page in $pages; do
    mandoc -T lint -W warning "$page" >>"$tmp/offences" 2>&1 || echo "$page: refused" >>"$tmp/offences"
done
point "mandoc has nothing to warn of" "$tmp/offences"

: >"$tmp/offences"
for page in $pages; do
    for section in NAME SYNOPSIS DESCRIPTION; do
        case $page:$section in *.[57]:SYNOPSIS) continue ;; esac
        grep -qE "^\.Sh $section\$" "$page" || echo "$page: no section $section" >>"$tmp/offences"
    done
    grep -n '@[A-Z]*@' "$page" | sed "s|^|$page:|" >>"$tmp/offences"
done
point "each page has its sections and no unfilled place" "$tmp/offences"
finish
