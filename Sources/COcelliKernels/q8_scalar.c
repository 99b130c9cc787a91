// The byte kernels of tier scalar: 4 pixels × 2 vectors of 4.
#define OCK_VL 4
#define OCK_MR 4
#define OCK_NV 2
#define OCK_GROUP 2
#define OCK_NAME(name) ock_q8_##name##__scalar

#include "q8/vector.h"

#include "q8/pairs.h"

#include "q8/conv.h"

#include "q8/spatial.h"

#define OCK_FIELD(name) .name = OCK_NAME(name),
const ock_q8_kernels ock_q8__scalar = {OCK_Q8_KERNELS(OCK_FIELD).group = OCK_GROUP, .panel = NR,
                                       .vector = NR, .rows = OCK_MR};
