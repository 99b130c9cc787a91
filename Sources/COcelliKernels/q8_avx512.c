// The byte kernels of tier avx512: 14 pixels × 2 vectors of 16, on 16-bit pairs.
#if defined(__x86_64__)
#define OCK_VL 16
#define OCK_MR 14
#define OCK_NV 2
#define OCK_GROUP 2
#define OCK_NAME(name) ock_q8_##name##__avx512

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#include "q8/vector.h"

#include "q8/pairs_avx2.h"
#include "q8/table.h"

#include "q8/conv.h"

#include "q8/spatial.h"
#pragma clang attribute pop

#define OCK_FIELD(name) .name = OCK_NAME(name),
const ock_q8_kernels ock_q8__avx512 = {OCK_Q8_KERNELS(OCK_FIELD).group = OCK_GROUP, .panel = NR,
                                       .vector = NR, .rows = OCK_MR};
#endif
