// Pooling and resizing.

OCK_INLINE vec part(const float *p, int32_t n) { return n == OCK_VL ? load(p) : load_part(p, n); }

OCK_INLINE void put(float *p, vec v, int32_t n) {
  if (n == OCK_VL) store(p, v);
  else store_part(p, v, n);
}

static void OCK_NAME(pool)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_pool_args *a = args;
  const float *rows[OCK_TAPS_MAX];
  for (int32_t y = y0; y < y1; y++) {
    int32_t taps_h = 0;
    for (int32_t ky = 0; ky < a->kernel_h; ky++) {
      int32_t iy = y * a->stride_h + ky * a->dilation_h - a->pad_top;
      if (iy >= 0 && iy < a->x_height) rows[taps_h++] = ock_row(bases, &a->operand[1], iy);
    }
    // Rows of the window that count: those inside the picture and its pads (a ceiling may go beyond).
    int32_t top = y * a->stride_h - a->pad_top;
    int32_t bottom = top + a->kernel_h < a->x_height + a->pad_bottom
                         ? top + a->kernel_h : a->x_height + a->pad_bottom;
    float *out = ock_row(bases, &a->operand[0], y);
    for (int32_t x = 0; x < a->width; x++, out += a->y_pixel) {
      int32_t left = x * a->stride_w - a->pad_left;
      int32_t right = left + a->kernel_w < a->x_width + a->pad_right
                          ? left + a->kernel_w : a->x_width + a->pad_right;
      for (int32_t c = 0; c < a->channels; c += OCK_VL) {
        int32_t n = a->channels - c < OCK_VL ? a->channels - c : OCK_VL, taps = 0;
        vec acc = splat(a->average ? 0 : -INFINITY);
        for (int32_t ky = 0; ky < taps_h; ky++) {
          for (int32_t kx = 0; kx < a->kernel_w; kx++) {
            int32_t ix = left + kx * a->dilation_w;
            if (ix < 0 || ix >= a->x_width) continue;
            vec v = part(rows[ky] + (ptrdiff_t)ix * a->x_pixel + c, n);
            acc = a->average ? acc + v : max_(acc, v);
            taps++;
          }
        }
        if (a->average)
          acc = acc / splat((float)(a->count_include_pad ? (bottom - top) * (right - left) : taps));
        put(out + c, acc, n);
      }
    }
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
        memcpy(out, top + l, (size_t)a->channels * 4);
        continue;
      }
      const vec h = splat(t.x.weight[x]);
      for (int32_t c = 0; c < a->channels; c += OCK_VL) {
        int32_t n = a->channels - c < OCK_VL ? a->channels - c : OCK_VL;
        vec tl = part(top + l + c, n), tr = part(top + r + c, n);
        vec bl = part(bottom + l + c, n), br = part(bottom + r + c, n);
        vec u = fma_(h, tr - tl, tl), d = fma_(h, br - bl, bl);
        put(out + c, fma_(v, d - u, u), n);
      }
    }
  }
}
