// The byte kernels of tier avxvnni: products of four bytes, 6 pixels × 2 vectors of 8.
#if defined(__x86_64__)
#define OCK_VL 8
#define OCK_NV 2
#define OCK_NAME(name) ock_q8_##name##__avxvnni

#pragma clang attribute push(__attribute__((target("avxvnni,avx2,fma"))), apply_to = function)
#include "q8/vector.h"

#include "q8/table.h"

#include "q8/quads.h"

#include "q8/dense_quads.h"
#include "q8/depthwise_quads.h"
#include "q8/spatial.h"
#pragma clang attribute pop

#define OCK_FIELD(name) .name = OCK_NAME(name),
const ock_q8_kernels ock_q8__avxvnni = {OCK_Q8_KERNELS(OCK_FIELD).group = 4, .panel = NR,
                                           .vector = OCK_VL, .lanes = QUAD_LANES};
#endif
