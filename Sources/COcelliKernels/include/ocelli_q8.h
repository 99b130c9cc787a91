// Row kernels on bytes. Activations are uint8 (int8 ones are moved by 128 when the plan is made), weights
// are int8, sums are int32: every tier computes the same bytes.
#pragma once
#include "ocelli_isa.h"
#include "ocelli_plan.h"
#include "ocelli_window.h"

// How a sum becomes the output: `clamp(rint(float(sum) · scale) + zero, low, high)`, half to even, then
// a table of 256 bytes where there is one; or a float, `float(sum) · scale`.
typedef struct {
  int32_t zero, low, high;
  int32_t to_float;
  int64_t table;  // bytes from operand 3 to the table; −1: none
} ock_q8_finish;

// Convolution. Operands: y, x with its halo, none, packed weights.
// Dense weights, for each group: panels `[NR int32 bias][NR float scale][groups of k][NR]`, where an int32
// holds `group` weights of one output channel: 4 int8, or 2 int16 where the tier has no byte product.
// The taps of a window's row that stand together are one run of k, padded with zeros to whole groups.
// Depthwise weights: `[C int32 bias][C float scale][pairs of taps][C]` of int16 pairs.
// The bias holds what x's zero point adds.
typedef struct {
  ock_view operand[OCK_OPERANDS];
  ock_conv_shape shape;
  ock_q8_finish finish;
  // Where in the worker's scratch a block of widened pixels lies, and how many it holds: a multiple of
  // the tier's `rows`. Each takes 2 bytes an element of the packed window. Only where `group` is 2.
  int64_t scratch;
  int32_t block;
} ock_q8_conv_args;

// Elementwise on strided tensors, as `ock_f32_map_args`. Operands: y, a, b, constants (the table).
typedef enum {
  OCK_Q8_COPY,        // y = table[a], or a
  OCK_Q8_QUANTIZE,    // y = a (float) / scale[2] + zero, rounded half to even
  OCK_Q8_DEQUANTIZE,  // y (float) = (a − zero[0])·scale[0]
  OCK_Q8_ADD,         // y = quantised ((a − zero[0])·scale[0] + (b − zero[1])·scale[1])
  OCK_Q8_MULTIPLY,
} ock_q8_map_function;

typedef struct {
  ock_view operand[OCK_OPERANDS];
  int32_t function;
  int32_t rank;  // inner axes, ≥ 1
  int32_t size[OCK_INNER];
  int32_t stride[3][OCK_INNER];  // y, a, b; elements; 0 repeats
  float scale[3];                   // a, b, y
  int32_t zero[3];
  int32_t low, high;
  int32_t has_table;
} ock_q8_map_args;

enum { OCK_Q8_SLACK = 64 };  // bytes behind a block of widened pixels that may be written

// The list of kernels: declaration, dispatch, test and benchmark all come from these rows.
#define OCK_Q8_KERNELS(ROW) \
  ROW(conv)                 \
  ROW(depthwise)            \
  ROW(map)                  \
  ROW(pool)                 \
  ROW(resize)

typedef struct {
#define OCK_FIELD(name) ock_rows_fn name;
  OCK_Q8_KERNELS(OCK_FIELD)
#undef OCK_FIELD
  int32_t panel;  // NR: output channels of a packed panel
  int32_t group;  // weights of one channel in an int32: 2 or 4
  int32_t rows;   // MR: pixels that are summed together
} ock_q8_kernels;

// The kernels of a tier; a tier that this processor lacks gives those of the best that it has.
const ock_q8_kernels *ock_q8(ock_isa_tier tier);

// The name of a row of the list; NULL behind the last.
const char *ock_q8_row_name(int32_t index);
