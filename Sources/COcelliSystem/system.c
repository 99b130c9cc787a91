#define _GNU_SOURCE
#include "COcelliSystem.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct start {
  void *(*body)(void *);
  void *argument;
  char name[16];  // the kernel's limit, with its zero
};

static void *run(void *opaque) {
  struct start start = *(struct start *)opaque;
  free(opaque);
  pthread_setname_np(pthread_self(), start.name);
  return start.body(start.argument);
}

int ocs_thread_start(pthread_t *thread, size_t stack_bytes, const char *name,
                     void *(*body)(void *), void *argument) {
  struct start *start = calloc(1, sizeof *start);
  if (!start) return ENOMEM;
  start->body = body;
  start->argument = argument;
  strncpy(start->name, name, sizeof start->name - 1);

  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error) {
    free(start);
    return error;
  }
  if (stack_bytes) error = pthread_attr_setstacksize(&attributes, stack_bytes);

  // A thread inherits its maker's mask: signals belong to whoever waits for them, never to it.
  sigset_t all, before;
  sigfillset(&all);
  sigdelset(&all, SIGSEGV);
  sigdelset(&all, SIGBUS);
  sigdelset(&all, SIGFPE);
  sigdelset(&all, SIGILL);
  sigdelset(&all, SIGTRAP);
  sigdelset(&all, SIGABRT);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  if (!error) error = pthread_create(thread, &attributes, run, start);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  if (error) free(start);
  return error;
}

int ocs_affinity_count(void) {
  // Large enough for every kernel configuration in use; a fixed cpu_set_t ends at 1,024.
  enum { processors = 8192 };
  size_t size = CPU_ALLOC_SIZE(processors);
  cpu_set_t *set = CPU_ALLOC(processors);
  if (!set) return 0;
  int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
  CPU_FREE(set);
  return count;
}

int ocs_signal_descriptor(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
  int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (error) return -error;
  int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  return descriptor < 0 ? -errno : descriptor;
}

int ocs_signal_take(int descriptor) {
  struct signalfd_siginfo info;
  ssize_t got = read(descriptor, &info, sizeof info);
  if (got == (ssize_t)sizeof info) return (int)info.ssi_signo;
  if (got < 0 && errno != EAGAIN && errno != EINTR) return -errno;
  return 0;
}

int ocs_event_descriptor(void) {
  int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return descriptor < 0 ? -errno : descriptor;
}

void ocs_event_raise(int descriptor) {
  uint64_t one = 1;
  ssize_t ignored = write(descriptor, &one, sizeof one);
  (void)ignored;  // it can only fail because it is raised already
}
