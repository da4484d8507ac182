// SPDX-License-Identifier: MIT
// test_map_race.c: maps that are used by two goroutines at once, where one of
// them writes.
//
// The idea: keys with a hash and an equality of the test's own, which wait in
// the middle of an operation until the test has done another one. So the
// operations overlap always and in the same way, on one P too.
#include "unit/test_map_util.h"

// Where the next operation is to wait.
enum race_place {
    RACE_NOWHERE,
    RACE_HASH, // before a write has begun
    RACE_EQUAL // in the middle of it
};

// A goroutine that waits in an operation has sent on `in`, and goes on when
// `out` is sent to.
struct race_gate {
    leat_chan(int) in, out;
};

enum { RACE_GATES = 3 };

static struct {
    enum race_place place;
    int skip; // calls of the function before the one that waits
    int gates; // used
    struct race_gate gate[RACE_GATES];
} race;

// The next operation waits there; returns the gate it then waits at.
static struct race_gate *
race_arm(enum race_place place, int skip)
{
    CHECK(race.gates < RACE_GATES);
    struct race_gate *gate = &race.gate[race.gates++];
    *gate = (struct race_gate){leat_make_chan(int), leat_make_chan(int)};
    race.skip = skip;
    race.place = place;
    return gate;
}

static void
race_wait(enum race_place place)
{
    if (race.place != place || race.skip-- > 0)
        return;
    struct race_gate *gate = &race.gate[race.gates - 1];
    race.place = RACE_NOWHERE;
    leat_send(gate->in, 1);
    leat_recv(gate->out);
}

struct race_key {
    int id;
};

static uint64_t
race_hash(const struct race_key *k, uint64_t seed)
{
    race_wait(RACE_HASH);
    return leat_hash(&k->id, sizeof k->id, seed);
}

static bool
race_equal(const struct race_key *a, const struct race_key *b)
{
    race_wait(RACE_EQUAL);
    return a->id == b->id;
}

LEAT_MAP_KEY_FUNC(race_key_by, struct race_key, race_hash, race_equal);
typedef leat_map(struct race_key, int) race_map;

#define RACE_KEY(n) ((struct race_key){n})

static race_map
race_make(int n)
{
    race_map m = leat_make_map_key(race_key_by, int);
    for (int i = 0; i < n; i++)
        leat_map_put(m, RACE_KEY(i), i);
    return m;
}

static void
race_deferred(void *arg)
{
    (void)arg;
    fprintf(stderr, "deferred\n");
}

// An operation that tries to survive.
typedef void race_op(race_map m);

static void
race_do(race_op *op, race_map m)
{
    struct leat_caught caught = {.kind = 0};
    leat_try {
        leat_catch(&caught);
        leat_defer(race_deferred, NULL);
        op(m);
    }
    fprintf(stderr, "went on: %s\n", caught.text);
}

static void
race_put(race_map m)
{
    leat_map_put(m, RACE_KEY(1), 7);
}

static void
race_put_new(race_map m)
{
    leat_map_put(m, RACE_KEY(100), 7);
}

static void
race_delete(race_map m)
{
    leat_map_delete(m, RACE_KEY(1));
}

static void
race_clear(race_map m)
{
    leat_map_clear(m);
}

static void
race_get(race_map m)
{
    CHECK_EQ(leat_map_get(m, RACE_KEY(2)), 2);
}

static void
race_range(race_map m)
{
    int sum = 0;
    leat_map_range (struct race_key, k, int, v, m)
        sum += k.id + v;
    CHECK_EQ(sum, 2 * (0 + 1 + 2));
}

static void
race_clone(race_map m)
{
    race_map c = leat_map_clone(m);
    CHECK_EQ(leat_map_len(c), 3);
    leat_map_free(c);
}

// Starts an operation, and returns when it waits at the place.
static struct race_gate *
race_start(race_op *op, race_map m, enum race_place place, int skip)
{
    struct race_gate *gate = race_arm(place, skip);
    leat_go(race_do, op, m);
    leat_recv(gate->in);
    return gate;
}

// While the first operation is in the middle of its write, the second one.
static void
race_meet(race_op *first, race_op *second)
{
    race_map m = race_make(3);
    race_start(first, m, RACE_EQUAL, 0);
    race_do(second, m);
}

// A fatal error: by the text, and nobody catches it or sees it by a defer.
#define RACE_ENDS(profile, text)                                               \
    .env = {"LEATDEBUG=seed=1,profile=" profile}, .exit_status = 2,            \
    .stderr_has = {"fatal error: concurrent map " text "\n"},                  \
    .stderr_lacks = {"went on", "deferred", "panic"}
