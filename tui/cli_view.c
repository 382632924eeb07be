/* Which fields of a record stand on paper, and how. */
#include <string.h>

#include "common/str.h"
#include "tui/cli_cell.h"

/* FIELD[/Heading][:flags] with _ for a blank in the heading. Flags: + always a sign, t total at the foot, 0-9 decimals, p decimals of
 * the row's tick, P two more, ? missing is "not defined"; and one of b 1/10,000, c 1/100, f fraction, a age, d day, u microseconds, s seconds,
 * m bytes, n count, x unit of the row's control. Records not in here show all their fields. */
static const struct {
    const char *rec;
    const char *columns;
} views[] = {
    {"position", "account/Account symbol/Symbol quantity/Quantity:+ average/Average:P last/Last:p value/Value:2t "
                 "unrealized/Unrealised:+2t day_pnl/Day_P&L:+2t realized/Realised:+2t currency/Cur"},
    {"order", "id/Id side/Side symbol/Symbol quantity/Quantity filled/Filled price/Price tif/TIF state/State account/Account by/By "
              "created/Age:a"},
    {"execution", "id/Id at/Time order_id/Order side/Side symbol/Symbol quantity/Quantity price/Price fee/Fee:2t realized/Realised:+2t "
                  "account/Account exec_id/Exec_id"},
    {"trade", "id/Id account/Account symbol/Symbol side/Side state/State opened/Opened closed/Closed quantity/Quantity "
              "realized/Realised:+2t fees/Fees:2t executions/Fills"},
    {"lot", "id/Id account/Account symbol/Symbol quantity/Quantity:+ remaining/Remaining:+ price/Price execution/Fill opened/Opened"},
    {"quote", "symbol/Symbol bid/Bid:p ask/Ask:p last/Last:p bid_size/Bid_size ask_size/Ask_size volume/Volume received/Age:a "
              "stale/Stale bad/Bad feed/Feed"},
    {"spark", "symbol/Symbol points/Points"},
    {"limit", "scope/Scope name/Name control/Control used/Now:x hard/Limit:x warn/Warn:x used_bp/Used:b0 owner/Owner until/Until "
              "incomplete/Incomplete"},
    {"control", "cmd_no/Seq at/Time username/Who method/Command outcome/Outcome reason/Reason detail/Detail"},
    {"user", "name/User role/Role os_uid/OS_user disabled/Disabled sessions/Sessions last_login/Last_sign-in"},
    {"session", "id/Id username/User role/Role source/From started/Since seen/Idle:a expires/Expires"},
    {"account", "name/Account owner/Owner strategy/Strategy book/Book currency/Cur closed/Closed"},
    {"cash", "account/Account currency/Cur balance/Balance:2 reserved/Reserved:2 flows/Flows:+2"},
    {"ledger", "id/Id at/Time account/Account kind/Kind amount/Amount:+2 currency/Cur execution/Fill by/By note/Note"},
    {"event", "id/Id at/Time severity/Severity source/Source message/Message"},
    {"feed", "name/Feed kind/Kind status/Status speed/Speed:n market_time/Market_time symbols/Symbols ticks/Prices:n bad_zero/Zero:n "
             "bad_crossed/Crossed:n bad_jump/Jumps:n bad_time/Late:n reason/Reason"},
    {"instrument", "symbol/Symbol name/Name tick/Tick lot/Lot currency/Cur multiplier/Mult sector/Sector venue/Venue feed/Feed status/Status"},
    {"trading_state", "scope/Scope name/Name state/State since/Since by/By latched/Latched reason/Reason"},
    {"approval", "id/Id state/State method/Command before/Before after/After reason/Reason asked_by/Asked_by asked/Asked expires/Expires "
                 "decided_by/Decided_by"},
    {"equity", "at/Time account/Account equity/Equity:2 cash/Cash:2 unrealized/Unrealised:+2 realized/Realised:+2 fees/Fees:2 gross/Gross:2"},
    {"breaker", "code/Watches scope/Scope name/Name tripped/Tripped now/Now:x level/Level:x used_bp/Used:b0 action/Action window_s/Window:s "
                "subject/Of since/Since trip/Saw owner/Owner"},
    {"degradation", "cause/Cause applies/Applies_to state/Allowed control/Refused_with active/Now count/Count detail/Which ends/Until"},
    {"flatten_row", "account/Account symbol/Symbol side/Side quantity/Quantity price/Price value/Value:2t fee/Fee:2 realizes/Realises:+2 "
                    "cancels/Cancels reason/Refused_by order_id/Order"},
    {"stop_order", "id/Id symbol/Symbol left/Left filled_since/Filled state/State asked/Asked answered/Answered"},
    {"var_row", "method/Method confidence_bp/Confidence:b days/Days var/VaR:2? es/ES:2?"},
    {"risk_component", "symbol/Symbol value/Value:2t component/Component:+2t marginal/Marginal:? share_bp/Share:b1"},
    {"exposure", "scope/Scope name/Name gross/Gross:2 net/Net:+2 long_value/Long:2 short_value/Short:2 share_bp/Of_equity:b1?"},
    {"stress_result", "scenario/Scenario kind/Kind pnl/P&L:+2? equity_bp/Of_equity:+b2? worst/Worst missing/Missing reason/Reason"},
    {"stress_name", "symbol/Symbol value/Value:2 shock/Move:+f? pnl/P&L:+2?t reason/Reason"},
    {"risk_day", "day/Day:d pnl/P&L:+2 var/VaR_99:2 exception/Exception"},
    {"risk_run", "id/Run at/As_of took_us/Took:u window/Days window_from/First_day:d window_to/Last_day:d seed/Seed paths/Paths:n names/Names "
                 "incomplete/Incomplete reason/Reason equity/Equity:2 var_99/VaR_99:2? es_975/ES_97.5:2? var_limit/Limit_of_VaR_99:2 "
                 "var_used_bp/Used_of_it:b0 status/Status undiversified/VaR_undiversified:2? hhi/Concentration:? largest/Largest_name "
                 "largest_bp/Its_share:b1? backtest_days/Back-test,_days backtest_window/Back-test,_window exceptions/Exceptions "
                 "expected/Expected:2? kupiec_lr/Kupiec_LR:? kupiec_p/Kupiec_p:? light/Light"},
    {"risk_metric", "at/As_of scope/Scope name/Name metric/Figure value/Value:? threshold/Limit status/Status run/Run method/Method "
                    "reason/Reason"},
    {"correlation", "a/Name b/With value/Correlation:4?"},
    {"stress_report", "scenario/Scenario pnl/P&L:+2? incomplete/Incomplete"},
    {"scenario", "name/Name shocks/Shocks since/From:d until/To:d off/Off owner/Owner updated/Updated"},
    {"sample", "at/Time cpu_bp/Processors:b0 load_centi/Load:c memory_used/Memory:m disk_used/Disk:m qfd_cpu_bp/qfd:b1 qfd_rss/of_memory:m "
               "loop_stall_us/Stall:u commit_p50_us/Commit_50%:u commit_p99_us/99%:u commit_max_us/Max:u commands/Commands:n "
               "requests_per_s/Requests/s:n connections/Connections db/Database"},
    {"latency", "method/Command p50_us/Half_within:u p99_us/99%_within:u max_us/Slowest:u"},
    {"latency_slot", "at/From le_500us/<=0.5ms:n le_1ms/<=1ms:n le_2ms/<=2ms:n le_4ms/<=4ms:n le_8ms/<=8ms:n more/More:n max_us/Slowest:u"},
    {"job", "id/Id kind/Kind title/Title state/State done/Done:n total/Of:n bytes/Bytes:m by/By started/Started updated/Updated reason/Reason"},
    {"perf_month", "year/Year month/Month value/Return:+f? partial/Partial"},
};

