#!/bin/sh
# tests/vectors/run: what it makes of good and bad vectors, and then the shared ones, one TAP point a file. Formats that come later
# (drift, models, ticks) are not looked at here; the program itself counts them as failed.
run=$QF_BUILD/tests/vectors/run
tmp=$(mktemp -d "${TMPDIR:-/tmp}/qf-vectors.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
n=0
bad=0

say() { # STATUS NAME: shows what the program said when it is not what was wanted
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        bad=1
        echo "not ok $n - $2"
        sed 's/^/#   /' "$tmp/out"
    fi
}

# wants NAME STATUS LAST-LINE ARGUMENT...
wants() {
    name=$1 status=$2 line=$3
    shift 3
    "$run" "$@" >"$tmp/out" 2>&1
    rc=$?
    [ "$rc" -eq "$status" ] && [ "$(tail -n 1 "$tmp/out")" = "$line" ]
    say $? "$name"
}

case_of() { # EXPECTED: a vector of one case, whose answer is 0.1
    printf '{"format":"quantumfond/metric-vectors/1","series":{},"cases":[{"id":"one","metric":"cagr_levels","inputs":{},'
    printf '"params":{"start":1000,"end":1100,"days":365},"expected":%s,"abs_tol":1e-9}]}' "$1"
}

for d in good wrong unknown broken empty missing beside; do mkdir "$tmp/$d"; done
case_of 0.1 >"$tmp/good/a.json"
case_of '"nan"' >"$tmp/wrong/a.json"
case_of 0.1 >"$tmp/wrong/b.json"
case_of 0.2 >"$tmp/wrong/c.json"
echo '{"format":"quantumfond/metric-vectors/2"}' >"$tmp/unknown/a.json"
echo '{"format":' >"$tmp/broken/a.json"
echo 'not a vector' >"$tmp/empty/README.md"
pnl='{"format":"quantumfond/golden-pnl/1","inputs":{"f.csv":""},"tolerance":{"absolute":1e-9},"marks":{"X":"3"},"fills":1,
"methods":{"average":{"snapshots":[],"final":{"X":{"quantity":2,"avg_cost":1.5,"unrealized":3}}}}}'
echo "$pnl" >"$tmp/missing/a.json"
echo "$pnl" >"$tmp/beside/a.json"
printf 'fill_id,symbol,side,quantity,price,fee\n1,X,buy,2,1.5,0\n' >"$tmp/beside/f.csv"

wants "a vector that holds" 0 "1 passed, 0 failed" "$tmp/good"
wants "cases that do not hold" 1 "1 passed, 2 failed" "$tmp/wrong"
grep -q '^c.json: one: value is 0.1, wanted 0.2$' "$tmp/out"
say $? "a line says what differs"
wants "a format nobody knows counts as failed" 1 "0 passed, 1 failed" "$tmp/unknown"
wants "what is not JSON counts as failed" 1 "0 passed, 1 failed" "$tmp/broken"
wants "nothing to check is no success" 1 "0 passed, 0 failed" "$tmp/empty"
wants "an input that is nowhere" 1 "0 passed, 1 failed" "$tmp/missing"
wants "an input beside the vector" 0 "2 passed, 0 failed" "$tmp/beside"
wants "an input below the data folder" 0 "2 passed, 0 failed" --data "$tmp/beside" "$tmp/missing"
wants "an argument it does not know" 2 "usage: run [--data DIR] DIR" --verbose

files='metrics positions golden_pnl golden_risk golden_performance'
if [ -z "${QF_SHARED:-}" ]; then
    for f in $files; do
        n=$((n + 1))
        if [ -n "${QF_REQUIRE_SHARED:-}" ]; then
            bad=1
            echo "not ok $n - $f: QF_SHARED is not set"
        else
            echo "ok $n - $f # SKIP QF_SHARED is not set"
        fi
    done
else
    for f in $files; do
        mkdir "$tmp/$f"
        ln -s "$QF_SHARED/vectors/$f.json" "$tmp/$f/"
        [ "$f" != golden_pnl ] || ln -s "$QF_SHARED"/vectors/*.csv "$tmp/$f/"
        "$run" --data "$QF_SHARED/data" "$tmp/$f" >"$tmp/out" 2>&1
        say $? "$f"
        tail -n 1 "$tmp/out" | sed 's/^/# /'
    done
fi
echo "1..$n"
exit "$bad"
