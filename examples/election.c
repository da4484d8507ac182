// SPDX-License-Identifier: MIT
// election.c: five machines elect a leader over a network that loses messages,
// delays them and falls apart, as in Raft (Ongaro and Ousterhout, 2014).
//
// What has to hold is that no term has two leaders, whatever happens. A seeded
// run makes a world of it: the seed decides who is scheduled, which message is
// late or lost and which machine is cut off, and a minute of the virtual clock
// takes no time. A seed that breaks the rule would break it every time.
#include <leat.h>

#include <stdio.h>

enum { MACHINES = 5, TERMS_MAX = 1000, MINUTE = 60, SEEDS = 8 };

enum message_type { ASK_VOTE, VOTE, HEARTBEAT };
struct message {
    enum message_type type;
    int from, to, term;
};

enum role { FOLLOWER, CANDIDATE, LEADER };
struct machine {
    int id, term, voted_for, votes; // voted_for: in this term, or -1
    enum role role;
    leat_chan(struct message) in;
    struct leat_timer *timer; // of the next election, or a leader's heartbeat
    struct world *world;
};

struct world {
    struct machine machines[MACHINES];
    bool cut_off[MACHINES];
    int leader_of[TERMS_MAX]; // whose term it was, from 1; 0: nobody's
    int lost, terms_with_two;
    leat_chan(bool) stop; // is closed
    struct leat_waitgroup all;
};

static int64_t
some_milliseconds(int from, int to)
{
    int range = (int)(leat_test_random() % (uint64_t)(to - from));
    return (from + range) * LEAT_MILLISECOND;
}

// The network ----------------------------------------------------------------

static void
deliver(struct world *w, int from, int to, int type, int term)
{
    struct message m = {(enum message_type)type, from, to, term};
    leat_sleep(some_milliseconds(1, 20));
    bool lost = leat_test_random() % 10 == 0 || w->cut_off[from] ||
        w->cut_off[to];
    if (lost || leat_try_send(w->machines[to].in, m) != 0)
        w->lost++;
    leat_waitgroup_done(&w->all);
}

// A goroutine for each message: so a later one may overtake it.
static void
send_to(struct machine *m, int to, enum message_type type)
{
    leat_waitgroup_add(&m->world->all, 1);
    leat_go(deliver, m->world, m->id, to, (int)type, m->term);
}

static void
send_to_others(struct machine *m, enum message_type type)
{
    for (int i = 0; i < MACHINES; i++) {
        if (i != m->id)
            send_to(m, i, type);
    }
}

// A machine ------------------------------------------------------------------

static void
wait_for_leader(struct machine *m)
{
    leat_timer_reset(m->timer, some_milliseconds(150, 300));
}

static void
lead(struct machine *m)
{
    struct world *w = m->world;
    m->role = LEADER;
    if (w->leader_of[m->term] != 0)
        w->terms_with_two++;
    w->leader_of[m->term] = m->id + 1;
    leat_timer_reset(m->timer, 0);
}

static void
receive(struct machine *m, struct message got)
{
    if (got.term > m->term) {
        m->term = got.term;
        m->role = FOLLOWER;
        m->voted_for = -1;
    }
    if (got.term < m->term)
        return; // of a term that is over
    switch (got.type) {
    case ASK_VOTE:
        if (m->voted_for < 0 || m->voted_for == got.from) {
            m->voted_for = got.from;
            wait_for_leader(m);
            send_to(m, got.from, VOTE);
        }
        break;
    case VOTE:
        if (m->role == CANDIDATE && ++m->votes > MACHINES / 2)
            lead(m);
        break;
    case HEARTBEAT:
        m->role = FOLLOWER;
        wait_for_leader(m);
        break;
    }
}

static void
time_is_up(struct machine *m)
{
    if (m->role == LEADER) {
        send_to_others(m, HEARTBEAT);
        leat_timer_reset(m->timer, 50 * LEAT_MILLISECOND);
        return;
    }
    if (++m->term == TERMS_MAX)
        leat_panic("%d terms in a minute", TERMS_MAX);
    m->role = CANDIDATE;
    m->voted_for = m->id;
    m->votes = 1;
    send_to_others(m, ASK_VOTE);
    wait_for_leader(m);
}

static void
machine_run(void *arg)
{
    struct machine *m = arg;
    struct message got;
    m->timer = leat_new_timer(some_milliseconds(150, 300));
    leat_defer(leat_timer_free, m->timer);
    for (;;) {
        switch (leat_select(leat_case_recv(m->in, &got),
            leat_case_recv(leat_timer_chan(m->timer), NULL),
            leat_case_recv(m->world->stop, NULL))) {
        case 0:
            receive(m, got);
            break;
        case 1:
            time_is_up(m);
            break;
        case 2:
            return;
        }
    }
}

// The world ------------------------------------------------------------------

static void
world_begin(struct world *w)
{
    *w = (struct world){.stop = leat_make_chan(bool)};
    for (int i = 0; i < MACHINES; i++) {
        w->machines[i] = (struct machine){.id = i, .voted_for = -1,
            .in = leat_make_chan(struct message, 16), .world = w};
        leat_waitgroup_go(&w->all, machine_run, &w->machines[i]);
    }
}

static void
world_end(struct world *w)
{
    leat_close(w->stop);
    leat_waitgroup_wait(&w->all);
    for (int i = 0; i < MACHINES; i++)
        leat_free(w->machines[i].in);
    leat_free(w->stop);
}

// Every second some machine loses the network or gets it back. When all have
// it again there is soon one leader, who is of the latest term.
static void
live_a_minute(void *arg)
{
    struct world *w = arg;
    world_begin(w);
    for (int second = 0; second < MINUTE; second++) {
        bool *cut_off = &w->cut_off[leat_test_random() % MACHINES];
        *cut_off = !*cut_off;
        leat_sleep(LEAT_SECOND);
    }
    for (int i = 0; i < MACHINES; i++)
        w->cut_off[i] = false;
    leat_sleep(10 * LEAT_SECOND);
    world_end(w);
}

static int
leaders_of_the_latest_term(const struct world *w)
{
    int term = 0, leaders = 0;
    for (int i = 0; i < MACHINES; i++) {
        const struct machine *m = &w->machines[i];
        if (m->term > term) {
            term = m->term;
            leaders = 0;
        }
        leaders += m->term == term && m->role == LEADER;
    }
    return leaders;
}

int
main(void)
{
    static struct world w;
    int bad = 0, unled = 0, lost = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        leat_test_run(seed, live_a_minute, &w);
        bad += w.terms_with_two;
        unled += leaders_of_the_latest_term(&w) != 1;
        lost += w.lost;
    }
    printf("%d worlds, some messages were lost: %s\n", SEEDS,
        lost > 0 ? "yes" : "no");
    printf("terms with two leaders: %d\n", bad);
    printf("worlds without one leader in the end: %d\n", unled);
    return 0;
}