static const char *view_of(const struct qf_rec *rec)
{
    for (size_t i = 0; i < QF_LEN(views); i++)
        if (qf_str_eq(views[i].rec, rec->name)) return views[i].columns;
    return NULL;
}

bool cli_has_view(const struct qf_rec *rec)
{
    return view_of(rec) != NULL;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), e = strlen(end);
    return n > e && qf_str_eq(name + n - e, end);
}

/* What a field's name says about its unit, where no view does; *ret_cut: bytes of the unit at its end. */
static enum cli_kind kind_by_name(const struct qf_field *f, size_t *ret_cut)
{
    *ret_cut = 0;
    if (f->type != QF_T_i64) return CLI_PLAIN;
    if (ends_with(f->name, "_bp")) return *ret_cut = 3, CLI_BP;
    if (ends_with(f->name, "_us")) return *ret_cut = 3, CLI_SPAN;
    return CLI_PLAIN;
}

static void heading(struct cli_column *c, const char *head, size_t n)
{
    qf_str_copyn(c->head, sizeof c->head, head, n);
    for (char *p = c->head; *p; p++)
        if (*p == '_') *p = ' ';
    c->right = c->kind != CLI_DAY && (cli_is_decimal(c->f->type) || c->f->type == QF_T_i64 || c->f->type == QF_T_real || c->kind == CLI_AGE);
    c->width = qf_str_columns(c->head);
}

