#!/bin/sh
# Calls that have cost others dearly: no bounds, a shell, hidden state, silent failure, SQL made of text.
. "$QF_SRC/tests/house/lib"

# shellcheck disable=SC2046
code $(sources common daemon tui tests) >"$tmp/code"
count "lines looked at" "$(wc -l <"$tmp/code")"

calls='strcpy|stpcpy|strcat|strncat|sprintf|vsprintf|gets|system|popen|strtok|atoi|atol|atoll|atof|strdupa|alloca|tmpnam|tempnam|mktemp'
grep -E "(^|[^A-Za-z0-9_>.])($calls)[ 	]*\(" "$tmp/code" >"$tmp/offences"
# Tests may read a number with scanf and take a chance with rand; programs may not.
grep -E '(^|[^A-Za-z0-9_>.])(rand|srand|[sf]?scanf)[ 	]*\(' "$tmp/code" | grep -v '^tests/' >>"$tmp/offences"
point "no banned function is called" "$tmp/offences"

# SQL is a constant: what varies goes in as a parameter. Text with several statements (a migration) has one door, db_script, and
# what goes through it is a string (emptied here) or an embedded file's .text.
grep -E '(^|[^A-Za-z0-9_])(PQexec|PQsendQuery)[ 	]*\(' "$tmp/code" | grep -vE '^(tests/|daemon/store/db\.c:)' >"$tmp/offences"
grep -E '(^|[^A-Za-z0-9_])db_script[ 	]*\(' "$tmp/code" | grep -vE 'db_script[ 	]*\([^,]*, *(""|[a-z_]+(\[[a-z]+\])?(\.|->)text *,|const char \*)' >>"$tmp/offences"
point "text sent as a whole is constant" "$tmp/offences"

grep -E '(PQexecParams|PQsendQueryParams|PQprepare|PQsendPrepare)[ 	]*\(' "$tmp/code" | grep -E 'snprintf|buf_fmt|buf_cstr' >"$tmp/offences"
point "no statement is built where it is sent" "$tmp/offences"
finish
