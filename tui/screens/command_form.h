/* A dialog that sends one command: fields made from the rows of its request, words of explanation, Cancel and one act.
 */
#ifndef QF_TUI_COMMAND_FORM_H
#define QF_TUI_COMMAND_FORM_H

#include "tui/app.h"

struct command_field {
    const char *name; /* of the request record */
    const char *label;
    const char *preset; /* NULL = empty */
    bool fixed;         /* shown, not edited; an empty one is left out of the request */
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

#endif
