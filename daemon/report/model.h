/* A document before it has a shape: panels of facts, tables, charts and sentences, in the order they are read. The
 * writers (text, HTML, PDF) draw the same panels from the same strings, so a number cannot differ between them.
 *
 * Everything lies in the arena the document was begun with. Text that is put in is cleaned on its way: what a terminal,
 * a page or a font must not see (control and bidi characters, broken UTF-8) becomes '?'. When memory runs out the
 * document turns `failed` and takes nothing more; whoever writes it looks once. Functions take NULL for a table that
 * could not be made. */
#ifndef QF_REPORT_MODEL_H
#define QF_REPORT_MODEL_H

#include "common/clock.h"
#include "common/mem.h"

enum doc_tone { DOC_PLAIN, DOC_DIM, DOC_STRONG, DOC_UP, DOC_DOWN, DOC_OK, DOC_WARN, DOC_BAD, DOC_TONES };

enum doc_align {
    DOC_TEXT,   /* left */
    DOC_NUMBER, /* on the decimal point */
    DOC_BAR     /* a bar of `share`, no text */
};
struct doc_column {
    const char *head;
    enum doc_align align;
    uint8_t drop; /* where there is no room the column with the highest drop goes first; 0 stays */
    bool flows;   /* takes what width is left, and breaks its text into lines */
};
struct doc_cell {
    const char *text; /* never NULL */
    uint8_t tone;
    int8_t heat;   /* -3 to 3: background of a heat map */
    int16_t share; /* 0 to 1000: length of a bar; -1 = none */
};
struct doc_row {
    struct doc_cell *cells; /* as many as the table has columns */
    bool total;
};
#define DOC_COLUMNS 16
struct doc_table {
    struct doc *doc;
    const struct doc_column *columns;
    size_t n_columns, n_rows, cap, at; /* at: column the next cell goes to */
    struct doc_row *rows;
    const char *empty; /* one sentence in place of no rows */
    bool heat;         /* a heat map: its cells have backgrounds and touch */
};

/* A label with its figure and what stands beside it ("Day", "-69,328.03", "-0.28%"). */
struct doc_fact {
    const char *label, *value, *beside;
    uint8_t tone;
};

enum chart_unit { CHART_MONEY, CHART_SHARE, CHART_NUMBER };
enum chart_style { CHART_LINE, CHART_LINE2, CHART_LIMIT };
#define CHART_LINES 3
struct doc_chart {
    size_t n;
    const qf_time *at;
    struct chart_curve {
        const char *name;
        const double *y; /* n; NaN = a gap */
        enum chart_style style;
    } lines[CHART_LINES];
    size_t n_lines;
    enum chart_unit unit;
    const double *under; /* n values of 0 and below: drawn as an area of its own under the curves; NULL = none */
    const char *under_name;
    const double *bars; /* n; drawn from 0 up and down, equally wide; NULL = none */
    const bool *marks;  /* n: bars to be marked; NULL = none */
    const char *bars_name, *marks_name;
};

enum doc_kind { DOC_FACTS, DOC_TABLE, DOC_CHART, DOC_SENTENCE };
struct doc_note {
    struct doc_note *next;
    const char *text;
    uint8_t tone;
};
struct doc_item {
    enum doc_kind kind;
    const char *title; /* "" = none */
    const char *aside; /* right end of the title's rule; "" = none */
    bool half;         /* two halves one after the other may stand side by side */
    struct doc_note *notes, **notes_end;
    struct doc_table *table;
    const struct doc_chart *chart;
    struct doc_fact *facts;
    size_t n_facts, cap_facts;
    const char *text; /* DOC_SENTENCE */
    uint8_t tone;
};
#define DOC_ITEMS 64
struct doc {
    struct qf_arena *arena;
    bool failed;
    const char *title; /* "QuantumFond daily report" */
    const char *date;  /* "2026-09-23" */
    const char *mode;  /* "SIMULATED" */
    const char *desk, *snapshot;
    qf_time as_of;
    struct doc_item items[DOC_ITEMS];
    size_t n;
};

void doc_begin(struct doc *d, struct qf_arena *arena);
/* A cleaned copy in the arena; "" when memory is out. */
const char *doc_copy(struct doc *d, const char *s);
const char *doc_fmt(struct doc *d, const char *fmt, ...) QF_PRINTF(2, 3);

/* A new panel; what follows belongs to it. half: may stand beside another one. */
struct doc_item *doc_panel(struct doc *d, enum doc_kind kind, const char *title, const char *aside, bool half);
/* Under the panel that was begun last. */
void doc_note(struct doc *d, enum doc_tone tone, const char *fmt, ...) QF_PRINTF(3, 4);
/* A panel that is one paragraph. */
void doc_sentence(struct doc *d, enum doc_tone tone, const char *fmt, ...) QF_PRINTF(3, 4);
void doc_fact(struct doc *d, enum doc_tone tone, const char *label, const char *value, const char *beside);

/* A panel that is a table of at most `cap` rows. columns must outlive the document; n of them, at most DOC_COLUMNS. */
struct doc_table *doc_table(struct doc *d, const char *title, const char *aside, bool half,
                            const struct doc_column *columns, size_t n, size_t cap);
void doc_row(struct doc_table *t);
void doc_total(struct doc_table *t); /* a row that stands under what it sums */
void doc_cell(struct doc_table *t, enum doc_tone tone, const char *text);
void doc_cellf(struct doc_table *t, enum doc_tone tone, const char *fmt, ...) QF_PRINTF(3, 4);
void doc_heat(struct doc_table *t, int heat, const char *text);
void doc_bar(struct doc_table *t, enum doc_tone tone, double share); /* share: 0 to 1, cut to it */

/* Where a number's decimal point is: bytes before it. All of the text when it has no digit (n/a). */
size_t doc_point(const char *text);

#endif
