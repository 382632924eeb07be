/* The panels of the system screen and where they stand. */
#include <math.h>
#include <string.h>

#include "common/str.h"
#include "tui/chart.h"
#include "tui/screens/system_in.h"

/* --- one row: a name, its hour, its value now. A table, so that a new figure is one line. */

typedef double (*figure_fn)(const struct qf_sample *s);
typedef void (*figure_text_fn)(const struct qf_sample *s, char out[TUI_FMT]);
struct figure {
    const char *name;
    figure_fn value;
    figure_text_fn text;
    double warn; /* at and above it the text is in warn; 0 = never */
};

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

#define FIGURE(name, expression) \
    static double value_##name(const struct qf_sample *s) \
    { \
        return (double)(expression); \
    }
FIGURE(cpu, s->cpu_bp)
FIGURE(load, s->load_centi)
FIGURE(memory, share(s->memory_used, s->memory_total))
FIGURE(disk, share(s->disk_used, s->disk_total))
FIGURE(files, share(s->files, s->files_max))
FIGURE(qfd_cpu, s->qfd_cpu_bp)
FIGURE(qfd_rss, s->qfd_rss)
FIGURE(uptime, s->uptime)
FIGURE(stall, s->loop_stall_us)
FIGURE(p50, s->commit_p50_us)
FIGURE(p99, s->commit_p99_us)
FIGURE(worst, s->commit_max_us)
FIGURE(batch, s->batch_commands_max)
FIGURE(requests, s->requests_per_s)
FIGURE(pushes, s->pushes_per_s)
FIGURE(connections, share(s->connections, s->connections_max))
FIGURE(push_queue, s->push_queue)
FIGURE(bar_queue, s->bar_queue)

static void of(char out[TUI_FMT], const char *a, const char *b)
{
    qf_str_fmt(out, TUI_FMT, "%s of %s", a, b);
}

static void two_bytes(char out[TUI_FMT], int64_t a, int64_t b)
{
    char x[TUI_FMT], y[TUI_FMT];
    tui_fmt_bytes(x, a);
    tui_fmt_bytes(y, b);
    of(out, x, y);
}

static void two_counts(char out[TUI_FMT], int64_t a, int64_t b)
{
    char x[TUI_FMT], y[TUI_FMT];
    tui_fmt_count(x, a);
    if (b < 10000)
        tui_fmt_count(y, b);
    else
        tui_fmt_size(y, b > 92000000000LL ? QF_PRICE_MAX : b * QF_ONE);
    of(out, x, y);
}

