/* Pieces: order, credit, asking again, the end, and a writer that is let go. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/server/pieces.h"

#define P ((int64_t)QF_PIECE_BYTES)

static atomic_int woken;
static void wake(void *arg)
{
    (void)arg;
    atomic_fetch_add(&woken, 1);
}

static char byte_at(int64_t at)
{
    return (char)(at * 31 + at / 1000);
}

struct writer {
    struct pieces *p;
    int64_t total;
    size_t step;
    atomic_llong written;
    atomic_bool over;
    bool ok;
    pthread_t thread;
};

static void *write_all(void *arg)
{
    struct writer *w = arg;
    char bytes[100000];
    w->ok = true;
    for (int64_t at = 0; at < w->total && w->ok;) {
        size_t n = w->total - at < (int64_t)w->step ? (size_t)(w->total - at) : w->step;
        for (size_t i = 0; i < n; i++)
            bytes[i] = byte_at(at + (int64_t)i);
        w->ok = pieces_write(w->p, bytes, n);
        at += (int64_t)n;
        atomic_store(&w->written, at);
    }
    if (w->ok)
        pieces_end(w->p);
    atomic_store(&w->over, true);
    return NULL;
}

static void begin(struct writer *w, int64_t total, size_t step)
{
    *w = (struct writer){ .p = pieces_new(wake, NULL), .total = total, .step = step };
    atomic_store(&woken, 0);
    assert_int_equal(pthread_create(&w->thread, NULL, write_all, w), 0);
}

static void end(struct writer *w)
{
    pthread_join(w->thread, NULL);
    pieces_free(w->p);
}

static struct piece want(struct writer *w, int64_t offset)
{
    struct piece piece = { .p = NULL };
    enum pieces_got got = PIECES_LATER;
    for (int i = 0; i < 5000 && got == PIECES_LATER; i++) {
        got = pieces_ask(w->p, offset, &piece);
        if (got == PIECES_LATER)
            usleep(1000);
    }
    assert_int_equal(got, PIECES_READY);
    for (size_t i = 0; i < piece.n; i++)
        if (piece.p[i] != byte_at(offset + (int64_t)i))
            fail_msg("byte %lld is another one", (long long)(offset + (int64_t)i));
    return piece;
}

/* However the writer cuts it, the reader gets the same bytes in pieces of one size. */
static void all_of_it_in_order(void **state)
{
    static const int64_t totals[] = { 0, 1, QF_PIECE_BYTES - 1, QF_PIECE_BYTES, QF_PIECE_BYTES + 1, 4 * QF_PIECE_BYTES, 11 * QF_PIECE_BYTES + 12345 };
    static const size_t steps[] = { 100000, 777, 65536 };
    (void)state;
    for (size_t t = 0; t < QF_LEN(totals); t++)
        for (size_t s = 0; s < QF_LEN(steps); s++) {
            struct writer w;
            int64_t at = 0;
            bool over = false;
            begin(&w, totals[t], steps[s]);
            while (!over) {
                struct piece piece = want(&w, at);
                over = piece.end;
                if (!over)
                    assert_int_equal(piece.n, P);
                at += (int64_t)piece.n;
            }
            assert_int_equal(at, totals[t]);
            assert_int_equal(pieces_written(w.p), totals[t]);
            struct piece none = want(&w, at + (at % P ? P - at % P : 0)); /* beyond the end */
            assert_true(none.end && none.n == 0);
            end(&w);
        }
}

static void settle(struct writer *w, int64_t at)
{
    for (int i = 0; i < 5000 && atomic_load(&w->written) < at; i++)
        usleep(1000);
    usleep(30000); /* it would go on now, if it did not wait */
}

/* Two pieces ahead of the reader and not a byte more. */
static void the_writer_waits(void **state)
{
    struct writer w;
    (void)state;
    begin(&w, 20 * P, 65536);
    settle(&w, 2 * P);
    assert_int_equal(pieces_written(w.p), 2 * P);
    assert_true(pieces_ready(w.p));
    (void)want(&w, 0);
    settle(&w, 3 * P);
    assert_int_equal(pieces_written(w.p), 3 * P);
    (void)want(&w, 0); /* the same again is no credit */
    settle(&w, 3 * P);
    assert_int_equal(pieces_written(w.p), 3 * P);
    pieces_cancel(w.p);
    end(&w);
    assert_false(w.ok);
}

static void again_and_wrong(void **state)
{
    struct writer w;
    struct piece piece;
    (void)state;
    begin(&w, 20 * P, 50000);
    assert_int_equal(pieces_ask(w.p, 2 * P, &piece), PIECES_WRONG); /* further ahead than two may be asked for */
    assert_int_equal(pieces_ask(w.p, 5, &piece), PIECES_WRONG);
    assert_int_equal(pieces_ask(w.p, -P, &piece), PIECES_WRONG);
    assert_int_equal(pieces_ask(w.p, P, &piece), PIECES_LATER); /* its turn comes behind the first */
    for (int64_t i = 0; i < 6; i++)
        (void)want(&w, i * P);
    assert_int_equal(pieces_next(w.p), 6 * P);
    settle(&w, 8 * P); /* as far as it may: the last two are still what they were */
    (void)want(&w, 5 * P);
    (void)want(&w, 4 * P);
    assert_int_equal(pieces_ask(w.p, 3 * P, &piece), PIECES_WRONG);
    assert_int_equal(pieces_next(w.p), 6 * P);
    pieces_cancel(w.p);
    assert_int_equal(pieces_ask(w.p, 6 * P, &piece), PIECES_WRONG);
    end(&w);
}

static void a_waiting_writer_is_let_go(void **state)
{
    struct writer w;
    (void)state;
    begin(&w, 100 * P, 65536);
    settle(&w, 2 * P);
    assert_false(atomic_load(&w.over));
    assert_false(pieces_cancelled(w.p));
    pieces_cancel(w.p);
    pthread_join(w.thread, NULL);
    assert_true(atomic_load(&w.over));
    assert_false(w.ok);
    assert_true(atomic_load(pieces_flag(w.p)));
    pieces_free(w.p);
}

/* One for each piece and one for the end: who waits is never forgotten. */
static void the_reader_is_woken(void **state)
{
    struct writer w;
    (void)state;
    begin(&w, 2 * P, 65536);
    pthread_join(w.thread, NULL);
    assert_int_equal(atomic_load(&woken), 3);
    (void)want(&w, 0);
    assert_true(want(&w, P).end);
    assert_false(pieces_ready(w.p));
    pieces_free(w.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_in_order), cmocka_unit_test(the_writer_waits), cmocka_unit_test(again_and_wrong),
        cmocka_unit_test(a_waiting_writer_is_let_go), cmocka_unit_test(the_reader_is_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
