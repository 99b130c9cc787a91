// The float kernels of tier scalar: 4 pixels × 2 vectors of 4.
#define OCK_VL 4
#define OCK_MR 4
#define OCK_NV 2
#define OCK_NAME(name) ock_f32_##name##__scalar

#include "f32/vector.h"

#include "f32/conv.h"
#include "f32/depthwise.h"
#include "f32/winograd.h"
#include "f32/transpose.h"
#include "f32/map.h"
#include "f32/fold.h"
#include "f32/spatial.h"

#define OCK_FIELD(name) .name = OCK_NAME(name),
const ock_f32_kernels ock_f32__scalar = {OCK_F32_KERNELS(OCK_FIELD).panel = NR};
