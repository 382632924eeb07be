#include <stdlib.h>
#include <string.h>

#include "common/proto/csv_row.h"
#include "common/str.h"
#include "tui/cli.h"

#define COLUMNS_MAX 40
#define CELL_MAX 160

/* How lists stand on paper. FIELD[/Heading][:flags] with _ for a blank in the heading; flags: + always a sign, t total at the foot,
 * a age of a time, 0-9 decimals, p decimals of the row's tick, P two more. Records not in here show all their fields. */
static const struct {
    const char *rec;
    const char *columns;
} views[] = {
    {"position", "account/Account symbol/Symbol quantity/Quantity:+ average/Average:P last/Last:p value/Value:2t "
                 "unrealized/Unrealised:+2t realized/Realised:+2t day_pnl/Day_P&L:+2t currency/Cur"},
    {"order", "id/Id side/Side symbol/Symbol quantity/Quantity filled/Filled price/Price tif/TIF state/State account/Account by/By "
              "created/Age:a"},
    {"execution", "id/Id at/Time order_id/Order side/Side symbol/Symbol quantity/Quantity price/Price fee/Fee:2t realized/Realised:+2t "
                  "account/Account exec_id/Exec_id"},
    {"trade", "id/Id account/Account symbol/Symbol side/Side state/State opened/Opened closed/Closed quantity/Quantity "
              "realized/Realised:+2t fees/Fees:2t executions/Fills"},
    {"quote", "symbol/Symbol bid/Bid:p ask/Ask:p last/Last:p bid_size/Bid_size ask_size/Ask_size volume/Volume received/Age:a "
              "stale/Stale bad/Bad feed/Feed"},
    {"limit", "scope/Scope name/Name control/Control used/Used hard/Limit warn/Warn used_bp/Used_%:b owner/Owner until/Until"},
    {"control", "cmd_no/Seq at/Time username/Who method/Command outcome/Outcome reason/Reason detail/Detail"},
    {"user", "name/User role/Role os_uid/OS_user disabled/Disabled sessions/Sessions last_login/Last_sign-in"},
    {"session", "id/Id username/User role/Role source/From started/Since seen/Idle:a expires/Expires"},
    {"account", "name/Account owner/Owner strategy/Strategy book/Book currency/Cur closed/Closed"},
    {"cash", "account/Account currency/Cur balance/Balance:2 reserved/Reserved:2 flows/Flows:+2"},
    {"ledger", "id/Id at/Time account/Account kind/Kind amount/Amount:+ currency/Cur execution/Fill note/Note by/By"},
    {"event", "id/Id at/Time severity/Severity source/Source message/Message"},
    {"feed", "name/Feed kind/Kind status/Status speed/Speed market_time/Market_time symbols/Symbols ticks/Prices bad_zero/Zero "
             "bad_crossed/Crossed bad_jump/Jumps bad_time/Late reason/Reason"},
    {"instrument", "symbol/Symbol name/Name tick/Tick lot/Lot currency/Cur multiplier/Mult sector/Sector venue/Venue feed/Feed status/Status"},
    {"trading_state", "scope/Scope name/Name state/State since/Since by/By reason/Reason latched/Latched"},
    {"approval", "id/Id state/State method/Command before/Before after/After asked_by/Asked_by asked/Asked decided_by/Decided_by expires/Expires reason/Reason"},
    {"equity", "at/Time account/Account equity/Equity:2 cash/Cash:2 unrealized/Unrealised:+2 realized/Realised:+2 fees/Fees:2 gross/Gross:2"},
    {"breaker", "code/Watches scope/Scope name/Name now/Now level/Level used_bp/Used_%:b window_s/Window_s action/Action tripped/Tripped "
                "since/Since subject/Of trip/Saw owner/Owner"},
    {"degradation", "cause/Cause applies/Applies_to state/Allowed control/Refused_with active/Now count/Count detail/Which ends/Until"},
    {"flatten_row", "account/Account symbol/Symbol side/Side quantity/Quantity price/Price value/Value:2t fee/Fee:2 realizes/Realises:+2 "
                    "cancels/Cancels reason/Refused_by order_id/Order"},
    {"stop_order", "id/Id symbol/Symbol left/Left filled_since/Filled state/State asked/Asked answered/Answered"},
};

