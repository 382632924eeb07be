#!/bin/sh
# A command is a row in common/proto/*.def, a function in daemon/api, a test that names it and a line in the manual.
. "$QF_SRC/tests/house/lib"

sed -nE 's/^CMD\(([a-z_0-9]+), "([a-z_.0-9]+)".*/\1 \2/p' common/proto/*.def | LC_ALL=C sort >"$tmp/commands"
count "commands looked at" "$(wc -l <"$tmp/commands")"

# shellcheck disable=SC2046
code $(sources daemon/api) | sed -nE 's/^[^:]*:[0-9]*:(API|HANDLER)\(([a-z_0-9]+)[,)].*/\2/p' | LC_ALL=C sort >"$tmp/handlers"
cut -d' ' -f1 "$tmp/commands" | LC_ALL=C comm -23 - "$tmp/handlers" >"$tmp/offences"
point "each command has a handler in daemon/api" "$tmp/offences"
uniq -d "$tmp/handlers" >"$tmp/offences"
point "no command has two handlers" "$tmp/offences"

find tests -type f \( -name '*.c' -o -name '*.sh' -o -name '*.h' \) ! -path 'tests/house/*' >"$tmp/tests"
while read -r ident name; do
    words=$(echo "$name" | tr . ' ')
    xargs grep -lE "\"$name\"|'$name'|QF_CMD_$ident([^a-z_]|\$)|api_$ident([^a-z_]|\$)|qf[a-z_]*\"? +$words( |\"|\$)|[^a-z.]${name}[^a-z._]" <"$tmp/tests" >/dev/null 2>&1 ||
        echo "$name"
done <"$tmp/commands" >"$tmp/offences"
point "each command is named in a test" "$tmp/offences"

page=$(find "$QF_BUILD/man" "$QF_SRC/man" -name qf-protocol.7 2>/dev/null | head -n 1)
while read -r ident name; do
    [ -n "$page" ] && grep -qF "$name" "$page" || echo "$name"
done <"$tmp/commands" >"$tmp/offences"
point "each command has a line in qf-protocol(7)" "$tmp/offences"
finish
