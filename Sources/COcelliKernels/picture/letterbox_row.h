// What the tiers of the letterbox share: one sample's arithmetic, and the padding.
#pragma once
#include "ocelli_picture.h"

#pragma STDC FP_CONTRACT OFF

#define OCK_INLINE static inline __attribute__((always_inline))

// Two rows' samples blended: 7 bits behind the point. As `pmulhrsw` rounds.
OCK_INLINE int32_t ock_blend(int32_t upper, int32_t lower, int32_t weight) {
  return upper * 128 + (((lower - upper) * 128 * weight + 16384) >> 15);
}

// The weights of R, G and B in grey: ITU-R BT.601, as everywhere in image processing.
#define OCK_GREY_R 0.299f
#define OCK_GREY_G 0.587f
#define OCK_GREY_B 0.114f

OCK_INLINE float ock_color(const ock_letterbox *l, int32_t c, float y, float u, float v) {
  float t = y * l->matrix[c][0];
  t = t + u * l->matrix[c][1];
  t = t + v * l->matrix[c][2];
  t = t + l->matrix[c][3];
  t = t > 0.0f ? t : 0.0f;
  return t < 255.0f ? t : 255.0f;
}

OCK_INLINE float ock_channel(const ock_letterbox *l, int32_t c, float y, float u, float v) {
  float t = ock_color(l, c, y, u, v);
  if (l->channels == 1) {
    t = t * OCK_GREY_R;
    t = t + ock_color(l, 1, y, u, v) * OCK_GREY_G;
    t = t + ock_color(l, 2, y, u, v) * OCK_GREY_B;
  }
  t = t * l->scale[c];
  return t + l->bias[c];
}

OCK_INLINE float *ock_place(const ock_letterbox *l, int32_t x, int32_t y, int32_t c) {
  const intptr_t pixel = (intptr_t)y * l->target_width + x;
  return l->target + (l->nhwc ? pixel * l->channels + c
                              : (intptr_t)c * l->target_width * l->target_height + pixel);
}

// Columns x0 <= x < x1 of a row get the padding.
OCK_INLINE void ock_pad(const ock_letterbox *l, int32_t y, int32_t x0, int32_t x1) {
  const int32_t step = l->nhwc ? l->channels : 1;
  for (int32_t c = 0; c < l->channels; c++) {
    float *to = ock_place(l, x0, y, c);
    for (int32_t x = x0; x < x1; x++, to += step) *to = l->pad[c];
  }
}
