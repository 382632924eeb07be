/* Which (venue, exec_id) are booked already, by a 128-bit hash.
 *
 * A set that only grows would have to stop the desk some day. This one keeps at least the newest SEEN_GENERATION ids
 * for certain and forgets older ones by whole generations: one that is filled now, the one before it, and a third that
 * is wiped a little with every id, so that it is empty when its turn comes and nothing ever waits for it. What is
 * forgotten is still unique in the database: a fill of that age that came again would fail there as a whole and change
 * nothing. */
#include "daemon/core/core.h"

#define SEEN_GENERATION (QF_MAX_EXEC_IDS / 2)
#define SEEN_PLACES (2U * SEEN_GENERATION)
#define SEEN_GENERATIONS 3U

struct id {
    uint64_t a, b; /* both 0: empty */
};

struct seen {
    uint64_t saved;   /* number of the batch that holds `at` for undo */
    struct {
        uint32_t current; /* generation that is being filled */
        uint32_t count;   /* ids in it */
        bool turned;      /* the one before it was filled too */
    } at;
    bool forgot;      /* not undone: what is wiped stays wiped */
    struct id ids[SEEN_GENERATIONS][SEEN_PLACES];
};

size_t seen_size(void)
{
    return sizeof(struct seen);
}

void seen_init(struct seen *s)
{
    s->saved = 0;
    memset(&s->at, 0, sizeof(s->at));
    s->forgot = false;
}

/* Two walks of FNV-1a with different starts and multipliers, each finished by a mixer; the NUL between keeps "ab","c"
 * and "a","bc" apart. */
static struct id id_of(const char *venue, const char *exec_id)
{
    struct id id = { 0xCBF29CE484222325ULL, 0x9E3779B97F4A7C15ULL };
    const char *parts[2] = { venue, exec_id };
    for (size_t k = 0; k < 2; k++) {
        const unsigned char *p = (const unsigned char *)parts[k];
        do {
            id.a = (id.a ^ *p) * 0x100000001B3ULL;
            id.b = (id.b + *p + 1) * 0xD6E8FEB86659FD93ULL;
            id.b ^= id.b >> 29;
        } while (*p++ != '\0');
    }
    id.a ^= id.a >> 31;
    id.b ^= id.b >> 32;
    id.b |= id.a == 0 && id.b == 0;
    return id;
}

static uint32_t place_of(const struct seen *s, uint32_t generation, struct id id)
{
    const struct id *ids = s->ids[generation];
    uint32_t i = (uint32_t)(id.a * 0x9E3779B97F4A7C15ULL >> 40) & (SEEN_PLACES - 1);
    while ((ids[i].a != 0 || ids[i].b != 0) && (ids[i].a != id.a || ids[i].b != id.b))
        i = (i + 1) & (SEEN_PLACES - 1);
    return i;
}

static bool in_generation(const struct seen *s, uint32_t generation, struct id id)
{
    const struct id *found = &s->ids[generation][place_of(s, generation, id)];
    return found->a != 0 || found->b != 0;
}

static uint32_t before(uint32_t generation)
{
    return (generation + SEEN_GENERATIONS - 1) % SEEN_GENERATIONS;
}

static uint32_t after(uint32_t generation)
{
    return (generation + 1) % SEEN_GENERATIONS;
}

bool seen_has(const struct seen *s, const char *venue, const char *exec_id)
{
    struct id id = id_of(venue, exec_id);
    return in_generation(s, s->at.current, id) || in_generation(s, before(s->at.current), id);
}

/* The generation after the current one is the oldest. Its places are emptied in step with the ids that come in; places
 * and ids stand 2 to 1. Undo does not bring them back: they were to be forgotten anyway. Pages never used are only
 * read. */
static void wipe_step(struct seen *s)
{
    struct id *oldest = &s->ids[after(s->at.current)][2 * s->at.count];
    for (size_t k = 0; k < 2; k++)
        if (oldest[k].a != 0 || oldest[k].b != 0)
            oldest[k] = (struct id){ 0, 0 };
}

static void save(struct seen *s, struct batch *b)
{
    if (b == NULL || s->saved == batch_no(b))
        return;
    batch_save(b, &s->at, sizeof(s->at));
    s->saved = batch_no(b);
}

/* The current generation is full: the next, empty by now, takes its place, and the one before it is out of sight from
 * now on. */
static void turn(struct seen *s)
{
    s->forgot = s->forgot || s->at.turned;
    s->at.current = after(s->at.current);
    s->at.count = 0;
    s->at.turned = true;
}

void seen_add(struct seen *s, struct batch *b, const char *venue, const char *exec_id)
{
    struct id id = id_of(venue, exec_id);
    save(s, b);
    if (s->at.count == SEEN_GENERATION)
        turn(s);
    wipe_step(s);
    struct id *place = &s->ids[s->at.current][place_of(s, s->at.current, id)];
    if (b != NULL)
        batch_save(b, place, sizeof(*place));
    *place = id;
    s->at.count++;
}

bool seen_forgot(const struct seen *s)
{
    return s->forgot;
}

void seen_set_forgot(struct seen *s)
{
    s->forgot = true;
}
