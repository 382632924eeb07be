#!/bin/sh
# Completion offers the words the program has, whole commands and their fields, as bash asks for them.
. "$QF_SRC/tests/house/lib"

[ -x "$QF" ] && command -v bash >/dev/null || { echo "1..0 # SKIP no qf built here"; exit 0; }

# complete WORD...: what is offered for the last of them, one a line. _init_completion is bash-completion's; here it takes the words as they are.
complete() {
    bash -c '
        _init_completion() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${words[cword]}; prev=${words[cword-1]}; }
        _filedir() { COMPREPLY=(a-file); }
        . completion/qf
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        _qf
        printf "%s\n" "${COMPREPLY[@]}"' bash "$QF" "$@"
}

# offers NAME WANTED WORD...
offers() {
    name=$1 wanted=$2
    shift 2
    complete "$@" >"$tmp/got" 2>&1
    grep -qxF -e "$wanted" "$tmp/got" && : >"$tmp/offences" || { echo "no $wanted among:"; head -n 20 "$tmp/got"; } >"$tmp/offences"
    point "$name" "$tmp/offences"
}

offers "nouns" order ord
offers "short forms" positions pos
offers "verbs of a noun" place order pl
offers "fields of a command" --quantity order place --q
offers "words for every command" --json order place --j
offers "values of a field" SELL order place --side S
offers "options before the command take their value with them" list --socket x order l
offers "fields of a short form" --symbol orders --s
offers "fields of the plan to close" --strategy flatten --s
offers "the word that means it" --yes flatten --y
offers "files of a track record" --returns performance compute --r
offers "ranges" YTD performance --range Y
offers "a file where one is wanted" a-file import ''
offers "what can be exported" executions export ex
offers "fields of an export" --symbol export executions --s
offers "formats of a report" pdf report daily --format p
offers "a file for what the desk makes" a-file report daily -o ''
complete order place --nosuch >"$tmp/got"
grep . "$tmp/got" >"$tmp/offences"
point "nothing where nothing fits" "$tmp/offences"
finish
