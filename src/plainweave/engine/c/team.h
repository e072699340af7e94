/* A team of threads, for one call. It does jobs in turn, each cut into items that write to places of their own: who
 * does which is left to chance, and the result is the same bytes.
 *
 * Each thread has a share of the items, whose weights stay in its caches from job to job, and goes on with those of
 * others. One that finds nothing to do spins for a short while and sleeps then. Nobody waits for a thread that
 * sleeps or that has no processor: whoever is awake does what it has not begun. */

#include <pthread.h>
#include <sched.h>
#include <time.h>

#define PATIENCE 5e-5 /* seconds: less than it takes a sleeping thread to come back */
enum { SPINS = 64 };  /* between two looks at the clock */
#define LATE 1e-3     /* seconds: who is late by so much has lost its processor */

typedef void Item(void *task, long item);

/* What a thread has to do, in a cache line of its own: a line that goes from core to core takes as long as a small item.
 * Of its share of a job's items the ticket is the next one and, in the upper half, the end. Whoever raises it has the
 * item. */
typedef struct {
    uint64_t ticket __attribute__((aligned(64)));
    Item *item;
    void *task;
    uint64_t jobs; /* begun */
    uint64_t done; /* items of any share that this thread has done, of all jobs */
} Share;

struct Team;

typedef struct {
    struct Team *team;
    int number;
    bool runs, is_gone;
} Helper;

typedef struct Team {
    int size;   /* the caller and its helpers */
    int asleep; /* helpers */
    bool is_over, caller_sleeps;
    pthread_mutex_t mutex;
    pthread_cond_t begun, ended;
    Share *share;                                   /* (size) */
    uint64_t jobs __attribute__((aligned(64)));     /* begun; only the caller looks at this and what follows */
    uint64_t items;                                 /* of all of them */
    Helper *helper;                                 /* (size), of which the caller is none */
    bool are_called;                                /* the helpers: with the first job */
    bool was_late;                                  /* in this batch, whose other jobs the caller does alone */
} Team;

INLINE void spin(void)
{
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

typedef struct {
    unsigned spins;
    double end; /* seconds; 0 before the first look at the clock */
} Wait;

/* Spin once; whether it is to be done again. */
INLINE bool is_patient(Wait *wait)
{
    spin();
    if (++wait->spins % SPINS)
        return true;
    const double now = seconds_now();
    wait->end = wait->end > 0 ? wait->end : now + PATIENCE;
    return now < wait->end;
}

static bool take_item(Share *share, long *item)
{
    uint64_t now = __atomic_load_n(&share->ticket, __ATOMIC_ACQUIRE);
    while ((uint32_t)now < now >> 32)
        if (__atomic_compare_exchange_n(&share->ticket, &now, now + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            *item = (long)(uint32_t)now;
            return true;
        }
    return false;
}

/* Count items as done. */
static void count_items(Team *team, Share *own, uint64_t did)
{
    __atomic_store_n(&own->done, own->done + did, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&team->caller_sleeps, __ATOMIC_SEQ_CST)) {
        pthread_mutex_lock(&team->mutex);
        pthread_cond_signal(&team->ended);
        pthread_mutex_unlock(&team->mutex);
    }
}

/* Do items until none is left to begin, first of the thread's own share. The job can't end, nor another begin, before
 * what was taken is counted. */
static void do_items(Team *team, int number)
{
    Share *own = &team->share[number];
    for (int k = 0; k < team->size; k++) {
        uint64_t did = 0;
        for (long item; take_item(&team->share[(number + k) % team->size], &item); did++)
            own->item(own->task, item);
        if (did)
            count_items(team, own, did);
    }
}

static void *help(void *given)
{
    Helper *helper = given;
    Team *team = helper->team;
    const uint64_t *jobs = &team->share[helper->number].jobs;
    flush_denormals();
    for (uint64_t seen = 0;;) {
        Wait wait = {0};
        while (__atomic_load_n(jobs, __ATOMIC_SEQ_CST) == seen && is_patient(&wait))
            ;
        if (__atomic_load_n(jobs, __ATOMIC_SEQ_CST) == seen) {
            pthread_mutex_lock(&team->mutex);
            __atomic_add_fetch(&team->asleep, 1, __ATOMIC_SEQ_CST);
            while (__atomic_load_n(jobs, __ATOMIC_SEQ_CST) == seen)
                pthread_cond_wait(&team->begun, &team->mutex);
            __atomic_sub_fetch(&team->asleep, 1, __ATOMIC_SEQ_CST);
            pthread_mutex_unlock(&team->mutex);
        }
        seen = __atomic_load_n(jobs, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&team->is_over, __ATOMIC_SEQ_CST)) {
            __atomic_store_n(&helper->is_gone, true, __ATOMIC_RELEASE); /* the last that it does with the team */
            return NULL;
        }
        do_items(team, helper->number);
    }
}

