#include "ocelli_picture.h"

// Blocks of 32 x 32 keep the lines that a quarter turn reads across in the cache.
enum { BLOCK = 32 };

static inline __attribute__((always_inline)) void turn(
    const uint8_t *source, intptr_t source_pitch, uint8_t *target, intptr_t target_pitch,
    int32_t width, int32_t height, int32_t element, const ock_turn *t) {
  const intptr_t step = t->xx * (intptr_t)element + t->yx * source_pitch;
  for (int32_t by = 0; by < height; by += BLOCK) {
    const int32_t ey = by + BLOCK < height ? by + BLOCK : height;
    for (int32_t bx = 0; bx < width; bx += BLOCK) {
      const int32_t ex = bx + BLOCK < width ? bx + BLOCK : width;
      for (int32_t y = by; y < ey; y++) {
        const intptr_t column = (intptr_t)bx * t->xx + (intptr_t)y * t->xy + t->x0;
        const intptr_t row = (intptr_t)bx * t->yx + (intptr_t)y * t->yy + t->y0;
        const uint8_t *from = source + row * source_pitch + column * element;
        uint8_t *to = target + y * target_pitch + (intptr_t)bx * element;
        for (int32_t x = bx; x < ex; x++, from += step, to += element)
          for (int32_t i = 0; i < element; i++) to[i] = from[i];
      }
    }
  }
}

void ock_turn_plane(const uint8_t *source, intptr_t source_pitch, uint8_t *target,
                    intptr_t target_pitch, int32_t width, int32_t height, int32_t element,
                    const ock_turn *t) {
  switch (element) {
    case 1: turn(source, source_pitch, target, target_pitch, width, height, 1, t); break;
    case 2: turn(source, source_pitch, target, target_pitch, width, height, 2, t); break;
    default: turn(source, source_pitch, target, target_pitch, width, height, element, t); break;
  }
}
