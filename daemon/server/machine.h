/* What the kernel says about the machine and this process. Every file is read into a bounded buffer; what does not look
 * as it should counts as not known and leaves the figure as it was. */
#ifndef QF_SERVER_MACHINE_H
#define QF_SERVER_MACHINE_H

#include "common/base.h"

struct machine {
    int64_t cpus;
    int64_t cpu_busy, cpu_total;  /* ticks of all processors since the start */
    int64_t load_centi;
    int64_t memory_used, memory_total, disk_used, disk_total, rss; /* bytes */
    int64_t self_cpu_us;          /* processor time of this process */
    int64_t files, files_max;
};

/* proc: "/proc", or a folder like it in tests. dir: whose disk. */
void machine_read(struct machine *m, const char *proc, const char *dir);

#endif
