#pragma once
#include <stdbool.h>

// The list of tiers, slowest first: instruction sets that kernels are compiled for. A processor may lack one
// and have another behind it.
#define OCK_ISA_TIERS(ROW) \
  ROW(SCALAR, scalar)      \
  ROW(AVX2, avx2)          \
  ROW(AVXVNNI, avxvnni)    \
  ROW(AVX512, avx512)      \
  ROW(AVX512VNNI, avx512vnni) \
  ROW(AVX512VBMI, avx512vbmi)

typedef enum {
#define OCK_TIER(TIER, name) OCK_ISA_##TIER,
  OCK_ISA_TIERS(OCK_TIER)
#undef OCK_TIER
  OCK_ISA_TIER_COUNT
} ock_isa_tier;

// What kernels are chosen for, decided once: the best of this processor. OCELLI_ISA=NAME asks for another
// that it has; what it has not is ignored.
ock_isa_tier ock_isa(void);

// The best that this processor has, whatever the environment asks.
ock_isa_tier ock_isa_best(void);

// Whether the processor has a tier's instructions and the system keeps their registers.
bool ock_isa_has(ock_isa_tier tier);

// The tier, or the best one before it that this processor has.
ock_isa_tier ock_isa_at_most(ock_isa_tier tier);

// The name of a tier; NULL for what is none.
const char *ock_isa_name(ock_isa_tier tier);

// Bytes of a core's second-level cache; 512 KiB where the system does not say.
long ock_second_cache(void);
