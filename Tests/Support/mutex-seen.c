// Lets ThreadSanitizer see what Swift's Mutex does when it is contended.
//
// The compiler puts the fast way of a Mutex into its callers, where ThreadSanitizer sees its atomic
// operations. The slow way stands in libswiftSynchronization, which was not built with it, and has the
// kernel change the lock's word: to ThreadSanitizer such a lock was never taken, and whatever it
// guards is told as a race. Here the slow way is stepped into: what the library does, and then the
// word that it did.
//
// scripts/sanitize preloads this. In a process without ThreadSanitizer it changes nothing.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall, visibility("default")))
#define SELF __attribute__((swift_context))

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void ocelli_lock(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT _Bool ocelli_try_lock(SELF void *mutex) __asm__(TRY_LOCK);
SWIFT void ocelli_unlock(SELF void *mutex) __asm__(UNLOCK);

SWIFT void ocelli_lock(uint32_t thread, SELF void *mutex) {
  SWIFT void (*library)(uint32_t, SELF void *) = dlsym(RTLD_NEXT, LOCK);
  library(thread, mutex);
  if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT _Bool ocelli_try_lock(SELF void *mutex) {
  SWIFT _Bool (*library)(SELF void *) = dlsym(RTLD_NEXT, TRY_LOCK);
  _Bool locked = library(mutex);
  if (locked && __tsan_acquire) __tsan_acquire(mutex);
  return locked;
}

SWIFT void ocelli_unlock(SELF void *mutex) {
  SWIFT void (*library)(SELF void *) = dlsym(RTLD_NEXT, UNLOCK);
  if (__tsan_release) __tsan_release(mutex);
  library(mutex);
}
