#pragma once
#include <pthread.h>
#include <stddef.h>

// What Glibc's Swift overlay lacks, or hides behind macros that Swift cannot import.

/// Starts a joinable thread that takes no signals but those of its own faults.
/// `stack_bytes` 0 keeps the system's default. Returns 0 or an errno value.
int ocs_thread_start(pthread_t *thread, size_t stack_bytes, const char *name,
                     void *(*body)(void *), void *argument);

/// The number of processors that this thread may run on; 0 where the kernel does not tell.
int ocs_affinity_count(void);

/// Keeps `count` signals from being delivered to this thread and those it starts from now on,
/// and opens a descriptor that reports them instead. Returns it, or -errno.
int ocs_signal_descriptor(const int *signals, int count);

/// Takes one pending signal from such a descriptor. Returns its number, 0 if there is none, or -errno.
int ocs_signal_take(int descriptor);

/// A descriptor that becomes readable once it is raised. Returns it, or -errno.
int ocs_event_descriptor(void);

/// Makes such a descriptor readable.
void ocs_event_raise(int descriptor);
