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
// How wide the next panel is and the order of its channels: ock_q8_panel_width, ock_q8_panel_place.
// Depthwise weights: `[C int32 bias][C float scale][words][C]`. Where `group` is 2 a word is a pair of taps
// as int16; where it is 4, up to four rows of a window's column as int8, the words of a column together.
// The bias holds what x's zero point adds.
typedef struct {
  ock_view operand[OCK_OPERANDS];
  ock_conv_shape shape;
  ock_q8_finish finish;
  // Where in the worker's scratch a block of widened pixels lies, and how many it holds: a multiple of
  // the tier's `rows`. Each takes 2 bytes an element of the packed window. Only where `group` is 2.
  int64_t scratch;
  int32_t block;
  // Weights are sums of so many parts, which stand behind one another as if the window had that many times
  // its taps: more than 1 where `group` is 4 and a weight less its zero point is no int8.
  int32_t parts;
} ock_q8_conv_args;

// Elementwise on strided tensors, as `ock_f32_map_args`. Operands: y, a, b, constants (the table).
typedef enum {
  OCK_Q8_COPY,        // y = table[a], or a
  OCK_Q8_QUANTIZE,    // y = a (float) / scale[2] + zero, rounded half to even
  OCK_Q8_DEQUANTIZE,  // y (float) = (a − zero[0])·scale[0]
  OCK_Q8_ADD,         // y = quantised ((a − zero[0])·scale[0] + (b − zero[1])·scale[1])
  OCK_Q8_MULTIPLY,
  OCK_Q8_INTERLEAVE,  // a, and b behind it: y's strides are of a's places
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
  int32_t group;   // weights of one channel in an int32: 2 or 4
  int32_t panel;   // output channels of the widest packed panel
  int32_t vector;  // of the narrowest
  int32_t lanes;   // of 128 bits in a vector, over which a panel's channels are dealt out; 0: in order
  int32_t rows;    // pixels that are summed together, where `group` is 2
} ock_q8_kernels;

enum { OCK_Q8_PARTS_MAX = 3 };

// How wide a panel is where `left` output channels are left.
static inline int32_t ock_q8_panel_width(int32_t widest, int32_t narrowest, int32_t left) {
  int32_t width = widest;
  while (width > narrowest && left <= width - narrowest) width /= 2;
  return width;
}

// Where the channel stands among those of a panel: packing halves two vectors into one within each lane.
static inline int32_t ock_q8_panel_place(int32_t lanes, int32_t width, int32_t channel) {
  if (!lanes) return channel;
  const int32_t of_lane = width / lanes;
  return channel % of_lane / 4 * 4 * lanes + channel / of_lane * 4 + channel % 4;
}

// The kernels of a tier; a tier that this processor lacks gives those of the best that it has.
const ock_q8_kernels *ock_q8(ock_isa_tier tier);

// The name of a row of the list; NULL behind the last.
const char *ock_q8_row_name(int32_t index);