static void text_cpu(const struct qf_sample *s, char out[TUI_FMT])
{
    char x[TUI_FMT];
    tui_fmt_bp(x, s->cpu_bp, 0, false);
    qf_str_fmt(out, TUI_FMT, "%s, %lld cores", x, (long long)s->cpus);
}
static void text_load(const struct qf_sample *s, char out[TUI_FMT])
{
    qf_dec_pretty(s->load_centi, 2, 2, true, false, out);
}
static void text_memory(const struct qf_sample *s, char out[TUI_FMT])
{
    two_bytes(out, s->memory_used, s->memory_total);
}
static void text_disk(const struct qf_sample *s, char out[TUI_FMT])
{
    two_bytes(out, s->disk_used, s->disk_total);
}
static void text_files(const struct qf_sample *s, char out[TUI_FMT])
{
    two_counts(out, s->files, s->files_max);
}
static void text_qfd_cpu(const struct qf_sample *s, char out[TUI_FMT])
{
    tui_fmt_bp(out, s->qfd_cpu_bp, 1, false);
}
static void text_qfd_rss(const struct qf_sample *s, char out[TUI_FMT])
{
    tui_fmt_bytes(out, s->qfd_rss);
}
static void text_uptime(const struct qf_sample *s, char out[TUI_FMT])
{
    tui_fmt_deadline(out, s->uptime * QF_SEC);
}
static void text_stall(const struct qf_sample *s, char out[TUI_FMT])
{
    tui_fmt_latency(out, s->loop_stall_us);
}
static void text_p50(const struct qf_sample *s, char out[TUI_FMT])
{
    tui_fmt_latency(out, s->commit_p50_us);
}
static void text_p99(const struct qf_sample *s, char out[TUI_FMT])
{
    tui_fmt_latency(out, s->commit_p99_us);
}
static void text_worst(const struct qf_sample *s, char out[TUI_FMT])
{
    tui_fmt_latency(out, s->commit_max_us);
}
static void text_batch(const struct qf_sample *s, char out[TUI_FMT])
{
    tui_fmt_count(out, s->batch_commands_max);
}
static void per_second(char out[TUI_FMT], int64_t n)
{
    tui_fmt_count(out, n);
    qf_str_copy(out + strlen(out), TUI_FMT - strlen(out), "/s");
}
static void text_requests(const struct qf_sample *s, char out[TUI_FMT])
{
    per_second(out, s->requests_per_s);
}
static void text_pushes(const struct qf_sample *s, char out[TUI_FMT])
{
    per_second(out, s->pushes_per_s);
}
static void text_connections(const struct qf_sample *s, char out[TUI_FMT])
{
    two_counts(out, s->connections, s->connections_max);
}
static void text_push_queue(const struct qf_sample *s, char out[TUI_FMT])
{
    tui_fmt_bytes(out, s->push_queue);
}
static void text_bar_queue(const struct qf_sample *s, char out[TUI_FMT])
{
    tui_fmt_count(out, s->bar_queue);
}

static const struct figure machine[] = {
    {"CPU", value_cpu, text_cpu, 9000},
    {"Memory", value_memory, text_memory, 0.9},
    {"Disk", value_disk, text_disk, 0.9},
    {"Load", value_load, text_load, 0},
    {"qfd CPU", value_qfd_cpu, text_qfd_cpu, 9000},
    {"qfd memory", value_qfd_rss, text_qfd_rss, 0},
    {"qfd files", value_files, text_files, 0.9},
    {"qfd uptime", value_uptime, text_uptime, 0},
};
static const struct figure qfd[] = {
    {"Loop stall max", value_stall, text_stall, 10000},
    {"Commit p50", value_p50, text_p50, 0},
    {"Commit p99", value_p99, text_p99, 250000},
    {"Requests", value_requests, text_requests, 0},
    {"Pushes", value_pushes, text_pushes, 0},
    {"Connections", value_connections, text_connections, 0.9},
    {"Push queue", value_push_queue, text_push_queue, 0},
    {"Largest batch", value_batch, text_batch, 0},
    {"Commit max", value_worst, text_worst, 1000000},
    {"Bar queue", value_bar_queue, text_bar_queue, 32768},
};

static void draw_figure(const struct tui_view *v, struct tui_rect r, const struct figure *f,
                        const struct qf_sample *samples, int n)
{
    double hour[TUI_SAMPLES_MAX];
    char text[TUI_FMT];
    const struct qf_sample *now = &samples[n - 1];
    int spark = r.w - 15 - 14, label = 15;
    for (int i = 0; i < n; i++)
        hour[i] = f->value(&samples[i]);
    tui_text_fit(v->canvas, r.x, r.y, label - 1, TUI_TEXT, f->name);
    if (spark >= 6)
        tui_spark(v->canvas, r.x + label, r.y, spark > 60 ? 60 : spark, TUI_CHART, hour, n);
    f->text(now, text);
    bool warn = f->warn > 0 && f->value(now) >= f->warn;
    tui_text_right(v->canvas, r.x + r.w - 13, r.y, 13, warn ? TUI_WARN : TUI_TEXT, text);
}

