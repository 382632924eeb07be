/* Keys, actions and words. What a key means stands in keys.def, once. */
#ifndef QF_TUI_KEYS_H
#define QF_TUI_KEYS_H

#include "common/mem.h"
#include "common/perm.h"

/* A key as it comes from the terminal: a code point, or one of these. */
typedef uint32_t tui_key;
#define TUI_CTRL(letter) ((tui_key)((letter) - '@'))
#define TUI_KEY_TAB ((tui_key)9)
#define TUI_KEY_ENTER ((tui_key)13)
#define TUI_KEY_ESC ((tui_key)27)
enum tui_key_code {
    TUI_KEY_NONE = 0x200000, /* above all code points */
    TUI_KEY_UP,
    TUI_KEY_DOWN,
    TUI_KEY_LEFT,
    TUI_KEY_RIGHT,
    TUI_KEY_HOME,
    TUI_KEY_END,
    TUI_KEY_PAGEUP,
    TUI_KEY_PAGEDOWN,
    TUI_KEY_BACKTAB,
    TUI_KEY_BACKSPACE,
    TUI_KEY_DELETE,
    TUI_KEY_F1,
    TUI_KEY_F10
};

/* What a key or a word does. Those of the rows, and those only words reach. */
enum tui_action {
    TUI_DO_NOTHING,
#define KEY(action, label, code, code2, where, perm, weight, line, help) TUI_DO_##action,
#include "tui/keys.def"
    TUI_DO_GOTO, /* a panel of a screen */
    TUI_DO_VERIFY,
    TUI_DO_STOPS,
    TUI_DO_PASSWORD,
    TUI_DO_THEME,
    TUI_DO_SIGN_OUT,
    TUI_DO_COUNT
};

/* Where a key works: one bit a screen, by its digit. */
enum tui_where {
    TUI_AT_OVERVIEW = 1 << 1,
    TUI_AT_LIVE = 1 << 2,
    TUI_AT_RISK = 1 << 3,
    TUI_AT_PERFORMANCE = 1 << 6,
    TUI_AT_SYSTEM = 1 << 7,
    TUI_AT_ADMIN = 1 << 8,
    TUI_AT_ANY = 0xffff
};

struct tui_key_row {
    enum tui_action action;
    const char *label;
    tui_key code, code2;
    unsigned where;
    enum qf_perm perm;
    int weight;
    const char *line, *help;
};
extern const struct tui_key_row tui_keys[];
extern const int tui_keys_n;

struct tui_word_row {
    const char *word;
    enum tui_action action;
    int screen; /* digit it belongs to, 0 = any */
    enum qf_perm perm;
    const char *arg, *help;
};
extern const struct tui_word_row tui_words[];
extern const int tui_words_n;

/* The row of a key on the screen with that digit; NULL when it means nothing there. 1 to 9 give the row of SCREEN. */
const struct tui_key_row *tui_key_find(tui_key key, int screen);
/* Words that match what was typed, best first: its start, then its letters in order anywhere in the word or its
 * explanation. Returns how many of ret[max] were filled. */
int tui_word_find(const char *typed, const struct tui_word_row **ret, int max);
/* Names of the roles that have a permission: "risk or admin". */
void tui_who_may(enum qf_perm perm, char *out, size_t cap);

/* The table for the manual page, as mdoc. */
void tui_keys_mdoc(struct qf_buf *out);

#endif
