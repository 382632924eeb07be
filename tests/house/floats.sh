#!/bin/sh
# Money is exact: no floating point where amounts are decided, kept or handed out.
. "$QF_SRC/tests/house/lib"

# shellcheck disable=SC2046
code $(sources daemon/core daemon/store daemon/api) $(ls common/money.* 2>/dev/null) >"$tmp/code"
count "lines looked at" "$(wc -l <"$tmp/code")"
grep -E '(^|[^A-Za-z0-9_])(float|double|_Complex|long double|FLT_|DBL_)' "$tmp/code" >"$tmp/offences"
point "no floating type in core, store, api and money" "$tmp/offences"
grep -E '(^|[^A-Za-z0-9_.])([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+[eE][-+]?[0-9]+)([^0-9xX.]|$)' "$tmp/code" |
    grep -vE '^[^:]*:[0-9]*:[ 	]*#' >"$tmp/offences"
point "no floating constant there" "$tmp/offences"
grep -E '#[ 	]*include[ 	]*<(math|fenv|float|tgmath)\.h>' "$tmp/code" >"$tmp/offences"
point "no mathematics header there" "$tmp/offences"
finish
