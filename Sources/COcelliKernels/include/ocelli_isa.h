#pragma once

// The instruction set that kernels are chosen for: the best of this processor, once.
// OCELLI_ISA=scalar|avx2|avx512 asks for a lower one; a higher one than the processor has is ignored.
typedef enum { OCK_ISA_SCALAR, OCK_ISA_AVX2, OCK_ISA_AVX512 } ock_isa_tier;

ock_isa_tier ock_isa(void);

// The best that this processor has, whatever the environment asks.
ock_isa_tier ock_isa_best(void);

const char *ock_isa_name(ock_isa_tier tier);

// Bytes of a core's second-level cache; 512 KiB where the system does not say.
long ock_second_cache(void);
