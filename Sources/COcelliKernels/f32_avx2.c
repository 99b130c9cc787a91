// The float kernels of tier avx2: 6 pixels × 2 vectors of 8.
#if defined(__x86_64__)
#define OCK_VL 8
#define OCK_MR 6
#define OCK_NV 2
#define OCK_NAME(name) ock_f32_##name##__avx2

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "f32/vector.h"

#include "f32/conv.h"
#include "f32/depthwise.h"
#include "f32/winograd.h"
#include "f32/transpose.h"
#include "f32/map.h"
#include "f32/fold.h"
#include "f32/spatial.h"
#pragma clang attribute pop

#define OCK_FIELD(name) .name = OCK_NAME(name),
const ock_f32_kernels ock_f32__avx2 = {OCK_F32_KERNELS(OCK_FIELD).panel = NR};
#endif
