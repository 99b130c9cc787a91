#include "ocelli_f32.h"

#include <stddef.h>

extern const ock_f32_kernels ock_f32__scalar, ock_f32__avx2, ock_f32__avx512;

const ock_f32_kernels *ock_f32(ock_isa_tier tier) {
#if defined(__x86_64__)
  ock_isa_tier best = ock_isa_best();
  if (tier > best) tier = best;
  if (tier == OCK_ISA_AVX512) return &ock_f32__avx512;
  if (tier == OCK_ISA_AVX2) return &ock_f32__avx2;
#else
  (void)tier;
#endif
  return &ock_f32__scalar;
}

#define OCK_NAME_OF(name) #name,
const char *ock_f32_row_name(int32_t index) {
  static const char *const names[] = {OCK_F32_KERNELS(OCK_NAME_OF)};
  const int32_t count = (int32_t)(sizeof(names) / sizeof(names[0]));
  return index >= 0 && index < count ? names[index] : NULL;
}
