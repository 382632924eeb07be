#include "daemon/server/machine.h"

#include "common/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The beginning of a file, terminated; false when there is none. */
static bool read_start(const char *proc, const char *name, char *out, size_t cap)
{
    char path[300];
    qf_str_fmt(path, sizeof path, "%s/%s", proc, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, out, cap - 1);
    close(fd);
    out[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* The next whole number at or behind *p on this line; false when there is none or it is too long. */
static bool next_number(const char **p, int64_t *ret)
{
    const char *s = *p + strcspn(*p, "0123456789\n");
    size_t n = strspn(s, "0123456789");
    int64_t v = 0;
    if (n == 0 || n > 18)
        return false;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + (s[i] - '0');
    *p = s + n;
    *ret = v;
    return true;
}

/* "cpu  user nice system idle iowait irq softirq steal ..." */
static void read_cpu(struct machine *m, const char *proc)
{
    char text[512];
    int64_t v, total = 0, idle = 0;
    if (!read_start(proc, "stat", text, sizeof text) || strncmp(text, "cpu ", 4) != 0)
        return;
    const char *p = text + 4;
    int i = 0;
    for (; i < 8 && next_number(&p, &v); i++) {
        total += v;
        if (i == 3 || i == 4)
            idle += v;
    }
    if (i < 4)
        return;
    m->cpu_total = total;
    m->cpu_busy = total - idle;
}

/* "0.42 0.31 ..." */
static void read_load(struct machine *m, const char *proc)
{
    char text[128];
    int64_t whole, part;
    if (!read_start(proc, "loadavg", text, sizeof text))
        return;
    const char *p = text;
    if (next_number(&p, &whole) && *p == '.' && next_number(&p, &part) && whole < 1000000 && part < 100)
        m->load_centi = whole * 100 + part;
}

static bool meminfo(const char *text, const char *name, int64_t *ret_bytes)
{
    const char *p = strstr(text, name);
    int64_t kib;
    if (!p || (p != text && p[-1] != '\n'))
        return false;
    p += strlen(name);
    if (!next_number(&p, &kib) || kib > INT64_MAX / 1024)
        return false;
    *ret_bytes = kib * 1024;
    return true;
}

static void read_memory(struct machine *m, const char *proc)
{
    char text[4096];
    int64_t total, available;
    if (read_start(proc, "meminfo", text, sizeof text) && meminfo(text, "MemTotal:", &total) &&
        meminfo(text, "MemAvailable:", &available) && available <= total) {
        m->memory_total = total;
        m->memory_used = total - available;
    }
    const char *p = text;
    int64_t size, pages;
    if (read_start(proc, "self/statm", text, sizeof text) && next_number(&p, &size) && next_number(&p, &pages) &&
        pages < 1LL << 40)
        m->rss = pages * sysconf(_SC_PAGESIZE);
}

static void read_disk(struct machine *m, const char *dir)
{
    struct statvfs v;
    if (statvfs(dir, &v) != 0)
        return;
    m->disk_total = (int64_t)(v.f_blocks * v.f_frsize);
    m->disk_used = (int64_t)((v.f_blocks - v.f_bfree) * v.f_frsize);
}

static void read_files(struct machine *m, const char *proc)
{
    char path[300];
    struct rlimit lim;
    qf_str_fmt(path, sizeof path, "%s/self/fd", proc);
    DIR *d = opendir(path);
    if (d) {
        int64_t n = 0;
        for (struct dirent *e; (e = readdir(d)) != NULL;)
            n += e->d_name[0] != '.';
        closedir(d);
        m->files = n - 1; /* the folder itself was open */
    }
    if (getrlimit(RLIMIT_NOFILE, &lim) == 0)
        m->files_max = lim.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)lim.rlim_cur;
}

static int64_t us_of(const struct timeval *t)
{
    return (int64_t)t->tv_sec * 1000000 + t->tv_usec;
}

void machine_read(struct machine *m, const char *proc, const char *dir)
{
    struct rusage u;
    m->cpus = sysconf(_SC_NPROCESSORS_ONLN);
    read_cpu(m, proc);
    read_load(m, proc);
    read_memory(m, proc);
    read_disk(m, dir);
    read_files(m, proc);
    if (getrusage(RUSAGE_SELF, &u) == 0)
        m->self_cpu_us = us_of(&u.ru_utime) + us_of(&u.ru_stime);
}