static void draw_figures(struct system_screen *x, const struct tui_view *v, struct tui_rect r,
                         const struct tui_panel_look *look, const char *title, const struct figure *figures, int n)
{
    const struct qf_sample *samples;
    int have = tui_history_machine(tui_app_history(x->cells.app), &samples);
    struct tui_rect inside = tui_app_panel(v, r, title, look);
    if (have == 0)
        return;
    unsigned before = tui_canvas_flags(v->canvas, look->look.stale ? TUI_F_STALE : 0);
    for (int i = 0; i < n && i < inside.h; i++)
        draw_figure(v, (struct tui_rect){inside.x, inside.y + i, inside.w, 1}, &figures[i], samples, have);
    tui_canvas_flags(v->canvas, before);
}

static void draw_machine(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    draw_figures(screen, v, r, look, "Machine, 1 hour", machine, (int)QF_LEN(machine));
}

static void draw_qfd(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    draw_figures(screen, v, r, look, "qfd, 1 hour", qfd, (int)QF_LEN(qfd));
}

/* --- latency: a column is 15 s, a row a bucket */

#define BUCKETS 6

static int64_t bucket(const struct qf_latency_slot *s, int i)
{
    const int64_t n[BUCKETS] = {s->more, s->le_8ms, s->le_4ms, s->le_2ms, s->le_1ms, s->le_500us};
    return n[i];
}

/* How many of the newest slots are shown, and how many columns each takes. */
static int slot_columns(const struct qf_latency *l, int w, int *ret_each)
{
    int n = (int)l->slots_n, room = w - 8;
    *ret_each = n > 0 && room / n > 1 ? room / n : 1;
    return n < room ? n : room;
}

static void draw_bucket(const struct tui_view *v, struct tui_rect r, const struct qf_latency *l, int i)
{
    int each, n = slot_columns(l, r.w, &each);
    for (int k = 0; k < n; k++) {
        const struct qf_latency_slot *s = &l->slots[(int)l->slots_n - n + k];
        int64_t all = 0;
        for (int b = 0; b < BUCKETS; b++)
            all += bucket(s, b);
        for (int e = 0; e < each && all; e++)
            tui_heat(v->canvas, r.x + r.w - (n - k) * each + e, r.y, i == 0 ? TUI_WARN : TUI_CHART,
                     (double)bucket(s, i) / (double)all);
    }
}

static void draw_slots(const struct tui_view *v, struct tui_rect r, const struct qf_latency *l)
{
    static const char *const labels[BUCKETS] = {">8ms", "<=8ms", "<=4ms", "<=2ms", "<=1ms", "<=.5ms"};
    int first = r.h >= BUCKETS ? 0 : 1;
    for (int i = first; i < BUCKETS && i - first < r.h; i++) {
        int y = r.y + i - first;
        tui_text_right(v->canvas, r.x, y, 7, TUI_DIM, labels[i]);
        tui_glyph(v->canvas, r.x + 7, y, TUI_RULE, 0x2502, '|');
        draw_bucket(v, (struct tui_rect){r.x, y, r.w, 1}, l, i);
    }
}

/* "0.61": the unit stands once, behind the last number of the line. */
static void bare_ms(char out[TUI_FMT], int64_t us)
{
    tui_fmt_latency(out, us);
    if (us < 1000000)
        out[strcspn(out, "m")] = '\0';
}

static void draw_latency_foot(const struct tui_view *v, struct tui_rect r, const struct qf_latency *l)
{
    char p50[TUI_FMT], p99[TUI_FMT], max[TUI_FMT], from[TUI_FMT], to[TUI_FMT], text[128];
    bare_ms(p50, l->p50_us);
    bare_ms(p99, l->p99_us);
    tui_fmt_latency(max, l->max_us);
    tui_fmt_axis(from, l->slots[0].at, QF_HOUR);
    tui_fmt_axis(to, l->slots[l->slots_n - 1].at, QF_HOUR);
    if (l->max_us > 0)
        qf_str_fmt(text, sizeof text, "p50 %s p99 %s max %s", p50, p99, max);
    else
        qf_str_copy(text, sizeof text, "no call in this time");
    int each, n = slot_columns(l, r.w, &each), at = r.x + r.w - n * each;
    tui_text(v->canvas, at, r.y, TUI_DIM, from);
    tui_text_right(v->canvas, at, r.y, n * each, TUI_DIM, to);
    tui_text_fit(v->canvas, at + 7, r.y, n * each - 13, TUI_TEXT, text);
}

