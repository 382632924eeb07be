#!/bin/sh
# The desk is a pure state machine: its objects ask for nothing but memory functions, arithmetic of the compiler and common/.
. "$QF_SRC/tests/house/lib"

[ -f "$QF_BUILD/libqfcore.a" ] || { echo "1..0 # SKIP no library built here"; exit 0; }
nm -g --defined-only "$QF_BUILD/libqfcore.a" "$QF_BUILD/libqfcommon.a" 2>/dev/null | awk 'NF == 3 { print $3 }' | LC_ALL=C sort -u >"$tmp/ours"
nm -u "$QF_BUILD/libqfcore.a" 2>/dev/null | awk '/:$/ { object = $0; next } $1 == "U" { print $2, object }' >"$tmp/wanted"
count "symbols looked at" "$(wc -l <"$tmp/wanted")"
awk '
FILENAME ~ /ours$/ { ours[$1] = 1; next }
$1 in ours { next }
$1 ~ /^(mem(cpy|move|set|cmp|chr)|str(len|nlen|cmp|ncmp|chr)|__mem(cpy|move|set)_chk)$/ { next }
$1 ~ /^__(u?div|u?mod|mul|mulo)(ti|di)[34]$/ || $1 ~ /^(__stack_chk_fail|_GLOBAL_OFFSET_TABLE_)$/ { next }
$1 ~ /^__(asan|ubsan|lsan|sanitizer|gcov|llvm)_/ { next }
{ print $2 " asks for " $1 }' "$tmp/ours" "$tmp/wanted" >"$tmp/offences"
point "core asks for memory functions only" "$tmp/offences"

nm -u "$QF_BUILD/libqfcore.a" 2>/dev/null | grep -E ' (q?f?_?clock|time|gettimeofday|rand|getrandom|pthread|malloc|calloc|realloc|free|qf_x|qf_log|qf_loop)' |
    grep -vE ' qf_clock_(fake|set)' >"$tmp/offences"
point "core asks for no clock, chance, thread or heap" "$tmp/offences"

# shellcheck disable=SC2046
code $(sources daemon/core) | grep -E '^[^:]*:[0-9]*:static [^(=]*[;=]' | grep -vE 'static (inline|const|_Thread_local const)|static [a-z_ ]*const' >"$tmp/offences"
point "core keeps nothing in static variables" "$tmp/offences"
finish