static void wake_helpers(Team *team)
{
    team->jobs++;
    for (int k = 1; k < team->size; k++)
        __atomic_store_n(&team->share[k].jobs, team->jobs, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&team->asleep, __ATOMIC_SEQ_CST)) {
        pthread_mutex_lock(&team->mutex);
        pthread_cond_broadcast(&team->begun);
        pthread_mutex_unlock(&team->mutex);
    }
}

#define STACK (1 << 22) /* bytes of a thread's: some systems give 128 KB, and a product takes 300 */

/* Where the system has no more threads, there are fewer. */
static void call_helpers(Team *team)
{
    pthread_attr_t of_threads;
    pthread_attr_init(&of_threads);
    pthread_attr_setstacksize(&of_threads, STACK);
    pthread_attr_setdetachstate(&of_threads, PTHREAD_CREATE_DETACHED);
    for (int k = 1; k < team->size; k++) {
        Helper *helper = &team->helper[k];
        pthread_t thread;
        *helper = (Helper){.team = team, .number = k};
        helper->runs = !pthread_create(&thread, &of_threads, help, helper);
    }
    pthread_attr_destroy(&of_threads);
    team->are_called = true;
}

/* Whether all items that there were are done. */
static bool is_done(const Team *team)
{
    uint64_t done = 0;
    for (int k = 0; k < team->size; k++)
        done += __atomic_load_n(&team->share[k].done, __ATOMIC_SEQ_CST);
    return done == team->items;
}

/* Do all items of a job, from 0 on, and return when they are done. Without a team the caller does them in turn. */
static void do_job(Team *team, Item *item, void *task, long items)
{
    if (!team || items == 1 || team->was_late) {
        for (long k = 0; k < items; k++)
            item(task, k);
        return;
    }
    if (!team->are_called)
        call_helpers(team);
    team->items += (uint64_t)items;
    for (int k = 0; k < team->size; k++) {
        team->share[k].item = item;
        team->share[k].task = task;
    }
    for (int k = 0; k < team->size; k++) {
        const uint64_t first = (uint64_t)(items * k / team->size), end = (uint64_t)(items * (k + 1) / team->size);
        __atomic_store_n(&team->share[k].ticket, end << 32 | first, __ATOMIC_RELEASE);
    }
    wake_helpers(team);
    do_items(team, 0);
    for (Wait wait = {0}; !is_done(team);)
        if (!is_patient(&wait)) {
            pthread_mutex_lock(&team->mutex);
            __atomic_store_n(&team->caller_sleeps, true, __ATOMIC_SEQ_CST);
            while (!is_done(team))
                pthread_cond_wait(&team->ended, &team->mutex);
            __atomic_store_n(&team->caller_sleeps, false, __ATOMIC_SEQ_CST);
            pthread_mutex_unlock(&team->mutex);
            team->was_late = seconds_now() - wait.end > LATE;
        }
}

/* ---- whether a team is worth its while ---- */

#define STRETCH 3e-4 /* seconds of work by which one way is judged */
enum { KEPT = 64, MOST_KEPT = 256 }; /* stretches that go one way, at first and at most, before the other is tried */
enum { TRIAL = 2 };                   /* stretches of a trial: the last is judged, when all threads are awake */

