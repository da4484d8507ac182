// SPDX-License-Identifier: MIT
// supervisor.c: jobs that may fail, and one who decides what to do then: what
// the job has said itself is tried again as it asks for, what it could not
// help is noted, and a mistake of the program is not tried twice.
#include <leat.h>

#include <stdio.h>

// What a job panics with when it knows more than a text.
struct failure {
    int attempts_left;
    const char *reason;
};

struct job {
    const char *name;
    void (*run)(struct job *job);
    int attempt;
    struct failure failure;
};

// The bins of the mill; whoever uses them has them alone.
static struct leat_mutex bins_lock;
static int bins[4] = {3, 0, 5, 7};

// However this ends, the next one finds the bins unlocked.
static void
take_from(int bin)
{
    leat_mutex_lock(&bins_lock);
    leat_defer(leat_mutex_unlock, &bins_lock);
    if (leat_array_at(bins, bin) == 0) // checked: panics out of range
        leat_panic("bin %d is empty", bin);
    leat_array_at(bins, bin)--;
}

static void
grind(struct job *job)
{
    (void)job;
    take_from(0);
}

static void
grind_empty(struct job *job)
{
    (void)job;
    take_from(1);
}

static void
grind_nowhere(struct job *job)
{
    (void)job;
    take_from(4);
}

// Works the third time.
static void
deliver(struct job *job)
{
    if (job->attempt == 3)
        return;
    job->failure = (struct failure){3 - job->attempt, "the road is blocked"};
    leat_panic_value("struct failure *", &job->failure);
}

// One attempt; true when there is to be another.
static bool
attempt(struct job *job)
{
    struct leat_caught caught = {.kind = 0};
    const struct failure *failure;
    job->attempt++;
    leat_try {
        leat_catch(&caught);
        job->run(job);
    }
    printf("%s, attempt %d: ", job->name, job->attempt);
    switch (caught.kind) {
    case LEAT_PANIC_VALUE: // its own: it knows whether to go on
        failure = caught.value;
        printf("%s, %d left\n", failure->reason, failure->attempts_left);
        return failure->attempts_left > 0;
    case LEAT_PANIC_STRING:
        printf("%s\n", caught.text);
        return false;
    case LEAT_PANIC_RUNTIME:
        printf("a mistake of the program: %s\n", caught.text);
        return false;
    default:
        printf("done\n");
        return false;
    }
}

int
leat_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct job jobs[] = {{.name = "grind", .run = grind},
        {.name = "grind what is gone", .run = grind_empty},
        {.name = "grind at random", .run = grind_nowhere},
        {.name = "deliver", .run = deliver}};
    for (int i = 0; i < 4; i++)
        while (attempt(&jobs[i]))
            continue;
    return 0;
}