struct column {
    const struct qf_field *f;
    char head[32];
    bool sign, total, age, tick, bp;
    int more;     /* decimals beyond the tick's */
    int decimals; /* -1: the shortest exact form */
    size_t width;
    qf_i128 sum;
    bool right;
};

const char *cli_money(qf_i128 v, int decimals, bool sign)
{
    static char text[8][QF_DEC_TEXT + 16];
    static unsigned at;
    char *out = text[at++ % 8];
    qf_dec_pretty(v, QF_SCALE, decimals, true, sign, out);
    return out;
}

static bool is_decimal(enum qf_type t)
{
    return t == QF_T_price || t == QF_T_qty || t == QF_T_money || t == QF_T_cost;
}

static qf_i128 decimal_of(const struct qf_field *f, const void *row)
{
    const char *p = (const char *)row + f->off;
    return f->type == QF_T_price || f->type == QF_T_qty ? (qf_i128)*(const int64_t *)p : *(const qf_i128 *)p;
}

static void heading_of(struct column *c, const char *head, size_t n)
{
    if (n)
        qf_str_copyn(c->head, sizeof c->head, head, n);
    else
        qf_str_copy(c->head, sizeof c->head, c->f->name);
    if (!n && c->head[0] >= 'a' && c->head[0] <= 'z') c->head[0] = (char)(c->head[0] - 'a' + 'A');
    for (char *p = c->head; *p; p++)
        if (*p == '_') *p = ' ';
    c->right = is_decimal(c->f->type) || c->f->type == QF_T_i64 || c->f->type == QF_T_real || c->age;
    c->width = qf_str_columns(c->head);
}

static void flags_of(struct column *c, const char *flags, size_t n)
{
    c->decimals = -1;
    for (size_t i = 0; i < n; i++) {
        c->sign |= flags[i] == '+';
        c->total |= flags[i] == 't';
        c->age |= flags[i] == 'a';
        c->bp |= flags[i] == 'b';
        c->tick |= flags[i] == 'p' || flags[i] == 'P';
        if (flags[i] == 'P') c->more = 2;
        if (flags[i] >= '0' && flags[i] <= '9') c->decimals = flags[i] - '0';
    }
}

static int columns_from_view(const struct qf_rec *rec, const char *view, struct column *ret)
{
    int n = 0;
    while (*view && n < COLUMNS_MAX) {
        size_t len = strcspn(view, " ");
        size_t name = strcspn(view, "/: ");
        size_t colon = strcspn(view, ": ");
        struct column *c = &ret[n];
        *c = (struct column){.f = qf_rec_field(rec, view, name)};
        if (c->f) {
            flags_of(c, view + colon, len - colon);
            heading_of(c, view + name + 1, colon > name ? colon - name - 1 : 0);
            n++;
        }
        view += len;
        while (*view == ' ') view++;
    }
    return n;
}

static bool has_view(const struct qf_rec *rec)
{
    for (size_t i = 0; i < QF_LEN(views); i++)
        if (qf_str_eq(views[i].rec, rec->name)) return true;
    return false;
}

static int columns_of(const struct qf_rec *rec, struct column *ret)
{
    int n = 0;
    for (size_t i = 0; i < QF_LEN(views); i++)
        if (qf_str_eq(views[i].rec, rec->name)) return columns_from_view(rec, views[i].columns, ret);
    for (int i = 0; i < rec->count && n < COLUMNS_MAX; i++) {
        if (rec->fields[i].type == QF_T_list || (rec->fields[i].flags & QF_F_HIDDEN)) continue;
        ret[n] = (struct column){.f = &rec->fields[i], .decimals = -1};
        heading_of(&ret[n++], "", 0);
    }
    return n;
}

/* Decimals a tick of 0.01 asks for: 2. */
static int tick_decimals(const struct qf_rec *rec, const void *row)
{
    const struct qf_field *f = qf_rec_field(rec, "tick", 4);
    int64_t tick = f ? *(const int64_t *)((const char *)row + f->off) : 0;
    int d = QF_SCALE;
    if (tick <= 0) return 2;
    for (; d > 0 && tick % 10 == 0; d--) tick /= 10;
    return d;
}

