#include "letterbox_row.h"

// A sample of a plane at a table's column, between two rows: 21 bits behind the point.
OCK_INLINE int32_t sample(const uint8_t *upper, const uint8_t *lower, int32_t row_weight,
                          int32_t column, int32_t last, uint32_t weights, int32_t stride) {
  const int32_t next = column < last ? column + 1 : last;
  const int32_t a = ock_blend(upper[column * stride], lower[column * stride], row_weight);
  const int32_t b = ock_blend(upper[next * stride], lower[next * stride], row_weight);
  return a * (int32_t)(weights & 0xffff) + b * (int32_t)(weights >> 16);
}

void ock_letterbox__scalar(const ock_letterbox *l, int32_t y0, int32_t y1) {
  const int32_t half_width = (l->width + 1) / 2, half_height = (l->height + 1) / 2;
  const int rgb = l->format == OCK_RGB24;
  const int32_t last[2] = {l->width - 1, rgb ? l->width - 1 : half_width - 1};
  const int32_t last_row[2] = {l->height - 1, rgb ? l->height - 1 : half_height - 1};
  const int32_t stride[3] = {rgb ? 3 : 1, rgb ? 3 : l->format == OCK_NV12 ? 2 : 1,
                             rgb ? 3 : l->format == OCK_NV12 ? 2 : 1};
  for (int32_t y = y0; y < y1; y++) {
    const int32_t inner = y - l->top;
    if (inner < 0 || inner >= l->inner_height) {
      ock_pad(l, y, 0, l->target_width);
      continue;
    }
    ock_pad(l, y, 0, l->left);
    ock_pad(l, y, l->left + l->inner_width, l->target_width);
    const uint8_t *upper[3], *lower[3];
    int32_t weight[3];
    for (int p = 0; p < 3; p++) {
      const int t = p > 0;
      const int32_t row = l->row[t][inner];
      const int32_t next = row < last_row[t] ? row + 1 : last_row[t];
      const int plane = rgb ? 0 : l->format == OCK_NV12 && p == 2 ? 1 : p;
      const int offset = rgb ? p : l->format == OCK_NV12 && p == 2;
      upper[p] = l->plane[plane] + row * l->pitch[plane] + offset;
      lower[p] = l->plane[plane] + next * l->pitch[plane] + offset;
      weight[p] = l->row_weight[t][inner];
    }
    for (int32_t x = 0; x < l->inner_width; x++) {
      float v[3];
      for (int p = 0; p < 3; p++) {
        const int t = p > 0;
        v[p] = (float)sample(upper[p], lower[p], weight[p], l->column[t][x], last[t],
                             l->column_weight[t][x], stride[p]);
      }
      for (int32_t c = 0; c < l->channels; c++)
        *ock_place(l, l->left + x, y, c) = ock_channel(l, c, v[0], v[1], v[2]);
    }
  }
}
