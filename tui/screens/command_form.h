/* A dialog that sends one command: fields made from the rows of its request, words of explanation, Cancel and one act.
 */
#ifndef QF_TUI_COMMAND_FORM_H
#define QF_TUI_COMMAND_FORM_H

#include "tui/app.h"
#include "tui/form.h"

struct command_field {
    const char *name; /* of the request record */
    const char *label;
    const char *preset; /* NULL = empty */
    bool fixed;         /* shown, not edited; an empty one is left out of the request */
};

/* Says what the form as it stands would do, asked at every draw: "tighter: done at once". */
struct command_judge {
    enum tui_role (*fn)(const void *before, const struct tui_form *form, char *out, size_t cap);
    const void *before; /* what stands now, before_size bytes; it is copied */
    size_t before_size;
};

struct command_def {
    const char *title;
    enum qf_cmd_id cmd;
    const char *act;      /* the button: "Set" */
    const char *done;     /* the message when it is done */
    const char *words[4]; /* lines above the buttons, NULL at the end */
};

/* The texts of def and fields are copied where they are kept, or constant. A client_ref is added where the request has
 * one. */
struct tui_dialog *command_form_new(struct tui_app *app, const struct command_def *def,
                                    const struct command_field *fields, int n);
/* The same with a judge; NULL = none. */
struct tui_dialog *command_form_judged(struct tui_app *app, const struct command_def *def,
                                       const struct command_judge *judge, const struct command_field *fields, int n);

#endif
