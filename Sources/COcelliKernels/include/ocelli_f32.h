// Row kernels on 32-bit floats.
//
// Every tier computes the same bits: sums run over k in one order with fused multiply-add, starting
// at the bias, and functions are the same polynomials.
#pragma once
#include "ocelli_isa.h"
#include "ocelli_plan.h"
#include "ocelli_window.h"

typedef enum {
  OCK_ACT_RELU,
  OCK_ACT_LEAKY_RELU,    // a: slope
  OCK_ACT_SIGMOID,
  OCK_ACT_HARD_SIGMOID,  // a: slope, b: offset
  OCK_ACT_HARD_SWISH,
  OCK_ACT_SILU,
  OCK_ACT_TANH,
  OCK_ACT_EXP,
  OCK_ACT_SQRT,
  OCK_ACT_NEGATE,
  OCK_ACT_ABSOLUTE,
  OCK_ACT_RECIPROCAL,
  OCK_ACT_CLIP,           // a: low, b: high
  OCK_ACT_SCALE,          // a: factor, b: addend; two roundings
  OCK_ACT_QUANTIZE_ROUND  // a: scale, b: zero point, c: low, d: high
} ock_activation_kind;

typedef struct {
  int32_t kind;
  float a, b, c, d;
} ock_activation;

enum { OCK_ACTIVATIONS = 6 };

typedef struct {
  int32_t count;
  ock_activation list[OCK_ACTIVATIONS];
} ock_activations;

// Convolution. Operands: y, x with its halo, residual (or space −1), packed weights.
// Dense weights, for each group: panels `[panel][bias NR, then kh·kw·c rows of NR]`, NR = ock_f32_panel().
// Depthwise weights (one channel a group): `[bias C, then kh·kw rows of C]`.
typedef struct {
  ock_view operand[OCK_OPERANDS];
  ock_conv_shape shape;
  int32_t residual_pixel;
  ock_activations activations;
  // Winograd alone: rows of x that exist, counted from row 0 and with the halo behind the last; tiles of
  // a block; where in the worker's scratch its temporaries lie (ock_f32_winograd_scratch bytes).
  int32_t x_rows, block;
  int64_t scratch;
} ock_f32_conv_args;

// Elementwise on strided tensors: y = activations(x), or y = activations(f(a, b)).
// A row is the inner axes, outermost first. Operands: y, a, b.
typedef enum {
  OCK_MAP_COPY,
  OCK_MAP_ADD,
  OCK_MAP_SUBTRACT,
  OCK_MAP_MULTIPLY,
  OCK_MAP_DIVIDE,
  OCK_MAP_MINIMUM,
  OCK_MAP_MAXIMUM,
  OCK_MAP_PRELU,  // a where it is not negative, else a·b
  OCK_MAP_INTERLEAVE,  // a, and b behind it: y's strides are of a's places. No activations.
} ock_map_function;

typedef struct {
  ock_view operand[OCK_OPERANDS];
  int32_t function;
  int32_t rank;                      // inner axes, ≥ 1
  int32_t size[OCK_INNER];
  int32_t stride[3][OCK_INNER];      // y, a, b; floats; 0 repeats
  ock_activations activations;
} ock_f32_map_args;

// Folds axes. A row is the inner kept axes. Operands: y, x.
typedef enum { OCK_REDUCE_SUM, OCK_REDUCE_MEAN, OCK_REDUCE_MAXIMUM, OCK_REDUCE_MINIMUM } ock_reduce_function;

typedef struct {
  ock_view operand[OCK_OPERANDS];
  int32_t function;
  int32_t rank;  // inner kept axes, ≥ 1
  int32_t size[OCK_INNER];
  int32_t stride[2][OCK_INNER];  // y, x
  int32_t folded_rank;
  int32_t folded_size[OCK_INNER];
  int32_t folded_stride[OCK_INNER];
} ock_f32_reduce_args;

// Softmax along one axis. A row is the other inner axes. Operands: y, x, weights.
// Weighted: y has one element along the axis, the mean of the `length` weights under the softmax.
typedef struct {
  ock_view operand[OCK_OPERANDS];
  int32_t rank;
  int32_t size[OCK_INNER];
  int32_t stride[2][OCK_INNER];
  int32_t length;
  int32_t axis_stride[2];
  int32_t weighted;
} ock_f32_softmax_args;

// Batched matrix product of activations; a row is one matrix. Operands: y [m, n], a [m, k], b [k, n].
typedef struct {
  ock_view operand[OCK_OPERANDS];
  int32_t m, n, k;
  int32_t lda, ldb, ldc;
} ock_f32_matmul_args;

// The list of kernels: declaration, dispatch, test and benchmark all come from these rows.
#define OCK_F32_KERNELS(ROW) \
  ROW(conv)                  \
  ROW(depthwise)             \
  ROW(winograd)              \
  ROW(pool)                  \
  ROW(resize)                \
  ROW(map)                   \
  ROW(reduce)                \
  ROW(softmax)               \
  ROW(matmul)

typedef struct {
#define OCK_FIELD(name) ock_rows_fn name;
  OCK_F32_KERNELS(OCK_FIELD)
#undef OCK_FIELD
  int32_t panel;  // NR: output channels of a packed panel
} ock_f32_kernels;

// The kernels of a tier; a tier that this processor lacks gives those of the best that it has.
const ock_f32_kernels *ock_f32(ock_isa_tier tier);

// The name of a row of the list; NULL behind the last.
const char *ock_f32_row_name(int32_t index);
