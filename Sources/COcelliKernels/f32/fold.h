// Folds of axes, softmax, and matrix products.

static void OCK_NAME(reduce)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_reduce_args *a = args;
  const int32_t outer = a->rank - 1, n = a->size[outer];
  const int32_t sy = a->stride[0][outer], sx = a->stride[1][outer];
  _Alignas(64) float t[CHUNK + OCK_VL], u[CHUNK + OCK_VL];
  int64_t folded = 1;
  for (int32_t d = 0; d < a->folded_rank; d++) folded *= a->folded_size[d];
  map_block m = {OCK_MAP_ADD, NULL, 1, 0, 0, 1, 0, 1, 0, 1};
  if (a->function == OCK_REDUCE_MAXIMUM) m.function = OCK_MAP_MAXIMUM;
  if (a->function == OCK_REDUCE_MINIMUM) m.function = OCK_MAP_MINIMUM;
  for (int32_t y = y0; y < y1; y++) {
    int32_t index[OCK_INNER] = {0};
    float *py = ock_row(bases, &a->operand[0], y);
    const float *px = ock_row(bases, &a->operand[1], y);
    do {
      for (int32_t i = 0; i < n; i += CHUNK) {
        const int32_t count = n - i < CHUNK ? n - i : CHUNK;
        const float *p = px + offset_of(outer, index, a->stride[1]) + (ptrdiff_t)i * sx;
        int32_t inner[OCK_INNER] = {0};
        gather(t, p, 1, 0, count, sx);
        // In place no vector may overlap another: whole ones, but where x would be read beyond its end.
        const int32_t whole = count / OCK_VL * OCK_VL;
        while (advance(a->folded_rank, a->folded_size, inner)) {
          const float *v = p + offset_of(a->folded_rank, inner, a->folded_stride);
          int32_t done = 0;
          if (sx == 1 && whole > 0) {
            m.nq = done = whole;
            map_direct(&m, t, t, v);
          }
          if (done == count) continue;
          gather(u, v + (ptrdiff_t)done * sx, 1, 0, count - done, sx);
          store(u + (count - done), splat(0));
          m.nq = (count - done + OCK_VL - 1) / OCK_VL * OCK_VL;
          map_direct(&m, t + done, t + done, u);
        }
        if (a->function == OCK_REDUCE_MEAN)
          for (int32_t j = 0; j < count; j++) t[j] /= (float)folded;
        scatter(py + offset_of(outer, index, a->stride[0]) + (ptrdiff_t)i * sy, t, 1, 0, count, sy);
      }
    } while (advance(outer, a->size, index));
  }
}

// Sums of a softmax run in this many parts, whose totals are added in pairs: one order for every tier and
// every layout, and no long chain of additions.
enum { SUM_PARTS = 16, SOFTMAX_LONGEST = 256 };

OCK_INLINE vec add_parts(vec *part) {
  for (int32_t half = SUM_PARTS / 2; half > 0; half /= 2)
    for (int32_t i = 0; i < half; i++) part[i] += part[i + half];
  return part[0];
}

// Softmax of OCK_VL positions, one a lane: vectors `sx` and `sy` floats apart. `weights`: where not NULL,
// y is one vector, the mean of the weights under the result.
OCK_INLINE void softmax_lanes(float *y, ptrdiff_t sy, const float *x, ptrdiff_t sx, int32_t length,
                              const float *weights) {
  vec top = load(x), part[SUM_PARTS], mean[SUM_PARTS];
  for (int32_t i = 1; i < length; i++) top = max_(load(x + i * sx), top);
  for (int32_t i = 0; i < SUM_PARTS; i++) part[i] = mean[i] = splat(0);
  for (int32_t i = 0; i < length; i++) {
    const vec e = exp_(load(x + i * sx) - top);
    part[i % SUM_PARTS] += e;
    if (weights) mean[i % SUM_PARTS] = fma_(splat(weights[i]), e, mean[i % SUM_PARTS]);
    else store(y + i * sy, e);
  }
  const vec sum = add_parts(part);
  if (weights) {
    store(y, add_parts(mean) / sum);
    return;
  }
  for (int32_t i = 0; i < length; i++) store(y + i * sy, load(y + i * sy) / sum);
}

// Softmax of one position whose elements stand side by side, of at least a vector.
static void softmax_run(float *y, const float *x, int32_t length) {
  float top = x[0];
  int32_t i = 1;
  vec tops = load(x);
  for (i = OCK_VL; i + OCK_VL <= length; i += OCK_VL) tops = max_(load(x + i), tops);
  tops = max_(load(x + length - OCK_VL), tops);
  for (int32_t l = 0; l < OCK_VL; l++) top = tops[l] > top ? tops[l] : top;
  _Alignas(64) float part[SUM_PARTS] = {0}, t[SUM_PARTS];
  for (i = 0; i < length; i += SUM_PARTS) {
    const int32_t n = length - i < SUM_PARTS ? length - i : SUM_PARTS;
    if (n < SUM_PARTS) {
      for (int32_t l = 0; l < SUM_PARTS; l++) t[l] = l < n ? x[i + l] : -INFINITY;
    }
    const float *from = n < SUM_PARTS ? t : x + i;
    float *to = n < SUM_PARTS ? t : y + i;
    for (int32_t l = 0; l < SUM_PARTS; l += OCK_VL) {
      const vec e = exp_(load(from + l) - splat(top));
      store(part + l, load(part + l) + e);
      store(to + l, e);
    }
    if (n < SUM_PARTS)
      for (int32_t l = 0; l < n; l++) y[i + l] = t[l];
  }
  for (int32_t half = SUM_PARTS / 2; half > 0; half /= 2)
    for (int32_t l = 0; l < half; l++) part[l] += part[l + half];
  const vec sum = splat(part[0]);
  for (i = 0; i + OCK_VL <= length; i += OCK_VL) store(y + i, load(y + i) / sum);
  for (; i < length; i++) y[i] /= part[0];
}