static void draw_latency(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct system_screen *x = screen;
    struct tui_panel_look mine = *look;
    char title[80];
    mine.look.loading = NULL;
    if (x->latency) {
        int64_t age = tui_app_now(v->app) - x->latency_at;
        tui_fmt_age(mine.age, age);
        mine.look.age = mine.age;
        mine.look.age_role = age > 12 * QF_SEC ? TUI_WARN : TUI_DIM;
    }
    qf_str_fmt(title, sizeof title, "%s latency, 10 min", qf_cmds[x->method].name);
    struct tui_rect inside = tui_app_panel(v, r, title, &mine);
    if (!x->latency || x->latency->slots_n == 0) {
        tui_text_fit(v->canvas, inside.x + 1, inside.y, inside.w - 1, TUI_DIM,
                     x->latency ? "no call in ten minutes; Left Right turn commands" : "waiting for latency");
        return;
    }
    draw_slots(v, (struct tui_rect){inside.x, inside.y, inside.w, inside.h - 1}, x->latency);
    draw_latency_foot(
        v, (struct tui_rect){inside.x, inside.y + (inside.h > BUCKETS ? BUCKETS : inside.h - 1), inside.w, 1},
        x->latency);
}

/* --- PostgreSQL */

static void put(const struct tui_view *v, struct tui_rect r, int *y, const char *label, enum tui_role role,
                const char *text)
{
    if (*y >= r.y + r.h)
        return;
    int used = tui_text(v->canvas, r.x, *y, TUI_TEXT, label);
    tui_text_right(v->canvas, r.x + used + 1, *y, r.w - used - 1, role, text);
    (*y)++;
}

static void draw_db(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct system_screen *x = screen;
    const struct qf_sample *samples;
    char text[TUI_FMT * 2];
    int n = tui_history_machine(tui_app_history(x->cells.app), &samples);
    struct tui_rect inside = tui_app_panel(v, r, "PostgreSQL", look);
    int y = inside.y;
    if (n == 0)
        return;
    const struct qf_sample *s = &samples[n - 1];
    unsigned before = tui_canvas_flags(v->canvas, look->look.stale ? TUI_F_STALE : 0);
    enum tui_role role = s->db == QF_DB_READY ? TUI_UP : s->db == QF_DB_LOADING ? TUI_WARN : TUI_BAD;
    qf_str_fmt(text, sizeof text, "%s, epoch %lld", qf_enum_text(&qf_enum_db_state, s->db), (long long)s->db_epoch);
    put(v, inside, &y, "Lane", role, text);
    tui_fmt_bytes(text, s->db_size);
    put(v, inside, &y, "Size", TUI_TEXT, text);
    tui_fmt_count(text, s->db_connections);
    put(v, inside, &y, "Connections", TUI_TEXT, text);
    tui_fmt_count(text, s->db_locks_waiting);
    put(v, inside, &y, "Locks waiting", s->db_locks_waiting ? TUI_WARN : TUI_TEXT, text);
    tui_fmt_bytes(text, s->db_wal_per_s);
    qf_str_copy(text + strlen(text), sizeof text - strlen(text), "/s");
    put(v, inside, &y, "WAL", TUI_TEXT, text);
    tui_fmt_count(text, s->commands);
    put(v, inside, &y, "Commands", TUI_TEXT, text);
    put(v, inside, &y, "Server", TUI_DIM, s->db_version);
    tui_canvas_flags(v->canvas, before);
}

/* --- events and feeds */

