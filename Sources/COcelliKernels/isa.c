#include "ocelli_isa.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

// The tiers of this processor, a bit each. Source: Intel SDM volume 1, sections 14.3 and 15.2–15.4.
static uint32_t detect(void) {
  uint32_t tiers = 1u << OCK_ISA_SCALAR;
#if defined(__x86_64__)
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return tiers;
  const bool has_xgetbv = c & (1u << 27), has_avx = c & (1u << 28), has_fma = c & (1u << 12);
  if (!has_xgetbv || !has_avx || !has_fma) return tiers;
  // A system that does not save the registers loses them: XCR0 tells which it keeps.
  uint32_t kept, high;
  __asm__("xgetbv" : "=a"(kept), "=d"(high) : "c"(0));
  const uint32_t ymm = 0x6, zmm = 0xe6;
  uint32_t words, feature_b, feature_c;
  if ((kept & ymm) != ymm || !__get_cpuid_count(7, 0, &words, &feature_b, &feature_c, &d))
    return tiers;
  if (!(feature_b & (1u << 5))) return tiers;
  tiers |= 1u << OCK_ISA_AVX2;
  if (words >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 4)))
    tiers |= 1u << OCK_ISA_AVXVNNI;
  // F, DQ, BW and VL.
  const uint32_t avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
  if ((kept & zmm) != zmm || (feature_b & avx512) != avx512) return tiers;
  tiers |= 1u << OCK_ISA_AVX512;
  if (!(feature_c & (1u << 11))) return tiers;
  tiers |= 1u << OCK_ISA_AVX512VNNI;
  if (feature_c & (1u << 1)) tiers |= 1u << OCK_ISA_AVX512VBMI;
#endif
  return tiers;
}

// 0: not looked at yet. Threads that look at the same time find the same.
static uint32_t present(void) {
  static _Atomic uint32_t found;
  uint32_t tiers = atomic_load_explicit(&found, memory_order_relaxed);
  if (!tiers) {
    tiers = detect();
    atomic_store_explicit(&found, tiers, memory_order_relaxed);
  }
  return tiers;
}

bool ock_isa_has(ock_isa_tier tier) {
  return tier < OCK_ISA_TIER_COUNT && (present() >> tier & 1);
}

ock_isa_tier ock_isa_at_most(ock_isa_tier tier) {
  if (tier >= OCK_ISA_TIER_COUNT) tier = OCK_ISA_TIER_COUNT - 1;
  while (tier > OCK_ISA_SCALAR && !ock_isa_has(tier)) tier--;
  return tier;
}

ock_isa_tier ock_isa_best(void) { return ock_isa_at_most(OCK_ISA_TIER_COUNT - 1); }

const char *ock_isa_name(ock_isa_tier tier) {
  switch (tier) {
#define OCK_TIER(TIER, name) \
  case OCK_ISA_##TIER: return #name;
    OCK_ISA_TIERS(OCK_TIER)
#undef OCK_TIER
    case OCK_ISA_TIER_COUNT: break;
  }
  return NULL;
}

ock_isa_tier ock_isa(void) {
  static atomic_int chosen = -1;
  int tier = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (tier >= 0) return (ock_isa_tier)tier;
  ock_isa_tier found = ock_isa_best();
  const char *asked = getenv("OCELLI_ISA");
  for (ock_isa_tier t = OCK_ISA_SCALAR; asked && t < OCK_ISA_TIER_COUNT; t++)
    if (ock_isa_has(t) && strcmp(asked, ock_isa_name(t)) == 0) found = t;
  atomic_store_explicit(&chosen, (int)found, memory_order_relaxed);
  return found;
}

long ock_second_cache(void) {
#ifdef _SC_LEVEL2_CACHE_SIZE
  const long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (bytes > 0) return bytes;
#endif
  return 512 << 10;
}
