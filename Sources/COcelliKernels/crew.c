// The crew: threads that are woken once a run, take tiles from counters, spin between steps and for
// a short while after the run, and then sleep. A thread that the system took away delays its own tiles.
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "ocelli_plan.h"

// Units: nanoseconds that a thread spins after a run before it sleeps.
enum { SPIN_NANOSECONDS = 50000 };

// Shares of tiles that a thread takes of its part of a step: the more, the less waits for the last one.
enum { SHARES = 4 };

struct ock_crew {
  int32_t threads;
  pthread_t *handles;
  const ock_plan *plan;
  const ock_bases *bases;
  // For each thread and step the tiles of the thread's part that were taken, by whoever; then for each
  // step the tiles that are done.
  atomic_int *counters;
  int32_t counter_count;
  _Alignas(64) atomic_uint epoch;  // odd bits do not matter; it changes with each run
  _Alignas(64) atomic_int inside;  // threads that may touch the run's data
  atomic_bool open;                // threads may still enter
  atomic_bool stop;
};

typedef struct {
  ock_crew *crew;
  int32_t index;
} seat;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void relax(uint32_t *spins) {
#if defined(__x86_64__)
  _mm_pause();
#endif
  // On a busy machine the one we wait for may need this core.
  if ((++*spins & 1023) == 0) sched_yield();
}

// Denormals cost a hundred cycles each; the engine takes them for zero.
static uint32_t enter_float_mode(void) {
#if defined(__x86_64__)
  uint32_t old = _mm_getcsr();
  _mm_setcsr(old | 0x8040);
  return old;
#else
  return 0;
#endif
}

static void leave_float_mode(uint32_t old) {
#if defined(__x86_64__)
  _mm_setcsr(old);
#else
  (void)old;
#endif
}

// Runs what is left of a step. The tiles are cut into a part for each thread, the same one in every
// step, so that a thread finds in its own cache what it made before; who has done with his own helps.
static void share(ock_crew *crew, int32_t index, int32_t s, const ock_bases *bases) {
  const ock_step *step = &crew->plan->steps[s];
  const int32_t threads = crew->threads, steps = crew->plan->step_count;
  atomic_int *done = crew->counters + (ptrdiff_t)threads * steps + s;
  for (int32_t k = 0; k < threads; k++) {
    const int32_t part = (index + k) % threads;
    const int32_t first = (int32_t)((int64_t)step->tile_count * part / threads);
    const int32_t end = (int32_t)((int64_t)step->tile_count * (part + 1) / threads);
    const int32_t most = threads == 1 ? end : (end - first + SHARES - 1) / SHARES;
    atomic_int *next = crew->counters + (ptrdiff_t)part * steps + s;
    while (first < end) {
      const int32_t tile = first + atomic_fetch_add_explicit(next, most, memory_order_relaxed);
      if (tile >= end) break;
      const int32_t count = end - tile < most ? end - tile : most;
      ock_run_tiles(step, tile, count, bases);
      atomic_fetch_add_explicit(done, count, memory_order_release);
    }
  }
  uint32_t spins = 0;
  while (atomic_load_explicit(done, memory_order_acquire) < step->tile_count) relax(&spins);
}

static void work(ock_crew *crew, int32_t index, int64_t *nanoseconds) {
  uint32_t mode = enter_float_mode();
  int64_t begun = nanoseconds ? now() : 0;
  for (int32_t s = 0; s < crew->plan->step_count; s++) {
    share(crew, index, s, &crew->bases[index]);
    if (nanoseconds) {
      int64_t t = now();
      nanoseconds[s] += t - begun;
      begun = t;
    }
  }
  leave_float_mode(mode);
}

static void *sit(void *argument) {
  seat *mine = argument;
  ock_crew *crew = mine->crew;
  int32_t index = mine->index;
  free(mine);
  unsigned seen = 0;
  for (;;) {
    int64_t until = now() + SPIN_NANOSECONDS;
    uint32_t spins = 0;
    unsigned epoch;
    while ((epoch = atomic_load_explicit(&crew->epoch, memory_order_acquire)) == seen) {
      relax(&spins);
      if ((spins & 63) == 0 && now() > until)
        syscall(SYS_futex, &crew->epoch, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
    }
    seen = epoch;
    if (atomic_load(&crew->stop)) return NULL;
    // Enter first, then look whether the run is still open: the caller closes, then waits for all inside.
    atomic_fetch_add(&crew->inside, 1);
    if (atomic_load(&crew->open)) work(crew, index, NULL);
    atomic_fetch_sub(&crew->inside, 1);
  }
}

static void wake(ock_crew *crew) {
  atomic_fetch_add(&crew->epoch, 1);
  syscall(SYS_futex, &crew->epoch, FUTEX_WAKE_PRIVATE, crew->threads, NULL, NULL, 0);
}

ock_crew *ock_crew_create(int32_t threads) {
  if (threads < 1) threads = 1;
  ock_crew *crew = aligned_alloc(64, (sizeof(ock_crew) + 63) / 64 * 64);
  if (!crew) return NULL;
  *crew = (ock_crew){.threads = 1};
  crew->handles = calloc((size_t)threads, sizeof(pthread_t));
  if (!crew->handles) {
    ock_crew_destroy(crew);
    return NULL;
  }
  for (int32_t i = 1; i < threads; i++) {
    seat *s = malloc(sizeof(seat));
    if (s) *s = (seat){crew, i};
    if (!s || pthread_create(&crew->handles[i - 1], NULL, sit, s) != 0) {
      free(s);
      ock_crew_destroy(crew);
      return NULL;
    }
    pthread_setname_np(crew->handles[i - 1], "ocelli-crew");
    crew->threads = i + 1;
  }
  return crew;
}

void ock_crew_destroy(ock_crew *crew) {
  if (!crew) return;
  atomic_store(&crew->stop, true);
  wake(crew);
  for (int32_t i = 1; i < crew->threads; i++) pthread_join(crew->handles[i - 1], NULL);
  free(crew->handles);
  free(crew->counters);
  free(crew);
}

int32_t ock_crew_threads(const ock_crew *crew) { return crew->threads; }

void ock_crew_run(ock_crew *crew, const ock_plan *plan, const ock_bases *bases,
                  int64_t *nanoseconds) {
  const int32_t needed = (crew->threads + 1) * plan->step_count;
  if (needed > crew->counter_count) {
    free(crew->counters);
    crew->counters = malloc(sizeof(atomic_int) * (size_t)needed);
    if (!crew->counters) abort();  // a few kilobytes; nothing can go on without them
    crew->counter_count = needed;
  }
  for (int32_t i = 0; i < needed; i++) atomic_init(&crew->counters[i], 0);
  crew->plan = plan;
  crew->bases = bases;
  if (crew->threads > 1) {
    atomic_store(&crew->open, true);
    wake(crew);
  }
  work(crew, 0, nanoseconds);
  if (crew->threads > 1) {
    atomic_store(&crew->open, false);
    uint32_t spins = 0;
    while (atomic_load(&crew->inside) > 0) relax(&spins);
  }
}
