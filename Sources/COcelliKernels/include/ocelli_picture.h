// Pictures: planes to a model's input, turns of planes. Plain C data, no state.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Turns a plane of `element` bytes a sample (1, 2 or 3): the sample at (x, y) of the upright plane
// is that at (x*xx + y*xy + x0, x*yx + y*yy + y0) of `source`. Width and height are the upright ones.
typedef struct {
  int32_t xx, xy, x0;
  int32_t yx, yy, y0;
} ock_turn;

void ock_turn_plane(const uint8_t *source, intptr_t source_pitch, uint8_t *target,
                    intptr_t target_pitch, int32_t width, int32_t height, int32_t element,
                    const ock_turn *turn);

// A picture on its way into a model's input: bilinear resize (half-pixel centres), colour and
// normalisation in one pass over rows of the target.
//
// Samples are blended in integers: rows with 15 bits of weight to 7 bits behind the point, columns
// with 14 bits more, so a blended sample has 21. Floats are multiplied and added in one order and
// never fused. So every tier gives the same bits.
enum { OCK_I420 = 0, OCK_NV12 = 1, OCK_RGB24 = 2 };
enum { OCK_WIDEST_ROW = 8192 };  // wider pictures take the scalar path

typedef struct {
  // The picture: one, two or three planes; `width` and `height` in pixels.
  const uint8_t *plane[3];
  intptr_t pitch[3];
  int32_t format, width, height;

  // The target: `channels` (1 or 3) planes, or interleaved where `nhwc`.
  float *target;
  int32_t target_width, target_height, channels, nhwc;
  // Where the picture lies in it; the rest is `pad`.
  int32_t left, top, inner_width, inner_height;

  // One entry a column of the inner picture, rounded up to eight: the left sample, and the weights
  // of it (low half) and its right neighbour (high half), 16384 together. First plane, other planes.
  const int32_t *column[2];
  const uint32_t *column_weight[2];
  // One entry a row: the upper sample row, and the lower one's weight in 32768ths.
  const int32_t *row[2];
  const int16_t *row_weight[2];

  // Colour c = clamp(m[0]*Y + m[1]*U + m[2]*V + m[3], 0, 255); the first three take blended samples
  // (times 2^21); for RGB24 read R, G, B. Channel c = colour * scale + bias. One channel is the grey
  // of the three colours, which are then R, G, B.
  float matrix[3][4];
  float scale[3], bias[3], pad[3];
} ock_letterbox;

// Rows y0 <= y < y1 of the target. Any thread may take any rows.
typedef void ock_letterbox_rows(const ock_letterbox *letterbox, int32_t y0, int32_t y1);
ock_letterbox_rows ock_letterbox__scalar;
ock_letterbox_rows ock_letterbox__avx2;  // scalar where the processor's kind has no AVX2

// The tier's function: `tier` is 0 for scalar, else the best one that this processor has.
ock_letterbox_rows *ock_letterbox_for(int32_t tier);

#ifdef __cplusplus
}
#endif
