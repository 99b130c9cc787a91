// What kernels on floats and on bytes are told alike. Sizes are elements unless a name says bytes. A tensor
// is NHWC with N = 1: a row is `width` pixels, a pixel is channels, `*_pixel` elements from pixel to pixel.
#pragma once
#include <stdbool.h>

#include "ocelli_plan.h"

enum {
  OCK_INNER = 8,      // axes of a strided row: one more than a tensor of the highest rank needs
  OCK_TAPS_MAX = 128  // kh·kw of a window
};

// A convolution's extents and steps.
typedef struct {
  int32_t width;  // pixels of an output row
  int32_t x_pixel, y_pixel;
  int32_t groups;
  int32_t in_channels, out_channels;  // of a group
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left;
} ock_conv_shape;

// The row of x under tap row `ky` of output row `y`; it may lie in the halo.
static inline int32_t ock_tap_row(const ock_conv_shape *s, int32_t y, int32_t ky) {
  return y * s->stride_h + ky * s->dilation_h - s->pad_top;
}

// Whether the taps of a window's row stand together in memory, as one run. Weights are packed by this.
static inline bool ock_row_is_run(const ock_conv_shape *s) {
  return s->groups == 1 && s->dilation_w == 1 && s->x_pixel == s->in_channels;
}

// Whether windows are pixels, of maps whose rows follow each other without a gap: then all rows are one.
// Sizes of an element in bytes.
static inline bool ock_is_flat(const ock_conv_shape *s, const ock_view *y, const ock_view *x,
                               int64_t y_size, int64_t x_size) {
  return s->kernel_h == 1 && s->kernel_w == 1 && s->stride_h == 1 && s->stride_w == 1 &&
         s->pad_top == 0 && s->pad_left == 0 && y->ring == 0 && x->ring == 0 &&
         y->pitch == s->width * s->y_pixel * y_size && x->pitch == s->width * s->x_pixel * x_size;
}

// Pooling with explicit bounds; no halo is read. Of bytes: the largest alone. Operands: y, x.
typedef struct {
  ock_view operand[OCK_OPERANDS];
  int32_t width, channels;
  int32_t x_height, x_width;
  int32_t x_pixel, y_pixel;
  int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  int32_t average;            // 0: maximum
  int32_t count_include_pad;  // average over the whole window
  int32_t pad_bottom, pad_right;
} ock_pool_args;

// Resize by tables. Operands: y, x, tables of int32 first row and float weight:
// `[height] first, second rows; [height] weight; [width] first, second; [width] weight`.
// What lies between bytes is cut to whole ones.
typedef struct {
  ock_view operand[OCK_OPERANDS];
  int32_t height, width, channels;
  int32_t x_pixel, y_pixel;
  int32_t linear;  // 0: nearest, which takes `first`
} ock_resize_args;
