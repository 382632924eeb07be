#!/bin/sh
# A library of others is met in one place: its header stands in at most three files, all in the room it belongs to.
. "$QF_SRC/tests/house/lib"

# header (a prefix)   folders or files that may name it
cat >"$tmp/table" <<'TABLE'
event2/     common/loop.c daemon/server/ tui/
libpq-fe.h  daemon/store/
openssl/    daemon/server/ tui/
jwt.h       daemon/server/
sodium.h    daemon/server/ daemon/api/ common/
json-c/     common/ tui/ daemon/server/
ini.h       daemon/server/
cblas.h     daemon/quant/
cairo-pdf.h daemon/report/
cairo.h     daemon/report/
fontconfig/ daemon/report/
zlib.h      daemon/market/ common/
ncurses.h   tui/term
curses.h    tui/term
term.h      tui/term
TABLE
# What a C library and Linux bring; everything else comes from somebody.
system=' aio arpa/inet assert ctype dirent dlfcn endian errno execinfo fcntl fenv fnmatch fts ftw getopt glob grp iconv ifaddrs
 inttypes langinfo limits linux/close_range linux/limits linux/sock_diag linux/sockios locale malloc math net/if netdb netinet/in netinet/tcp netinet/ip poll
 pthread pty pwd regex sched search semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio
 stdlib stdnoreturn string strings sys/auxv sys/epoll sys/eventfd sys/file sys/inotify sys/ioctl sys/mman sys/param sys/pidfd sys/prctl sys/random
 sys/resource sys/sendfile sys/signalfd sys/socket sys/stat sys/statfs sys/statvfs sys/syscall sys/sysinfo sys/time sys/timerfd sys/times
 sys/types sys/uio sys/un sys/utsname sys/vfs sys/wait syslog termios time uchar ucontext unistd utime utmp wchar wctype '

# shellcheck disable=SC2046
grep -nE '^[ 	]*#[ 	]*include[ 	]*<' $(sources common daemon tui) /dev/null |
    sed -E 's/^([^:]*):([0-9]*):[^<]*<([^>]*)>.*/\1 \2 \3/' >"$tmp/includes"
count "includes looked at" "$(wc -l <"$tmp/includes")"

awk -v system_words="$system" '
BEGIN { n = split(system_words, w, /[ \n]+/); for (i = 1; i <= n; i++) known[w[i] ".h"] = 1 }
FILENAME ~ /table$/ { head[++rows] = $1; for (i = 2; i <= NF; i++) may[rows] = may[rows] " " $i; next }
$3 in known { next }
{
    row = 0
    for (i = 1; i <= rows; i++) if (index($3, head[i]) == 1 && (head[i] ~ /\/$/ || $3 == head[i])) row = i
    if (!row) { printf "%s:%d: <%s> is in no table of tests/house/thirdparty.sh\n", $1, $2, $3; next }
    good = 0; n = split(may[row], place, " ")
    for (i = 1; i <= n; i++) if (index($1, place[i]) == 1) good = 1
    if (!good) printf "%s:%d: <%s> belongs in%s\n", $1, $2, $3, may[row]
}' "$tmp/table" "$tmp/includes" >"$tmp/offences"
point "each header of a library stands in its room" "$tmp/offences"

awk -v system_words="$system" '
BEGIN { n = split(system_words, w, /[ \n]+/); for (i = 1; i <= n; i++) known[w[i] ".h"] = 1 }
!($3 in known) && !(($1, $3) in seen) { seen[$1, $3] = 1; files[$3]++; list[$3] = list[$3] " " $1 }
END { for (h in files) if (files[h] > 3) printf "<%s> is named in %d files:%s\n", h, files[h], list[h] }' "$tmp/includes" >"$tmp/offences"
point "each header of a library is named in at most three files" "$tmp/offences"
finish
