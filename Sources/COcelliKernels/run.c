#include <stdbool.h>
#include <string.h>

#include "ocelli_plan.h"

// Fills `pixels` pixels from the `first` one of a row.
static void fill(void *row, int32_t first, int32_t pixels, const ock_border *b) {
  const ptrdiff_t start = (ptrdiff_t)first * b->pixel;
  if (b->bytes) {
    uint8_t *p = (uint8_t *)row + start;
    for (int32_t x = 0; x < pixels; x++, p += b->pixel)
      memset(p, (uint8_t)b->value, (size_t)b->channels);
  } else {
    float *p = (float *)row + start;
    for (int32_t x = 0; x < pixels; x++, p += b->pixel)
      for (int32_t c = 0; c < b->channels; c++) p[c] = b->value;
  }
}

// Fills the halo of rows y0 ≤ y < y1, which may lie before row 0 or behind the last.
static void fill_border(const ock_link *link, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_border *b = &link->border;
  const ock_view *out = link->args;
  for (int32_t y = y0; y < y1; y++) {
    void *row = ock_row(bases, out, y);
    if (y < 0 || y >= link->rows) {
      fill(row, -b->left, b->left + b->width + b->right, b);
    } else {
      fill(row, -b->left, b->left, b);
      fill(row, b->width, b->right, b);
    }
  }
}

static inline int32_t clamp(int32_t v, int32_t lo, int32_t hi) {
  return v < lo ? lo : v > hi ? hi : v;
}

// Makes rows y0 ≤ y < y1 of a link's output with their halo.
static void make_rows(const ock_link *link, int32_t y0, int32_t y1, const ock_bases *bases) {
  int32_t a = clamp(y0, 0, link->rows), b = clamp(y1, 0, link->rows);
  if (a < b) link->fn(link->args, a, b, bases);
  const ock_border *border = &link->border;
  if (border->left | border->right | border->top | border->bottom)
    fill_border(link, y0, y1, bases);
}

// Widens a range to what the link can compute at once; halo rows are not rounded.
static inline void align(const ock_link *link, int32_t *lo, int32_t *hi) {
  const int32_t g = link->granularity;
  if (g <= 1) return;
  if (*lo > 0 && *lo < link->rows) *lo = *lo / g * g;
  if (*hi > 0 && *hi < link->rows) *hi = clamp((*hi + g - 1) / g * g, 0, link->rows);
}

void ock_run_tiles(const ock_step *step, int32_t tile, int32_t count, const ock_bases *bases) {
  const ock_link *links = step->links;
  const int32_t n = step->link_count;
  const ock_link *last = &links[n - 1];
  const int32_t t0 = tile * step->tile_rows;
  const int32_t t1 = clamp(t0 + count * step->tile_rows, 0, last->rows);
  int32_t done[OCK_LINKS_MAX];
  bool begun = false;
  for (int32_t s0 = t0; s0 < t1; s0 += step->stripe_rows) {
    const int32_t s1 = clamp(s0 + step->stripe_rows, 0, t1);
    int32_t lo[OCK_LINKS_MAX], hi[OCK_LINKS_MAX];
    // The first and the last tile make the halo rows too.
    lo[n - 1] = s0 == 0 ? -last->border.top : s0;
    hi[n - 1] = s1 == last->rows ? s1 + last->border.bottom : s1;
    align(last, &lo[n - 1], &hi[n - 1]);
    for (int32_t i = n - 1; i > 0; i--) {
      const ock_link *link = &links[i], *from = &links[i - 1];
      int32_t a = clamp(lo[i], 0, link->rows), b = clamp(hi[i], 0, link->rows);
      lo[i - 1] = clamp(a * link->stride - link->before, -from->border.top, from->rows);
      hi[i - 1] = clamp((b - 1) * link->stride + link->after + 1, lo[i - 1],
                        from->rows + from->border.bottom);
      align(from, &lo[i - 1], &hi[i - 1]);
    }
    for (int32_t i = 0; i < n; i++) {
      int32_t from = begun && done[i] > lo[i] ? done[i] : lo[i];
      if (from < hi[i]) make_rows(&links[i], from, hi[i], bases);
      done[i] = hi[i];
    }
    begun = true;
  }
}