static const struct tui_column event_columns[] = {
    {"", 1, 0, TUI_LEFT, 0, 0, 0, NULL, cell_event_glyph, NULL},
    {"Time", 8, 1, TUI_LEFT, 0, 0, 99, "newest first", cell_event_time, by_event_newest},
    {"Time", 12, 1, TUI_LEFT, 0, 100, 0, "newest first", cell_event_when, by_event_newest},
    {"Source", 9, 1, TUI_LEFT, 0, 0, 0, NULL, cell_event_source, NULL},
    {"Message", 20, 1, TUI_LEFT, 2, 0, 0, NULL, cell_event_message, NULL},
};
static const struct tui_table_def events_def = {.title = "Events",
                                                .empty = "nothing has happened yet",
                                                .rec = &qf_rec_event,
                                                .columns = event_columns,
                                                .columns_n = (int)QF_LEN(event_columns),
                                                .sort = 1,
                                                .bare = true};

#define FEED(row) ((const struct qf_feed *)(row))

static void feed_name(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = FEED(row)->name;
}

static void feed_kind(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = qf_enum_text(&qf_enum_feed_kind, FEED(row)->kind);
    v->role = TUI_DIM;
}

static void feed_status(void *ctx, const void *row, struct tui_value *v)
{
    static const enum tui_role roles[QF_feed_status_COUNT] = {[QF_FEEDST_IDLE] = TUI_DIM,
                                                              [QF_FEEDST_RUNNING] = TUI_UP,
                                                              [QF_FEEDST_PAUSED] = TUI_WARN,
                                                              [QF_FEEDST_ENDED] = TUI_DIM,
                                                              [QF_FEEDST_FAILED] = TUI_BAD};
    int32_t s = FEED(row)->status;
    (void)ctx;
    v->role = s >= 0 && s < QF_feed_status_COUNT ? roles[s] : TUI_BAD;
    v->more = qf_enum_text(&qf_enum_feed_status, s);
    v->glyph = s == QF_FEEDST_RUNNING ? 0x25cf : s == QF_FEEDST_FAILED ? 0x2588 : 0x25cb;
    v->ascii = s == QF_FEEDST_RUNNING ? '*' : s == QF_FEEDST_FAILED ? '#' : 'o';
    v->glyph_role = v->role;
}

static void feed_clock(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (QF_HAS(FEED(row), feed, market_time))
        tui_fmt_time(v->text, FEED(row)->market_time, tui_app_desk_now(((struct cells *)ctx)->app));
    v->role = TUI_DIM;
}

static void feed_speed(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (FEED(row)->speed == 0)
        qf_str_copy(v->text, sizeof v->text, "full");
    else
        qf_str_fmt(v->text, sizeof v->text, "%lldx", (long long)FEED(row)->speed);
}

static void feed_ticks(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    tui_fmt_size(v->text, FEED(row)->ticks > 92000000000LL ? QF_PRICE_MAX : FEED(row)->ticks * QF_ONE);
}

static void feed_bad(void *ctx, const void *row, struct tui_value *v)
{
    int64_t bad = FEED(row)->bad_zero + FEED(row)->bad_crossed + FEED(row)->bad_jump + FEED(row)->bad_time;
    (void)ctx;
    qf_str_fmt(v->text, sizeof v->text, "%lld bad", (long long)bad);
    v->role = bad ? TUI_WARN : TUI_DIM;
}

static int by_feed(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return strcmp(FEED(a)->name, FEED(b)->name);
}

static const struct tui_column feed_columns[] = {
    {"Feed", 10, 0, TUI_LEFT, 1, 0, 0, "by name", feed_name, by_feed},
    {"Kind", 9, 1, TUI_LEFT, 0, 0, 0, NULL, feed_kind, NULL},
    {"Status", 9, 1, TUI_LEFT, 0, 0, 0, NULL, feed_status, NULL},
    {"Speed", 5, 1, TUI_RIGHT, 0, 0, 0, NULL, feed_speed, NULL},
    {"Market clock", 16, 2, TUI_LEFT, 0, 70, 0, NULL, feed_clock, NULL},
    {"Prices", 6, 1, TUI_RIGHT, 0, 0, 0, NULL, feed_ticks, NULL},
    {"Kept out", 8, 1, TUI_RIGHT, 0, 56, 0, NULL, feed_bad, NULL},
};
static const struct tui_table_def feeds_def = {.title = "Feeds",
                                               .empty = "no feeds are configured",
                                               .rec = &qf_rec_feed,
                                               .columns = feed_columns,
                                               .columns_n = (int)QF_LEN(feed_columns),
                                               .sort = 0};

