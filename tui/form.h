/* Forms made from the rows of a record: one field a row, its choices from its enum, its rules from its type and bounds.
 * Keys of SCREENS: letters type, Space or the arrows change a choice, Tab moves on, Ctrl-U clears. */
#ifndef QF_TUI_FORM_H
#define QF_TUI_FORM_H

#include "common/proto/record.h"
#include "tui/canvas.h"
#include "tui/keys.h"

#define TUI_FIELD_TEXT 129
#define TUI_FORM_FIELDS 12

struct tui_field {
    const char *label;
    const struct qf_field *row; /* NULL: free text that is no field of the record */
    char text[TUI_FIELD_TEXT];
    size_t max;  /* bytes */
    bool secret; /* shown as '*' */
    bool fixed;  /* shown, not edited */
};

struct tui_form {
    const struct qf_rec *rec;
    struct tui_field fields[TUI_FORM_FIELDS];
    int n, focus;
};

/* rec NULL: only free text. */
void tui_form_init(struct tui_form *f, const struct qf_rec *rec);
/* Adds the field of that name; returns its number. */
int tui_form_add(struct tui_form *f, const char *field, const char *label);
int tui_form_add_text(struct tui_form *f, const char *label, size_t max, bool secret);
void tui_form_set(struct tui_form *f, int i, const char *text);
const char *tui_form_text(const struct tui_form *f, int i);
/* Overwrites everything typed: for passwords, before the form goes. */
void tui_form_wipe(struct tui_form *f);

/* The next or previous field that can be edited; false when there is none further (focus stays). */
bool tui_form_move(struct tui_form *f, int step);
/* Types into the focused field. True when the key was one for a field. */
bool tui_form_key(struct tui_form *f, tui_key key);
/* Fills o (zeroed by the caller) from the fields that are not empty. On error *ret_bad is the field and *ret_why says
 * what is wrong. A field that is not OPT must be filled. Long texts are copied into the arena. */
enum qf_err tui_form_read(const struct tui_form *f, void *o, struct qf_arena *arena, int *ret_bad,
                          const char **ret_why) QF_MUST_CHECK;
/* One of an enum's words: its number, -1 while the field is empty. */
int tui_form_choice(const struct tui_form *f, int i);

/* Draws field i's value in w columns, in brackets when `brackets`; shows the cursor when it has the focus. */
void tui_form_draw(const struct tui_form *f, int i, struct tui_canvas *c, int x, int y, int w, bool brackets,
                   bool focused);

#endif