static struct cli_column plain_column(const struct qf_field *f)
{
    size_t cut = 0;
    struct cli_column c = {.f = f, .kind = kind_by_name(f, &cut), .decimals = f->type == QF_T_money ? 2 : -1, .defined = f->type == QF_T_real};
    if (c.kind == CLI_BP) c.decimals = 2;
    heading(&c, f->name, strlen(f->name) - cut);
    if (c.head[0] >= 'a' && c.head[0] <= 'z') c.head[0] = (char)(c.head[0] - 'a' + 'A');
    return c;
}

static void one_flag(struct cli_column *c, char flag)
{
    static const struct {
        char flag;
        enum cli_kind kind;
    } kinds[] = {{'b', CLI_BP},   {'c', CLI_CENTI},   {'f', CLI_SHARE}, {'a', CLI_AGE},   {'d', CLI_DAY},
                 {'u', CLI_SPAN}, {'s', CLI_SECONDS}, {'m', CLI_BYTES}, {'n', CLI_COUNT}, {'x', CLI_LEVEL}};
    for (size_t i = 0; i < QF_LEN(kinds); i++)
        if (kinds[i].flag == flag) c->kind = kinds[i].kind;
    c->sign |= flag == '+';
    c->total |= flag == 't';
    c->defined |= flag == '?';
    c->tick |= flag == 'p' || flag == 'P';
    if (flag == 'P') c->more = 2;
    if (flag >= '0' && flag <= '9') c->decimals = flag - '0';
}

/* "used_bp/Used:b" of n bytes. A heading may hold a slash or a dot, never a colon. */
static void column_from(const struct qf_rec *rec, const char *text, size_t n, struct cli_column *ret)
{
    size_t name = strcspn(text, "/: "), colon = strcspn(text, ": ");
    *ret = (struct cli_column){.f = qf_rec_field(rec, text, name), .decimals = -1};
    qf_assert(ret->f);
    for (size_t i = colon; i < n; i++) one_flag(ret, text[i]);
    heading(ret, text + name + 1, colon > name ? colon - name - 1 : 0);
}

int cli_columns(const struct qf_rec *rec, struct cli_column *ret)
{
    const char *view = view_of(rec);
    int n = 0;
    for (int i = 0; !view && i < rec->count && n < CLI_COLUMNS; i++) {
        const struct qf_field *f = &rec->fields[i];
        if (f->type == QF_T_list || (f->flags & (QF_F_HIDDEN | QF_F_SECRET)) || qf_str_eq(f->name, "token")) continue; /* no secret on a screen */
        ret[n++] = plain_column(f);
    }
    for (size_t len; view && *view && n < CLI_COLUMNS; view += len + strspn(view + len, " ")) {
        len = strcspn(view, " ");
        column_from(rec, view, len, &ret[n++]);
    }
    return n;
}
