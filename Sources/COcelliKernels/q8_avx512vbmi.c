// The byte kernels of tier avx512vbmi: as avx512vnni, with tables in registers.
#if defined(__x86_64__)
#define OCK_VL 16
#define OCK_NV 4
#define OCK_VBMI 1
#define OCK_NAME(name) ock_q8_##name##__avx512vbmi

#pragma clang attribute push( \
    __attribute__((target("avx512vbmi,avx512vnni,avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#include "q8/vector.h"

#include "q8/table.h"

#include "q8/quads.h"

#include "q8/dense_quads.h"
#include "q8/depthwise_quads.h"
#include "q8/spatial.h"
#pragma clang attribute pop

#define OCK_FIELD(name) .name = OCK_NAME(name),
const ock_q8_kernels ock_q8__avx512vbmi = {OCK_Q8_KERNELS(OCK_FIELD).group = 4, .panel = NR,
                                           .vector = OCK_VL, .lanes = QUAD_LANES};
#endif
