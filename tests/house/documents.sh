#!/bin/sh
# What the documents name is there: files, folders and the targets of make.
. "$QF_SRC/tests/house/lib"

for document in README.md HACKING.md ARCHITECTURE.md tests/README; do
    # Words with a slash that begin with a folder of ours, and links to files; names with a capital placeholder are no files.
    { grep -oE '(common|daemon|tui|tests|sql|man|docs|completion)/[A-Za-z0-9_./-]*' "$document"; sed -nE 's/.*\]\(([A-Za-z0-9_./-]+)\).*/\1/p' "$document"; } |
        sed 's/[.,:;]*$//' | LC_ALL=C sort -u | while read -r path; do
        case $path in *NNNN* | *NAME* | *MODULE* | *_x) continue ;; esac
        [ -e "$path" ] || [ -e "$path.c" ] || echo "$document: $path is not there"
    done
    grep -oE '`(\./)?make [a-z-]+' "$document" | sed 's/.*make //' | LC_ALL=C sort -u | while read -r target; do
        case $target in check | distcheck | install | tests) continue ;; esac
        grep -qE "^$target:" Makefile.am || echo "$document: no target $target"
    done
done >"$tmp/offences"
count "words looked at" "$(cat README.md HACKING.md ARCHITECTURE.md tests/README | wc -w)"
point "the documents name what is there" "$tmp/offences"
finish
