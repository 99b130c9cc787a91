#include "ocelli_q8.h"

extern const ock_q8_kernels ock_q8__scalar, ock_q8__avx2, ock_q8__avx512;

const ock_q8_kernels *ock_q8(ock_isa_tier tier) {
#if defined(__x86_64__)
  ock_isa_tier best = ock_isa_best();
  if (tier > best) tier = best;
  if (tier == OCK_ISA_AVX512) return &ock_q8__avx512;
  if (tier == OCK_ISA_AVX2) return &ock_q8__avx2;
#else
  (void)tier;
#endif
  return &ock_q8__scalar;
}
