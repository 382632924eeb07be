#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tests/unit/desk_help.h"

#define CAP 4096U

struct wide_lot {
    struct qf_lot row;
    uint32_t own;
};

struct table {
    struct tab t;
    struct batch *b;
    void *mem;
};

static struct table *table_new(uint32_t cap)
{
    struct table *x = calloc(1, sizeof(*x));
    assert_non_null(x);
    x->mem = qf_map_lazy(tab_size(sizeof(struct wide_lot), cap));
    x->b = batch_init(qf_map_lazy(batch_size()));
    tab_init(&x->t, QF_TABLE_lots, sizeof(struct wide_lot), cap, true, x->mem);
    batch_reset(x->b, 1);
    return x;
}

static void table_free(struct table *x)
{
    qf_unmap(x->mem, tab_size(sizeof(struct wide_lot), x->t.cap));
    qf_unmap(x->b, batch_size());
    free(x);
}

static struct qf_lot lot(int64_t id, int64_t remaining)
{
    struct qf_lot l = { .id = id, .remaining = remaining };
    qf_rec_fill(&qf_rec_lot, &l);
    return l;
}

static struct wide_lot *find(const struct table *x, int64_t id)
{
    struct qf_lot like = lot(id, 0);
    return tab_find(&x->t, &like);
}

static struct wide_lot *add(struct table *x, struct batch *b, int64_t id)
{
    struct qf_lot l = lot(id, id * 10);
    return tab_add(&x->t, b, &l);
}

static void finds_what_was_added(void **state)
{
    (void)state;
    struct table *x = table_new(CAP);
    assert_null(find(x, 7));
    struct wide_lot *l = add(x, x->b, 7);
    l->own = 99;
    assert_ptr_equal(find(x, 7), l);
    assert_int_equal(find(x, 7)->row.remaining, 70);
    assert_null(find(x, 8));
    assert_int_equal(x->t.count, 1);
    assert_ptr_equal(tab_at(&x->t, tab_slot(&x->t, l)), l);
    assert_null(tab_at(&x->t, 1));
    table_free(x);
}

static void refuses_more_rows_than_places(void **state)
{
    (void)state;
    struct table *x = table_new(10);
    for (int64_t id = 1; id <= 10; id++) {
        assert_int_equal(tab_tight(&x->t), id > 9); /* tight from 9 rows on */
        assert_non_null(add(x, x->b, id));
    }
    assert_null(add(x, x->b, 11));
    tab_drop(&x->t, x->b, find(x, 4));
    struct wide_lot *l = add(x, x->b, 11);
    assert_non_null(l);
    assert_int_equal(l->own, 0);
    assert_null(find(x, 4));
    table_free(x);
}

static void walks_live_rows_only(void **state)
{
    (void)state;
    struct table *x = table_new(CAP);
    for (int64_t id = 1; id <= 100; id++)
        add(x, x->b, id);
    for (int64_t id = 2; id <= 100; id += 2)
        tab_drop(&x->t, x->b, find(x, id));
    int64_t sum = 0;
    uint32_t i = 0;
    for (struct wide_lot *l; (l = tab_next(&x->t, &i)) != NULL;)
        sum += l->row.id;
    assert_int_equal(sum, 2500);
    table_free(x);
}

static void takes_keys_of_text_and_words(void **state)
{
    (void)state;
    struct tab t;
    void *mem = qf_map_lazy(tab_size(sizeof(struct qf_limit), 64));
    tab_init(&t, QF_TABLE_limits, sizeof(struct qf_limit), 64, true, mem);
    struct qf_limit a = { .scope = QF_SCOPE_SECTOR, .name = "Tech", .control = QF_CTL_POSITION };
    struct qf_limit b = a, c = a;
    b.control = QF_CTL_CASH;
    qf_str_copy(c.name, sizeof(c.name), "Tec");
    memset(c.name + 4, 'h', 1); /* what lies behind the NUL is not part of the key */
    struct qf_limit *ra = tab_add(&t, NULL, &a), *rb = tab_add(&t, NULL, &b);
    assert_null(tab_find(&t, &c));
    assert_ptr_equal(tab_find(&t, &a), ra);
    assert_ptr_equal(tab_find(&t, &b), rb);
    assert_ptr_not_equal(ra, rb);
    qf_unmap(mem, tab_size(sizeof(struct qf_limit), 64));
}

static void undo_brings_back_what_a_batch_changed(void **state)
{
    (void)state;
    struct table *x = table_new(CAP);
    for (int64_t id = 1; id <= 5; id++)
        add(x, NULL, id);
    struct wide_lot *three = find(x, 3);
    tab_edit(&x->t, x->b, three);
    three->row.remaining = 1;
    tab_edit(&x->t, x->b, three);
    three->row.remaining = 2;
    tab_drop(&x->t, x->b, find(x, 2));
    add(x, x->b, 6); /* takes the place of 2 */
    batch_undo(x->b);
    assert_int_equal(find(x, 3)->row.remaining, 30);
    assert_int_equal(find(x, 2)->row.remaining, 20);
    assert_null(find(x, 6));
    assert_int_equal(x->t.count, 5);
    table_free(x);
}

/* --- against a table that is too simple to be wrong */

struct model {
    bool live[CAP * 4];
    int64_t value[CAP * 4];
};

static void check_model(const struct table *x, const struct model *m)
{
    uint32_t live = 0;
    for (int64_t id = 0; id < CAP * 4; id++) {
        const struct wide_lot *l = find(x, id);
        live += m->live[id];
        assert_int_equal(l != NULL, m->live[id]);
        if (l != NULL)
            assert_int_equal(l->row.remaining, m->value[id]);
    }
    assert_int_equal(x->t.count, live);
}

static void random_step(struct table *x, struct model *m, struct batch *b, uint64_t *seed)
{
    int64_t id = (int64_t)chance_below(seed, CAP * 4);
    struct wide_lot *l = find(x, id);
    if (l == NULL && x->t.count < CAP) {
        add(x, b, id);
        m->live[id] = true;
        m->value[id] = id * 10;
    } else if (l != NULL && chance_below(seed, 2) == 0) {
        tab_edit(&x->t, b, l);
        m->value[id] = l->row.remaining = (int64_t)chance_below(seed, 1000);
    } else if (l != NULL) {
        tab_drop(&x->t, b, l);
        m->live[id] = false;
    }
}

static void behaves_like_a_plain_array(void **state)
{
    (void)state;
    struct table *x = table_new(CAP);
    struct model *m = calloc(1, sizeof(*m)), *before = calloc(1, sizeof(*m));
    uint64_t seed = 1, no = 1;
    for (int round = 0; round < 60; round++) {
        *before = *m;
        batch_reset(x->b, ++no);
        for (int i = 0; i < 700; i++)
            random_step(x, m, x->b, &seed);
        if (round % 3 == 2) {
            batch_undo(x->b);
            *m = *before;
        }
        if (round % 5 == 0)
            check_model(x, m);
    }
    check_model(x, m);
    free(m);
    free(before);
    table_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_added),
        cmocka_unit_test(refuses_more_rows_than_places),
        cmocka_unit_test(walks_live_rows_only),
        cmocka_unit_test(takes_keys_of_text_and_words),
        cmocka_unit_test(undo_brings_back_what_a_batch_changed),
        cmocka_unit_test(behaves_like_a_plain_array),
    };
    return cmocka_run_group_tests_name("tab", tests, NULL, NULL);
}
