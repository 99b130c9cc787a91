#include "ocelli_f32.h"

#include <stddef.h>

extern const ock_f32_kernels ock_f32__scalar, ock_f32__avx2, ock_f32__avx512;

// Products of bytes change nothing for floats.
const ock_f32_kernels *ock_f32(ock_isa_tier tier) {
  switch (ock_isa_at_most(tier)) {
#if defined(__x86_64__)
    case OCK_ISA_AVX512VBMI:
    case OCK_ISA_AVX512VNNI:
    case OCK_ISA_AVX512: return &ock_f32__avx512;
    case OCK_ISA_AVXVNNI:
    case OCK_ISA_AVX2: return &ock_f32__avx2;
#endif
    default: return &ock_f32__scalar;
  }
}

#define OCK_NAME_OF(name) #name,
const char *ock_f32_row_name(int32_t index) {
  static const char *const names[] = {OCK_F32_KERNELS(OCK_NAME_OF)};
  const int32_t count = (int32_t)(sizeof(names) / sizeof(names[0]));
  return index >= 0 && index < count ? names[index] : NULL;
}
