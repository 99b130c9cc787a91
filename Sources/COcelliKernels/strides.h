// Walking what a row kernel is told of strides and tables. Included by each tier's translation units.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "ocelli_window.h"

// Takes an index over axes one further, the last axis first. Returns 0 at the end.
static inline int advance(int32_t axes, const int32_t *size, int32_t *index) {
  for (int32_t d = axes - 1; d >= 0; d--) {
    if (++index[d] < size[d]) return 1;
    index[d] = 0;
  }
  return 0;
}

static inline ptrdiff_t offset_of(int32_t axes, const int32_t *index, const int32_t *stride) {
  ptrdiff_t o = 0;
  for (int32_t d = 0; d < axes; d++) o += (ptrdiff_t)index[d] * stride[d];
  return o;
}

// One axis of a resize's tables.
typedef struct {
  const int32_t *first, *second;
  const float *weight;  // of second
} resize_axis;

typedef struct {
  resize_axis y, x;
} resize_tables;

static inline resize_tables tables_of(const ock_resize_args *a, const ock_bases *bases) {
  const int32_t *y = ock_row(bases, &a->operand[2], 0), *x = y + 3 * a->height;
  resize_tables t = {{y, y + a->height, (const float *)(y + 2 * a->height)},
                     {x, x + a->width, (const float *)(x + 2 * a->width)}};
  return t;
}