#define RACE_TEST(name, text, ...)                                             \
    TEST_WITH(map_race, name, RACE_ENDS("strict", text))                       \
    {                                                                          \
        __VA_ARGS__;                                                           \
    }                                                                          \
    TEST_WITH(map_race, name##_in_gos_profile, RACE_ENDS("go", text))          \
    {                                                                          \
        __VA_ARGS__;                                                           \
    }

// The second one enters while the first one writes -----------------------------

RACE_TEST(a_write_during_a_write, "writes", race_meet(race_put, race_put))
RACE_TEST(a_new_key_during_a_write, "writes",
    race_meet(race_put, race_put_new))
RACE_TEST(a_deletion_during_a_write, "writes",
    race_meet(race_put, race_delete))
RACE_TEST(a_clear_during_a_write, "writes", race_meet(race_put, race_clear))
RACE_TEST(a_write_during_a_deletion, "writes",
    race_meet(race_delete, race_put))
RACE_TEST(a_read_during_a_write, "read and map write",
    race_meet(race_put, race_get))
RACE_TEST(a_read_during_a_deletion, "read and map write",
    race_meet(race_delete, race_get))
RACE_TEST(an_iteration_that_begins_during_a_write,
    "iteration and map write", race_meet(race_put, race_range))
RACE_TEST(a_clone_during_a_write, "clone and map write",
    race_meet(race_put, race_clone))

// An iteration began before the write.
static void
race_next(void)
{
    race_map m = race_make(3);
    int turn = 0;
    leat_map_range (struct race_key, k, int, v, m) {
        (void)k, (void)v;
        if (turn++ == 0)
            race_start(race_put, m, RACE_EQUAL, 0);
        else
            fprintf(stderr, "went on\n");
    }
    fprintf(stderr, "went on\n");
}

RACE_TEST(an_iteration_that_goes_on_during_a_write,
    "iteration and map write", race_next())

// The first one waits while its map grows: the entries are rehashed. The first
// call is for its own key.
static void
race_growing(race_op *second)
{
    race_map m = race_make(8);
    race_start(race_put_new, m, RACE_HASH, 1);
    CHECK(((struct hmap *)m)->oldbuckets != NULL);
    race_do(second, m);
}

RACE_TEST(a_write_while_the_map_grows, "writes", race_growing(race_put))
RACE_TEST(a_read_while_the_map_grows, "read and map write",
    race_growing(race_get))
RACE_TEST(an_iteration_while_the_map_grows, "iteration and map write",
    race_growing(race_range))

// Both have found nobody writing, and then both write: seen at the end.
static void
race_both(void)
{
    race_map m = race_make(3);
    struct race_gate *a = race_start(race_put, m, RACE_HASH, 0);
    struct race_gate *b = race_start(race_put_new, m, RACE_HASH, 0);
    CHECK(!(((struct hmap *)m)->flags & hashWriting));
    struct race_gate *in_a = race_arm(RACE_EQUAL, 0);
    leat_send(a->out, 1);
    leat_recv(in_a->in);
    CHECK(((struct hmap *)m)->flags & hashWriting);
    leat_send(b->out, 1);
    leat_recv(b->in); // for ever
}

RACE_TEST(two_writes_that_began_at_once, "writes", race_both())

// What is allowed ---------------------------------------------------------

TEST_WITH(map_race, a_reader_that_waits_hinders_no_reader,
    .env = {"LEATDEBUG=seed=1"}, .stderr_has = {"went on: "})
{
    race_map m = race_make(3);
    struct race_gate *gate = race_start(race_get, m, RACE_EQUAL, 0);
    race_get(m);
    race_range(m);
    race_clone(m);
    leat_send(gate->out, 1);
    leat_yield();
    leat_map_free(m);
}

TEST_WITH(map_race, a_write_after_a_write_is_fine,
    .env = {"LEATDEBUG=seed=1"}, .stderr_has = {"went on: "})
{
    race_map m = race_make(3);
    struct race_gate *gate = race_start(race_put, m, RACE_EQUAL, 0);
    leat_send(gate->out, 1);
    leat_yield();
    CHECK_EQ(leat_map_get(m, RACE_KEY(1)), 7);
    race_put_new(m);
    CHECK_EQ(leat_map_len(m), 4);
    leat_map_free(m);
}

enum { RACE_READERS = 4 };

static void
race_read_all(leat_map(int, int) m, leat_chan(int) done)
{
    int n = (int)leat_map_len(m);
    for (int round = 0; round < 100; round++) {
        int sum = 0;
        for (int i = 0; i < n; i++)
            CHECK_EQ(leat_map_get(m, i), i);
        leat_map_range (int, k, int, v, m)
            sum += k == v ? v : -1;
        CHECK_EQ(sum, n * (n - 1) / 2);
        leat_map(int, int) c = leat_map_clone(m);
        CHECK_EQ(leat_map_len(c), n);
        leat_map_free(c);
    }
    leat_send(done, 1);
}

static void
race_read_together(int n, bool growing)
{
    leat_map(int, int) m = leat_make_map(int, int);
    leat_chan(int) done = leat_make_chan(int);
    for (int i = 0; i < n; i++)
        leat_map_put(m, i, i);
    CHECK_EQ(((struct hmap *)m)->oldbuckets != NULL, growing);
    for (int i = 0; i < RACE_READERS; i++)
        leat_go(race_read_all, m, done);
    for (int i = 0; i < RACE_READERS; i++)
        leat_recv(done);
    leat_map_free(m);
    leat_free(done);
}

TEST_WITH(map_race, readers_on_two_ps_do_not_disturb_each_other,
    .env = {"LEATPROCS=2"})
{
    race_read_together(300, false);
}

TEST_WITH(map_race, readers_on_two_ps_of_a_map_that_has_begun_to_grow,
    .env = {"LEATPROCS=2"})
{
    race_read_together(209, true);
}
