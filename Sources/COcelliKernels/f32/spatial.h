// Pooling and resizing.

OCK_INLINE vec part(const float *p, int32_t n) { return n == OCK_VL ? load(p) : load_part(p, n); }

OCK_INLINE void put(float *p, vec v, int32_t n) {
  if (n == OCK_VL) store(p, v);
  else store_part(p, v, n);
}

// Pooling. A pixel's window is folded over its rows, then over its columns where these hold more than one
// output pixel has to read anyway; else tap by tap. Which of the two is known from the extents alone.
typedef struct {
  const ock_pool_args *a;
  const float *rows[OCK_TAPS_MAX];
  int32_t taps_h, counted_h;  // rows of the window inside x; those that an average counts with its pads
} pool_window;

// The divisor of an average whose columns begin at `left`, of which `taps_w` lie inside x.
OCK_INLINE float pool_count(const pool_window *w, int32_t left, int32_t taps_w) {
  const ock_pool_args *a = w->a;
  if (!a->count_include_pad) return (float)(w->taps_h * taps_w);
  const int32_t right = left + a->kernel_w < a->x_width + a->pad_right ? left + a->kernel_w
                                                                       : a->x_width + a->pad_right;
  return (float)(w->counted_h * (right - left));
}

OCK_INLINE vec pool_fold(const int average, vec acc, vec v) {
  return average ? acc + v : max_(acc, v);
}

// One output pixel whose columns kx0 ≤ kx < kx1 lie inside x. h, w: the taps where they are known to the
// compiler, else 0.
OCK_INLINE void pool_pixel(const pool_window *win, const int average, const int h, const int w,
                           int32_t left, int32_t kx0, int32_t kx1, float *out) {
  const ock_pool_args *a = win->a;
  const int32_t taps_h = h ? h : win->taps_h, taps_w = w ? w : kx1 - kx0, channels = a->channels;
  const ptrdiff_t first = (ptrdiff_t)(left + kx0 * a->dilation_w) * a->x_pixel;
  const ptrdiff_t step = (ptrdiff_t)a->dilation_w * a->x_pixel;
  const vec divisor = splat(average ? pool_count(win, left, taps_w) : 1);
  for (int32_t c = 0; c < channels; c += OCK_VL) {
    // The last vector overlaps the one before it.
    const int32_t n = channels < OCK_VL ? channels : OCK_VL;
    const int32_t at = c + n <= channels ? c : channels - n;
    vec acc = splat(average ? 0 : -INFINITY);
    for (int32_t ky = 0; ky < taps_h; ky++) {
      const float *p = win->rows[ky] + first + at;
      for (int32_t kx = 0; kx < taps_w; kx++) acc = pool_fold(average, acc, part(p + kx * step, n));
    }
    put(out + at, average ? acc / divisor : acc, n);
  }
}

OCK_INLINE void pool_row(const pool_window *win, const int average, const int h, const int w,
                         float *out) {
  const ock_pool_args *a = win->a;
  for (int32_t x = 0; x < a->width; x++, out += a->y_pixel) {
    const int32_t left = x * a->stride_w - a->pad_left;
    int32_t kx0 = 0, kx1 = a->kernel_w;
    while (kx0 < kx1 && left + kx0 * a->dilation_w < 0) kx0++;
    while (kx1 > kx0 && left + (kx1 - 1) * a->dilation_w >= a->x_width) kx1--;
    if (h && w && win->taps_h == h && kx1 - kx0 == w)
      pool_pixel(win, average, h, w, left, kx0, kx1, out);
    else pool_pixel(win, average, 0, 0, left, kx0, kx1, out);
  }
}

enum { POOL_WIDEST = 1024 };

// Channels of a block of a row's columns: `vecs` vectors from channel `first` on, the last of which may
// overlap the one before it.
typedef struct {
  int32_t first, vecs, n;
} pool_block;

OCK_INLINE int32_t pool_channel(const ock_pool_args *a, const pool_block *b, int32_t v) {
  const int32_t at = b->first + v * OCK_VL;
  return at + b->n <= a->channels ? at : a->channels - b->n;
}

// The largest of h rows, for every pixel of x.
OCK_INLINE void pool_columns(const pool_window *win, const int h, const pool_block *b, float *columns) {
  const ock_pool_args *a = win->a;
  for (int32_t x = 0; x < a->x_width; x++) {
    for (int32_t v = 0; v < b->vecs; v++) {
      const ptrdiff_t place = (ptrdiff_t)x * a->x_pixel + pool_channel(a, b, v);
      vec acc = part(win->rows[0] + place, b->n);
      for (int32_t ky = 1; ky < (h ? h : win->taps_h); ky++)
        acc = max_(acc, part(win->rows[ky] + place, b->n));
      store(columns + (x * b->vecs + v) * OCK_VL, acc);
    }
  }
}