/* The time of an example by the caller alone and by its team. Others may take the processors at any time, or leave
 * them: the team is tried again and again, but the more seldom the longer it fails; the longer it wins, the more seldom
 * the caller is tried alone. It fails where it is slower on trial, and where it becomes hopeless, which is left at
 * once: a thread that shares its processor is fast until it is the other's turn. */
typedef struct {
    bool together;
    int trial;            /* stretches left of it; 0 where this way is not on trial */
    int left;             /* stretches of this way, those alone of STRETCH */
    int kept[2];          /* those of the last turn alone, and together; twice as many after the next trial won */
    double of_example[2]; /* seconds; alone, together */
    double began;         /* this stretch */
    int64_t examples;     /* of it */
} Pace;

static void begin_stretch(Pace *pace)
{
    pace->began = seconds_now();
    pace->examples = 0;
}

/* Turn to the other way. A team that has won before and then loses a step, as all do at times, is soon tried again. */
static void begin_trial(Pace *pace, bool is_hopeless)
{
    if (pace->together && is_hopeless)
        pace->kept[true] = KEPT / 2;
    else if (pace->together && pace->kept[true] > KEPT / 2)
        pace->kept[false] = 1;
    pace->together = !pace->together;
    pace->trial = TRIAL;
}

/* Keep the way that was tried, or go back to the other. */
static void end_trial(Pace *pace)
{
    const bool is_better = pace->of_example[pace->together] < pace->of_example[!pace->together];
    pace->together ^= !is_better;
    pace->left = pace->kept[pace->together] = MIN(2 * pace->kept[pace->together], MOST_KEPT);
}

/* Take note that examples are done, and choose the way of the next ones. */
static void end_batch(Pace *pace, int64_t examples)
{
    const double seconds = seconds_now() - pace->began;
    pace->examples += examples;
    if (seconds < STRETCH)
        return;
    pace->of_example[pace->together] = seconds / (double)pace->examples;
    pace->left -= pace->together ? 1 : (int)MIN(seconds / STRETCH, MOST_KEPT); /* a mistake is not to last for long */
    const bool is_hopeless = pace->of_example[pace->together] > 2 * pace->of_example[!pace->together];
    if (pace->trial) {
        pace->trial = is_hopeless ? 0 : pace->trial - 1;
        if (!pace->trial)
            end_trial(pace);
    } else if (pace->left <= 0 || is_hopeless) {
        begin_trial(pace, is_hopeless);
    }
    begin_stretch(pace);
}

/* What a caller of a team does with it. */
typedef void Work(void *given, Team *team);

/* Do some work with a team of so many threads, which lives no longer than it: no thread waits between calls, where a
 * process may fork; the system may take a moment more to end one. Where it has no more threads, with fewer; of one
 * thread, and for want of memory, without. */
static void with_team(int size, Work *work, void *given)
{
    Team team = {.size = size};
    Helper *helper = size > 1 ? calloc(size, sizeof(Helper)) : NULL;
    char *shares = helper ? calloc(size + 1, sizeof(Share)) : NULL;
    if (!shares) {
        free(helper);
        work(given, NULL);
        return;
    }
    team.share = (Share *)(((uintptr_t)shares + 63) / 64 * 64);
    pthread_mutex_init(&team.mutex, NULL);
    pthread_cond_init(&team.begun, NULL);
    pthread_cond_init(&team.ended, NULL);
    team.helper = helper;
    work(given, &team);
    __atomic_store_n(&team.is_over, true, __ATOMIC_SEQ_CST);
    wake_helpers(&team);
    for (int k = 1; k < size; k++)
        for (Wait wait = {0}; helper[k].runs && !__atomic_load_n(&helper[k].is_gone, __ATOMIC_ACQUIRE);)
            if (!is_patient(&wait))
                sched_yield();
    pthread_cond_destroy(&team.ended);
    pthread_cond_destroy(&team.begun);
    pthread_mutex_destroy(&team.mutex);
    free(shares);
    free(helper);
}
