#include "ocelli_isa.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ock_isa_tier ock_isa_best(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  // clang's check looks at XCR0 too: a kernel that does not save the registers hides the feature.
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("fma"))
    return OCK_ISA_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return OCK_ISA_AVX2;
#endif
  return OCK_ISA_SCALAR;
}

const char *ock_isa_name(ock_isa_tier tier) {
  switch (tier) {
    case OCK_ISA_SCALAR: return "scalar";
    case OCK_ISA_AVX2: return "avx2";
    case OCK_ISA_AVX512: return "avx512";
  }
  return "unknown";
}

ock_isa_tier ock_isa(void) {
  static atomic_int chosen = -1;
  int tier = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (tier >= 0) return (ock_isa_tier)tier;
  ock_isa_tier best = ock_isa_best();
  const char *asked = getenv("OCELLI_ISA");
  for (ock_isa_tier t = OCK_ISA_SCALAR; asked && t < best; t++)
    if (strcmp(asked, ock_isa_name(t)) == 0) best = t;
  atomic_store_explicit(&chosen, (int)best, memory_order_relaxed);
  return best;
}

long ock_second_cache(void) {
#ifdef _SC_LEVEL2_CACHE_SIZE
  const long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (bytes > 0) return bytes;
#endif
  return 512 << 10;
}