// The largest, columns first: for windows so large that this is less work. `wide`: pixels of a row with
// its pads, at most POOL_WIDEST.
static void pool_row_by_columns(const pool_window *win, int32_t wide, float *out) {
  const ock_pool_args *a = win->a;
  _Alignas(64) float columns[POOL_WIDEST * OCK_VL];
  const int32_t total = (a->channels + OCK_VL - 1) / OCK_VL;
  const int32_t most = POOL_WIDEST / wide < total ? POOL_WIDEST / wide : total;
  for (int32_t first = 0; first < total; first += most) {
    const pool_block b = {first * OCK_VL, total - first < most ? total - first : most,
                          a->channels < OCK_VL ? a->channels : OCK_VL};
    const ptrdiff_t pixel = b.vecs * OCK_VL, step = a->dilation_w * pixel;
    for (int32_t i = 0; i < wide * b.vecs; i++) store(columns + i * OCK_VL, splat(-INFINITY));
    float *inside = columns + a->pad_left * pixel;
    if (win->taps_h == 5) pool_columns(win, 5, &b, inside);
    else pool_columns(win, 0, &b, inside);
    for (int32_t x = 0; x < a->width; x++) {
      for (int32_t v = 0; v < b.vecs; v++) {
        const float *p = columns + x * a->stride_w * pixel + v * OCK_VL;
        vec acc = load(p);
        for (int32_t kx = 1; kx < a->kernel_w; kx++) acc = max_(acc, load(p + kx * step));
        put(out + (ptrdiff_t)x * a->y_pixel + pool_channel(a, &b, v), acc, b.n);
      }
    }
  }
}

static void OCK_NAME(pool)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_pool_args *a = args;
  pool_window win = {.a = a};
  // What a row's windows reach, a ceiling's included.
  const int32_t reach = (a->width - 1) * a->stride_w + (a->kernel_w - 1) * a->dilation_w + 1;
  const int32_t wide = reach > a->pad_left + a->x_width ? reach : a->pad_left + a->x_width;
  const int by_columns =
      !a->average && wide <= POOL_WIDEST &&
      a->kernel_h * a->kernel_w > a->stride_w * (a->kernel_h + 1) + a->kernel_w;
  for (int32_t y = y0; y < y1; y++) {
    win.taps_h = 0;
    for (int32_t ky = 0; ky < a->kernel_h; ky++) {
      const int32_t iy = y * a->stride_h + ky * a->dilation_h - a->pad_top;
      if (iy >= 0 && iy < a->x_height) win.rows[win.taps_h++] = ock_row(bases, &a->operand[1], iy);
    }
    // Rows of the window that count: those inside x and its pads (a ceiling may go beyond).
    const int32_t top = y * a->stride_h - a->pad_top;
    const int32_t bottom = top + a->kernel_h < a->x_height + a->pad_bottom ? top + a->kernel_h
                                                                           : a->x_height + a->pad_bottom;
    win.counted_h = bottom - top;
    float *out = ock_row(bases, &a->operand[0], y);
    if (by_columns && win.taps_h > 0) pool_row_by_columns(&win, wide, out);
    else if (a->average && a->kernel_h == 2 && a->kernel_w == 2) pool_row(&win, 1, 2, 2, out);
    else if (a->average) pool_row(&win, 1, 3, 3, out);
    else if (a->kernel_h == 2 && a->kernel_w == 2) pool_row(&win, 0, 2, 2, out);
    else pool_row(&win, 0, 3, 3, out);
  }
}

static void OCK_NAME(resize)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_resize_args *a = args;
  const resize_tables t = tables_of(a, bases);
  for (int32_t y = y0; y < y1; y++) {
    float *out = ock_row(bases, &a->operand[0], y);
    const float *top = ock_row(bases, &a->operand[1], t.y.first[y]);
    const float *bottom = ock_row(bases, &a->operand[1], t.y.second[y]);
    const vec v = splat(t.y.weight[y]);
    for (int32_t x = 0; x < a->width; x++, out += a->y_pixel) {
      const ptrdiff_t l = (ptrdiff_t)t.x.first[x] * a->x_pixel;
      const ptrdiff_t r = (ptrdiff_t)t.x.second[x] * a->x_pixel;
      if (!a->linear) {
        map_vectors(OCK_MAP_COPY, out, top + l, 1, top + l, 0, a->channels);
        continue;
      }
      const vec h = splat(t.x.weight[x]);
      const int32_t n = a->channels < OCK_VL ? a->channels : OCK_VL;
      for (int32_t at = 0; at < a->channels; at += OCK_VL) {
        // The last vector overlaps the one before it.
        const int32_t c = at + n <= a->channels ? at : a->channels - n;
        vec tl = part(top + l + c, n), tr = part(top + r + c, n);
        vec bl = part(bottom + l + c, n), br = part(bottom + r + c, n);
        vec u = fma_(h, tr - tl, tl), d = fma_(h, br - bl, bl);
        put(out + c, fma_(v, d - u, u), n);
      }
    }
  }
}
