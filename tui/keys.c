#include "tui/keys.h"

#include <ctype.h>
#include <string.h>

#include "common/proto/proto.h"
#include "common/str.h"

#define OVERVIEW TUI_AT_OVERVIEW
#define LIVE TUI_AT_LIVE
#define RISK TUI_AT_RISK
#define PERFORMANCE TUI_AT_PERFORMANCE
#define SYSTEM TUI_AT_SYSTEM
#define ADMIN TUI_AT_ADMIN
#define ANY TUI_AT_ANY

const struct tui_key_row tui_keys[] = {
#define KEY(action, label, code, code2, where, perm, weight, line, help) \
    {TUI_DO_##action, label, code, code2, where, QF_P_##perm, weight, line, help},
#include "tui/keys.def"
};
const int tui_keys_n = (int)QF_LEN(tui_keys);

const struct tui_word_row tui_words[] = {
#define WORD(word, action, where, perm, arg, help) {word, TUI_DO_##action, where, QF_P_##perm, arg, help},
#include "tui/keys.def"
};
const int tui_words_n = (int)QF_LEN(tui_words);

const struct tui_key_row *tui_key_find(tui_key key, int screen)
{
    if (key == TUI_KEY_F10)
        key = 'q';
    for (int i = 0; i < tui_keys_n; i++) {
        const struct tui_key_row *row = &tui_keys[i];
        bool hit = row->action == TUI_DO_SCREEN ? key >= '1' && key <= '9'
                                                : key == row->code || (row->code2 && key == row->code2);
        if (hit && (row->where == TUI_AT_ANY || row->where & (1U << screen)))
            return row;
    }
    return NULL;
}

static bool same_start(const char *text, const char *start)
{
    for (; *start; start++, text++)
        if (toupper((unsigned char)*text) != toupper((unsigned char)*start))
            return false;
    return true;
}

/* All letters, in their order, anywhere. */
static bool scattered(const char *text, const char *letters)
{
    for (; *text && *letters; text++)
        if (toupper((unsigned char)*text) == toupper((unsigned char)*letters))
            letters++;
    return *letters == '\0';
}

static int word_rank(const struct tui_word_row *row, const char *typed)
{
    if (same_start(row->word, typed))
        return strlen(row->word) == strlen(typed) ? 0 : 1;
    if (scattered(row->word, typed))
        return 2;
    return scattered(row->help, typed) ? 3 : -1;
}

int tui_word_find(const char *typed, const struct tui_word_row **ret, int max)
{
    int n = 0;
    for (int rank = 0; rank <= 3; rank++)
        for (int i = 0; i < tui_words_n && n < max; i++)
            if (word_rank(&tui_words[i], typed) == rank)
                ret[n++] = &tui_words[i];
    return n;
}

void tui_who_may(enum qf_perm perm, char *out, size_t cap)
{
    int last = -1, count = 0;
    for (int r = QF_ROLE_VIEWER; r <= QF_ROLE_ADMIN; r++)
        if (qf_perms[perm].role[r])
            last = r;
    size_t n = qf_str_fmt(out, cap, "%s", "");
    for (int r = QF_ROLE_VIEWER; r <= last; r++)
        if (qf_perms[perm].role[r]) {
            const char *join = count == 0 ? "" : r == last ? " or " : ", ";
            n += qf_str_fmt(out + n, cap - n, "%s%s", join, qf_enum_text(&qf_enum_role, r));
            count++;
        }
}

static void where_text(unsigned where, char *out, size_t cap)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {{TUI_AT_OVERVIEW, "overview"},
                 {TUI_AT_LIVE, "live"},
                 {TUI_AT_RISK, "risk"},
                 {TUI_AT_PERFORMANCE, "performance"},
                 {TUI_AT_SYSTEM, "system"},
                 {TUI_AT_ADMIN, "admin"}};
    size_t n = qf_str_fmt(out, cap, "%s", where == TUI_AT_ANY ? "everywhere" : "");
    for (size_t i = 0; i < QF_LEN(names) && where != TUI_AT_ANY; i++)
        if (where & names[i].bit)
            n += qf_str_fmt(out + n, cap - n, "%s%s", n ? ", " : "", names[i].name);
}

/* \& keeps mdoc from reading a lone punctuation mark as one of its own. */
static void put_label(struct qf_buf *out, const char *label)
{
    qf_buf_str(out, "\\&");
    for (; *label; label++) {
        qf_buf_char(out, *label);
        if (*label == ' ')
            qf_buf_str(out, "\\&");
    }
}

void tui_keys_mdoc(struct qf_buf *out)
{
    qf_buf_str(out, ".Bl -column \"Shift-Tab [\" \"overview, live, risk\" \"an explanation\" -compact\n");
    for (int i = 0; i < tui_keys_n; i++) {
        char where[64];
        if (!tui_keys[i].help[0])
            continue;
        where_text(tui_keys[i].where, where, sizeof where);
        qf_buf_str(out, ".It ");
        put_label(out, tui_keys[i].label);
        qf_buf_fmt(out, " Ta %s Ta %s\n", where, tui_keys[i].help);
    }
    qf_buf_str(out,
               ".El\n.Pp\nWords after\n.Ql \\&: :\n.Bl -column \"WORDS\" \"argument\" \"an explanation\" -compact\n");
    for (int i = 0; i < tui_words_n; i++)
        qf_buf_fmt(out, ".It \\&%s Ta %s Ta %s\n", tui_words[i].word, tui_words[i].arg, tui_words[i].help);
    qf_buf_str(out, ".El\n");
}