void system_panes(struct system_screen *x)
{
    const struct board_pane panes[] = {
        [PANE_MACHINE] = {.name = "the machine", .topic = QF_TOPIC_system, .draw = draw_machine, .passive = true},
        [PANE_QFD] = {.name = "the machine", .topic = QF_TOPIC_system, .draw = draw_qfd, .passive = true},
        [PANE_LATENCY] = {.name = "latency", .topic = -1, .draw = draw_latency},
        [PANE_DB] = {.name = "the machine", .topic = QF_TOPIC_system, .draw = draw_db, .passive = true},
        [PANE_EVENTS] = {.name = "events", .topic = QF_TOPIC_events, .table = tui_table_new(&events_def, x)},
        [PANE_FEEDS] = {.name = "feeds", .topic = QF_TOPIC_feeds, .table = tui_table_new(&feeds_def, x), .hides = true},
    };
    for (size_t i = 0; i < QF_LEN(panes); i++)
        board_add(&x->board, &panes[i]);
}

/* --- where they stand */

static void pair(struct system_screen *x, const struct tui_view *v, int left, int right, struct tui_rect r, int right_w)
{
    struct board_pane *p = x->board.panes;
    p[left].r = (struct tui_rect){r.x, r.y, r.w - right_w - 1, r.h};
    p[right].r = (struct tui_rect){r.x + r.w - right_w, r.y, right_w, r.h};
    if (!x->board.zoom)
        board_rule(v, r.x + r.w - right_w - 1, r);
}

static void layout_narrow(struct system_screen *x, const struct tui_view *v, struct tui_rect b)
{
    int spare = b.h - 20,
        top = 8 + (spare > 6   ? 3
                   : spare > 0 ? spare / 2
                               : spare / 3),
        mid = 7 + (spare < 0 ? spare / 3 : 0);
    struct tui_rect foot = {b.x, b.y + top + mid, b.w, b.h - top - mid};
    pair(x, v, PANE_MACHINE, PANE_QFD, (struct tui_rect){b.x, b.y, b.w, top}, b.w / 2);
    pair(x, v, PANE_LATENCY, PANE_DB, (struct tui_rect){b.x, b.y + top, b.w, mid}, b.w < 80 ? 24 : 30);
    if (foot.h >= 11) {
        x->board.panes[PANE_EVENTS].r = (struct tui_rect){foot.x, foot.y, foot.w, foot.h - 5};
        x->board.panes[PANE_FEEDS].r = (struct tui_rect){foot.x, foot.y + foot.h - 5, foot.w, 5};
    } else { /* one place for both: Tab shows the feeds */
        x->board.panes[x->board.focus == PANE_FEEDS ? PANE_FEEDS : PANE_EVENTS].r = foot;
    }
}

static void layout_wide(struct system_screen *x, const struct tui_view *v, struct tui_rect b)
{
    int top = b.h >= 30 ? 11 : 8, mid = 8, foot = b.h - top - mid, feeds = b.w < 200 ? 66 : 86;
    pair(x, v, PANE_MACHINE, PANE_QFD, (struct tui_rect){b.x, b.y, b.w, top}, b.w / 2);
    pair(x, v, PANE_LATENCY, PANE_DB, (struct tui_rect){b.x, b.y + top, b.w, mid}, b.w / 2);
    pair(x, v, PANE_EVENTS, PANE_FEEDS, (struct tui_rect){b.x, b.y + top + mid, b.w, foot},
         feeds > b.w / 2 ? b.w / 2 : feeds);
}

void system_layout(struct system_screen *x, const struct tui_view *v, struct tui_rect body)
{
    if (body.w >= 120)
        layout_wide(x, v, body);
    else
        layout_narrow(x, v, body);
}