/* A crypto currency is counted in its eighth decimal; two would show nothing of it. */
static int money_decimals(const struct qf_rec *rec, const void *row, int otherwise)
{
    static const char *const fine[] = {"BTC", "XBT", "ETH"};
    const struct qf_field *f = qf_rec_field(rec, "currency", 8);
    for (size_t i = 0; f && i < QF_LEN(fine); i++)
        if (qf_str_eq(fine[i], (const char *)row + f->off)) return QF_SCALE;
    return otherwise;
}

/* The shortest exact form; prices and amounts have at least two decimals. */
static int exact_decimals(const struct qf_field *f, qf_i128 v, int scale)
{
    int least = f->type == QF_T_qty ? 0 : 2, d = scale;
    for (; d > least && v % 10 == 0; d--) v /= 10;
    return d;
}

static void time_text(qf_time t, bool age, char *out, size_t cap)
{
    struct qf_civil c, now;
    qf_time wall = qf_now_wall();
    qf_time_civil(t, &c);
    qf_time_civil(wall, &now);
    int64_t s = (wall - t) / QF_SEC;
    if (age && s < 60)
        qf_str_fmt(out, cap, "%llds", (long long)(s < 0 ? 0 : s));
    else if (age)
        qf_str_fmt(out, cap, s < 3600 ? "%lldm" : s < 86400 ? "%lldh" : "%lldd", (long long)(s < 3600 ? s / 60 : s < 86400 ? s / 3600 : s / 86400));
    else if (c.year == now.year && c.month == now.month && c.day == now.day)
        qf_str_fmt(out, cap, "%02d:%02d:%02d", c.hour, c.minute, c.second);
    else
        qf_str_fmt(out, cap, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

static void cell_text(const struct column *c, const struct qf_rec *rec, const void *row, char *out)
{
    const struct qf_field *f = c->f;
    const char *p = (const char *)row + f->off;
    out[0] = 0;
    if (!qf_rec_has(rec, row, f)) {
        qf_str_copy(out, CELL_MAX, "-");
    } else if (is_decimal(f->type)) {
        int scale = f->type == QF_T_cost ? 2 * QF_SCALE : QF_SCALE;
        int fixed = c->decimals >= 0 && f->type == QF_T_money ? money_decimals(rec, row, c->decimals) : c->decimals;
        int d = c->tick ? tick_decimals(rec, row) + c->more : fixed >= 0 ? fixed : exact_decimals(f, decimal_of(f, row), scale);
        qf_dec_pretty(decimal_of(f, row), scale, d > scale ? scale : d, true, c->sign, out);
    } else if (c->bp) {
        qf_str_fmt(out, CELL_MAX, "%lld%%", (long long)(*(const int64_t *)p / 100));
    } else if (f->type == QF_T_time) {
        time_text(*(const qf_time *)p, c->age, out, CELL_MAX);
    } else if (f->type == QF_T_bool) {
        qf_str_copy(out, CELL_MAX, *(const bool *)p ? "yes" : "no");
    } else {
        qf_field_text(f, rec, row, out, CELL_MAX);
    }
    cli_make_safe(out); /* it may have been typed by anybody */
}

static void put_cell(struct qf_buf *b, const struct column *c, const char *text, bool last)
{
    size_t w = qf_str_columns(text);
    size_t pad = c->width > w ? c->width - w : 0;
    if (c->right) qf_buf_fmt(b, "%*s", (int)pad, "");
    qf_buf_str(b, text);
    if (!c->right && !last) qf_buf_fmt(b, "%*s", (int)pad, "");
    qf_buf_str(b, last ? "\n" : "  ");
}

static const void *row_at(const struct qf_rec *rec, const void *rows, uint32_t i)
{
    return (const char *)rows + (size_t)i * rec->size;
}

/* Decimals of a column's total: those of its rows. */
static int total_decimals(const struct column *c, const struct qf_rec *rec, const void *rows)
{
    return money_decimals(rec, rows, c->decimals < 0 ? 2 : c->decimals);
}

/* First pass: widths and totals. */
static void measure(struct column *cols, int n, const struct qf_rec *rec, const void *rows, uint32_t count)
{
    char text[CELL_MAX];
    for (uint32_t r = 0; r < count; r++)
        for (int i = 0; i < n; i++) {
            const void *row = row_at(rec, rows, r);
            cell_text(&cols[i], rec, row, text);
            if (qf_str_columns(text) > cols[i].width) cols[i].width = qf_str_columns(text);
            if (cols[i].total && qf_rec_has(rec, row, cols[i].f)) cols[i].sum += decimal_of(cols[i].f, row);
        }
    for (int i = 0; i < n; i++) {
        if (!cols[i].total) continue;
        qf_dec_pretty(cols[i].sum, QF_SCALE, total_decimals(&cols[i], rec, rows), true, cols[i].sign, text);
        if (qf_str_columns(text) > cols[i].width) cols[i].width = qf_str_columns(text);
    }
}

/* A sum over several currencies would be a lie: totals only where all rows have the same. */
static bool one_currency(const struct qf_rec *rec, const void *rows, uint32_t n)
{
    const struct qf_field *f = qf_rec_field(rec, "currency", 8);
    for (uint32_t i = 1; f && i < n; i++)
        if (!qf_str_eq((const char *)row_at(rec, rows, 0) + f->off, (const char *)row_at(rec, rows, i) + f->off)) return false;
    return true;
}

static void put_totals(struct cli *cli, struct column *cols, int n, const struct qf_rec *rec, const void *rows, uint32_t count)
{
    char text[CELL_MAX];
    bool any = false;
    for (int i = 0; i < n; i++) any |= cols[i].total;
    for (int i = 0; any && i < n; i++) {
        text[0] = 0;
        if (i == 0) qf_str_fmt(text, sizeof text, cols[0].right ? "%u" : "Total %u", count);
        if (cols[i].total) qf_dec_pretty(cols[i].sum, QF_SCALE, total_decimals(&cols[i], rec, rows), true, cols[i].sign, text);
        put_cell(&cli->out, &cols[i], text, i == n - 1);
    }
}

void cli_table(struct cli *cli, const struct qf_rec *rec, const void *rows, uint32_t count)
{
    struct column cols[COLUMNS_MAX];
    char text[CELL_MAX];
    int n = columns_of(rec, cols);
    if (count == 0) {
        qf_buf_fmt(&cli->out, "none\n");
        return;
    }
    measure(cols, n, rec, rows, count);
    for (int i = 0; i < n; i++) put_cell(&cli->out, &cols[i], cols[i].head, i == n - 1);
    for (uint32_t r = 0; r < count; r++)
        for (int i = 0; i < n; i++) {
            cell_text(&cols[i], rec, row_at(rec, rows, r), text);
            put_cell(&cli->out, &cols[i], text, i == n - 1);
        }
    if (count > 1 && one_currency(rec, rows, count)) put_totals(cli, cols, n, rec, rows, count);
}

void cli_pairs(struct cli *cli, const struct qf_rec *rec, const void *o)
{
    char text[CELL_MAX];
    size_t width = 0;
    for (int i = 0; i < rec->count; i++)
        if (strlen(rec->fields[i].name) > width) width = strlen(rec->fields[i].name);
    for (int i = 0; i < rec->count; i++) {
        struct column c = {.f = &rec->fields[i], .decimals = rec->fields[i].type == QF_T_money ? 2 : -1};
        if (c.f->type == QF_T_list || (c.f->flags & (QF_F_HIDDEN | QF_F_SECRET)) || !qf_rec_has(rec, o, c.f)) continue;
        if (qf_str_eq(c.f->name, "token")) continue; /* a secret has no place on a screen */
        cell_text(&c, rec, o, text);
        qf_buf_fmt(&cli->out, "%-*s  %s\n", (int)width, c.f->name, text);
    }
}

/* ---------------------------------------------------------------- CSV and NDJSON */

/* RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe in front. */
static void put_csv(struct qf_buf *b, const char *text, bool is_text)
{
    bool risky = is_text && qf_csv_risky(text, strlen(text));
    bool quote = risky || strpbrk(text, ",\"\r\n");
    if (quote) qf_buf_char(b, '"');
    if (risky) qf_buf_char(b, '\'');
    for (; *text; text++) {
        if (*text == '"') qf_buf_char(b, '"');
        qf_buf_char(b, *text);
    }
    if (quote) qf_buf_char(b, '"');
}

static void csv(struct cli *cli, const struct qf_rec *rec, const void *rows, uint32_t count)
{
    static char text[70000];
    const char *comma = "";
    for (int i = 0; i < rec->count; i++) {
        if (rec->fields[i].type == QF_T_list || (rec->fields[i].flags & QF_F_HIDDEN)) continue;
        qf_buf_fmt(&cli->out, "%s%s", comma, rec->fields[i].name);
        comma = ",";
    }
    qf_buf_char(&cli->out, '\n');
    for (uint32_t r = 0; r < count; r++) {
        comma = "";
        for (int i = 0; i < rec->count; i++) {
            const struct qf_field *f = &rec->fields[i];
            if (f->type == QF_T_list || (f->flags & QF_F_HIDDEN)) continue;
            qf_field_text(f, rec, row_at(rec, rows, r), text, sizeof text);
            qf_buf_str(&cli->out, comma);
            put_csv(&cli->out, text, f->type == QF_T_text || f->type == QF_T_str || f->type == QF_T_json);
            comma = ",";
        }
        qf_buf_char(&cli->out, '\n');
    }
}

static void ndjson(struct cli *cli, const struct qf_rec *rec, const void *rows, uint32_t count)
{
    for (uint32_t r = 0; r < count; r++) {
        qf_wire_encode(&cli->out, rec, row_at(rec, rows, r), false);
        qf_buf_char(&cli->out, '\n');
    }
}

/* The list an answer is about: its first one. NULL: the record itself is the one row. */
static const struct qf_field *list_of(const struct qf_rec *rec)
{
    for (int i = 0; i < rec->count; i++)
        if (rec->fields[i].type == QF_T_list) return &rec->fields[i];
    return NULL;
}

static void text_answer(struct cli *cli, const struct qf_rec *rec, const void *o)
{
    bool lists = false;
    for (int i = 0; i < rec->count; i++) {
        const struct qf_field *f = &rec->fields[i];
        if (f->type != QF_T_list) continue;
        if (lists) qf_buf_fmt(&cli->out, "\n%s\n", f->name);
        cli_table(cli, f->item, *(const void *const *)((const char *)o + f->off), *(const uint32_t *)((const char *)o + f->off_n));
        lists = true;
    }
    if (lists && rec == &qf_rec_flatten_plan) { /* its plan is what the next command takes */
        qf_buf_char(&cli->out, '\n');
        cli_pairs(cli, rec, o);
    }
    if (lists) return;
    if (has_view(rec))
        cli_table(cli, rec, o, 1);
    else
        cli_pairs(cli, rec, o);
}

void cli_print(struct cli *cli, enum qf_cmd_id cmd, const struct cli_answer *a)
{
    const struct qf_rec *rec = qf_cmds[cmd].rep;
    const struct qf_field *list = list_of(rec);
    const void *rows = a->rep && list ? *(const void *const *)((const char *)a->rep + list->off) : a->rep;
    uint32_t n = a->rep && list ? *(const uint32_t *)((const char *)a->rep + list->off_n) : 1;
    const struct qf_rec *item = list ? list->item : rec;
    if (cli->format == CLI_JSON || !a->rep) {
        qf_buf_add(&cli->out, a->body, a->body_n);
        qf_buf_char(&cli->out, '\n');
    } else if (cli->format == CLI_CSV) {
        csv(cli, item, rows, n);
    } else if (cli->format == CLI_NDJSON) {
        ndjson(cli, item, rows, n);
    } else if (rec->count == 0) {
        qf_buf_str(&cli->out, "done\n");
    } else {
        text_answer(cli, rec, a->rep);
    }
}
