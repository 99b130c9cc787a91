#include "ocelli_q8.h"

#include <stddef.h>

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

#define OCK_NAME_OF(name) #name,
const char *ock_q8_row_name(int32_t index) {
  static const char *const names[] = {OCK_Q8_KERNELS(OCK_NAME_OF)};
  const int32_t count = (int32_t)(sizeof(names) / sizeof(names[0]));
  return index >= 0 && index < count ? names[index] : NULL;
}