// Positions along the innermost axis, OCK_VL at a time: as they lie, or gathered from where they lie.
static void softmax_positions(const ock_f32_softmax_args *a, float *y, ptrdiff_t yn, const float *x,
                              ptrdiff_t xn, int32_t n, const float *weights) {
  const ptrdiff_t sy = a->axis_stride[0], sx = a->axis_stride[1];
  const int32_t length = a->length, made = weights ? 1 : length;
  _Alignas(64) float t[SOFTMAX_LONGEST * OCK_VL];
  for (int32_t i = 0; i < n; i += OCK_VL) {
    const int32_t lanes = n - i < OCK_VL ? n - i : OCK_VL;
    float *to = y + i * yn;
    const float *from = x + i * xn;
    const int reads = lanes == OCK_VL && xn == 1, writes = lanes == OCK_VL && yn == 1;
    if (!reads) {
      for (int32_t k = 0; k < length; k++)
        for (int32_t l = 0; l < OCK_VL; l++)
          t[k * OCK_VL + l] = from[k * sx + (l < lanes ? l : lanes - 1) * xn];
    }
    softmax_lanes(writes ? to : t, writes ? sy : OCK_VL, reads ? from : t, reads ? sx : OCK_VL, length,
                  weights);
    if (!writes)
      for (int32_t k = 0; k < made; k++)
        for (int32_t l = 0; l < lanes; l++) to[k * sy + l * yn] = t[k * OCK_VL + l];
  }
}

// A softmax longer than the buffer, of strided elements.
static void softmax_strided(const ock_f32_softmax_args *a, float *y, const float *x,
                            const float *weights) {
  const ptrdiff_t sy = a->axis_stride[0], sx = a->axis_stride[1];
  float top = x[0], part[SUM_PARTS] = {0}, mean[SUM_PARTS] = {0}, t[OCK_VL];
  for (int32_t i = 1; i < a->length; i++) top = x[i * sx] > top ? x[i * sx] : top;
  for (int32_t i = 0; i < a->length; i++) {
    store(t, exp_(splat(x[i * sx] - top)));
    part[i % SUM_PARTS] += t[0];
    if (weights) mean[i % SUM_PARTS] = __builtin_fmaf(weights[i], t[0], mean[i % SUM_PARTS]);
    else y[i * sy] = t[0];
  }
  for (int32_t half = SUM_PARTS / 2; half > 0; half /= 2)
    for (int32_t i = 0; i < half; i++) part[i] += part[i + half], mean[i] += mean[i + half];
  if (weights) y[0] = mean[0] / part[0];
  else
    for (int32_t i = 0; i < a->length; i++) y[i * sy] /= part[0];
}

static void OCK_NAME(softmax)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_softmax_args *a = args;
  const int32_t outer = a->rank - 1, n = a->size[outer];
  const ptrdiff_t yn = a->stride[0][outer], xn = a->stride[1][outer];
  const float *weights = a->weighted ? ock_row(bases, &a->operand[2], 0) : NULL;
  const int side = !weights && a->axis_stride[0] == 1 && a->axis_stride[1] == 1 && a->length >= SUM_PARTS;
  for (int32_t y = y0; y < y1; y++) {
    int32_t index[OCK_INNER] = {0};
    do {
      float *py = (float *)ock_row(bases, &a->operand[0], y) + offset_of(outer, index, a->stride[0]);
      const float *px =
          (const float *)ock_row(bases, &a->operand[1], y) + offset_of(outer, index, a->stride[1]);
      if (side)
        for (int32_t i = 0; i < n; i++) softmax_run(py + i * yn, px + i * xn, a->length);
      else if (a->length <= SOFTMAX_LONGEST) softmax_positions(a, py, yn, px, xn, n, weights);
      else
        for (int32_t i = 0; i < n; i++) softmax_strided(a, py + i * yn, px + i * xn, weights);
    } while (advance(outer, a->size, index));
  }
}

static void OCK_NAME(matmul)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_matmul_args *a = args;
  for (int32_t y = y0; y < y1; y++)
    ock_sgemm(a->m, a->n, a->k, ock_row(bases, &a->operand[1], y), a->lda,
              ock_row(bases, &a->operand[2], y), a->ldb, ock_row(bases, &a->operand[0], y), a->ldc);
}
