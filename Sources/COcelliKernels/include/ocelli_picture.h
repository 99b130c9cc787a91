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

#ifdef __cplusplus
}
#endif
