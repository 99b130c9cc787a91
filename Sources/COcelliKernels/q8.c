#include "ocelli_q8.h"

#include <stddef.h>

#define OCK_TIER(TIER, name) extern const ock_q8_kernels ock_q8__##name;
OCK_ISA_TIERS(OCK_TIER)
#undef OCK_TIER

const ock_q8_kernels *ock_q8(ock_isa_tier tier) {
  switch (ock_isa_at_most(tier)) {
#if defined(__x86_64__)
    case OCK_ISA_AVX512VBMI: return &ock_q8__avx512vbmi;
    case OCK_ISA_AVX512VNNI: return &ock_q8__avx512vnni;
    case OCK_ISA_AVX512: return &ock_q8__avx512;
    case OCK_ISA_AVXVNNI: return &ock_q8__avxvnni;
    case OCK_ISA_AVX2: return &ock_q8__avx2;
#endif
    default: return &ock_q8__scalar;
  }
}

#define OCK_NAME_OF(name) #name,
const char *ock_q8_row_name(int32_t index) {
  static const char *const names[] = {OCK_Q8_KERNELS(OCK_NAME_OF)};
  const int32_t count = (int32_t)(sizeof(names) / sizeof(names[0]));
  return index >= 0 && index < count ? names[index] : NULL;
}
