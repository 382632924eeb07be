/* Positions as the desk keeps them, by the names of the vectors. */
#ifndef QF_TESTS_FILLS_H
#define QF_TESTS_FILLS_H

#include "tests/unit/desk_help.h"
#include "tests/vectors/judge.h"

enum method { AVERAGE, FIFO };
extern const char *const method_names[2];

struct figures {
    double quantity, avg_cost, realized_gross, fees, unrealized;
    double realized_fill; /* what the last fill realised, before its fee; 0 unless the caller sets it */
};
/* Of one account's position. The average is worked out from the exact cost: the shown one has eight decimals. */
struct figures figures_of(const struct kit *k, const char *account, const char *symbol, enum method m);
/* Compares every member of `expect` that is a figure; others are passed over. */
void judge_figures(struct judge *j, struct json_object *expect, const struct figures *f, struct tolerance t);
/* Books a fill given as text, side "buy" or "sell". False and a reason in the open case when the desk does not take
 * it. */
bool book_text(struct judge *j, struct kit *k, const char *account, const char *side, const char *quantity, const char *symbol,
               const char *price, const char *fee);
/* Marks an instrument at one price. False and a reason when it is no price. */
bool mark_text(struct judge *j, struct kit *k, const char *symbol, const char *price);

#endif
