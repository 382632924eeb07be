#!/bin/sh
# Who may name whom. A lower room never names a higher one, rooms of one height never name each other, daemon and console never
# meet. ARCHITECTURE.md says why.
. "$QF_SRC/tests/house/lib"

sources common daemon tui >"$tmp/files"
count "files looked at" "$(wc -l <"$tmp/files")"

# shellcheck disable=SC2046
awk '
function room(path) {
    if (path ~ /^common\//) return "common"
    if (path == "daemon/main.c") return "main"
    if (path ~ /^daemon\/[a-z]+\//) { split(path, part, "/"); return part[2] }
    if (path == "tui/main.c") return "tui-main"
    if (path ~ /^tui\/screens\//) return "screens"
    if (path ~ /^tui\//) return "tui"
    return "nowhere"
}
BEGIN {
    may["common"] = "common"
    may["core"] = "common core"
    may["quant"] = "common quant"
    may["report"] = "common quant report"
    may["store"] = "common core quant store"
    may["market"] = "common core quant market"
    may["venue"] = "common core quant venue"
    may["server"] = "common core quant report store market venue server"
    may["api"] = may["server"] " api"
    may["main"] = may["api"]
    may["tui"] = "common tui"
    may["screens"] = "common tui screens"
    may["tui-main"] = may["screens"]
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, q, "\"")
    from = room(FILENAME); to = room(q[2])
    if (index(" " may[from] " ", " " to " ") == 0)
        printf "%s:%d: %s may not name %s (%s)\n", FILENAME, FNR, from, q[2], may[from] == "" ? "no such room" : "may name " may[from]
    else if (!((getline line < q[2]) >= 0))
        printf "%s:%d: no file %s below the top folder\n", FILENAME, FNR, q[2]
    close(q[2])
}' $(cat "$tmp/files") >"$tmp/offences"
point "each include respects the layers" "$tmp/offences"

# A prototype of a stranger is a name without an include.
# shellcheck disable=SC2046
grep -nE '^[ 	]*extern[ 	].*\(' $(cat "$tmp/files") >"$tmp/offences"
point "nobody declares another file's function by hand" "$tmp/offences"
finish
