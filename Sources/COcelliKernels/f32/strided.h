// Elementwise functions, folds, softmax and matrix products on strided tensors.

enum { CHUNK = 256 };

OCK_INLINE void gather(float *t, const float *p, int32_t n, ptrdiff_t stride) {
  if (stride == 1) memcpy(t, p, (size_t)n * 4);
  else
    for (int32_t i = 0; i < n; i++) t[i] = p[i * stride];
}

OCK_INLINE void scatter(float *p, const float *t, int32_t n, ptrdiff_t stride) {
  if (stride == 1) memcpy(p, t, (size_t)n * 4);
  else
    for (int32_t i = 0; i < n; i++) p[i * stride] = t[i];
}

static void combine(int32_t function, float *t, const float *u, int32_t n) {
#define OCK_CASE(KIND, EXPRESSION)                 \
  case KIND:                                       \
    for (int32_t i = 0; i < n; i += OCK_VL) {      \
      vec a = load(t + i), b = load(u + i);        \
      store(t + i, EXPRESSION);                    \
    }                                              \
    break;
  switch (function) {
    OCK_CASE(OCK_MAP_ADD, a + b)
    OCK_CASE(OCK_MAP_SUBTRACT, a - b)
    OCK_CASE(OCK_MAP_MULTIPLY, a *b)
    OCK_CASE(OCK_MAP_DIVIDE, a / b)
    OCK_CASE(OCK_MAP_MINIMUM, min_(a, b))
    OCK_CASE(OCK_MAP_MAXIMUM, max_(a, b))
  }
#undef OCK_CASE
}

static void OCK_NAME(map)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_map_args *a = args;
  const int32_t outer = a->rank - 1, n = a->size[outer];
  const int32_t sy = a->stride[0][outer], sa = a->stride[1][outer], sb = a->stride[2][outer];
  _Alignas(64) float t[CHUNK + OCK_VL], u[CHUNK + OCK_VL];
  for (int32_t y = y0; y < y1; y++) {
    int32_t index[OCK_INNER] = {0};
    float *py = ock_row(bases, &a->operand[0], y);
    const float *pa = ock_row(bases, &a->operand[1], y);
    const float *pb = a->function == OCK_MAP_COPY ? pa : ock_row(bases, &a->operand[2], y);
    do {
      float *oy = py + offset_of(outer, index, a->stride[0]);
      const float *oa = pa + offset_of(outer, index, a->stride[1]);
      const float *ob = pb + offset_of(outer, index, a->stride[2]);
      if (a->function == OCK_MAP_COPY && a->activations.count == 0) {
        if (sy == 1) gather(oy, oa, n, sa);
        else
          for (int32_t i = 0; i < n; i++) oy[(ptrdiff_t)i * sy] = oa[(ptrdiff_t)i * sa];
        continue;
      }
      for (int32_t i = 0; i < n; i += CHUNK) {
        int32_t m = n - i < CHUNK ? n - i : CHUNK;
        gather(t, oa + (ptrdiff_t)i * sa, m, sa);
        if (a->function != OCK_MAP_COPY) {
          gather(u, ob + (ptrdiff_t)i * sb, m, sb);
          combine(a->function, t, u, m);
        }
        activate_run(t, m, &a->activations);
        scatter(oy + (ptrdiff_t)i * sy, t, m, sy);
      }
    } while (advance(outer, a->size, index));
  }
}

static void OCK_NAME(reduce)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_reduce_args *a = args;
  const int32_t outer = a->rank - 1, n = a->size[outer];
  const int32_t sy = a->stride[0][outer], sx = a->stride[1][outer];
  _Alignas(64) float t[CHUNK + OCK_VL], u[CHUNK + OCK_VL];
  int64_t folded = 1;
  for (int32_t d = 0; d < a->folded_rank; d++) folded *= a->folded_size[d];
  const int32_t function = a->function == OCK_REDUCE_MAXIMUM   ? OCK_MAP_MAXIMUM
                           : a->function == OCK_REDUCE_MINIMUM ? OCK_MAP_MINIMUM
                                                               : OCK_MAP_ADD;
  for (int32_t y = y0; y < y1; y++) {
    int32_t index[OCK_INNER] = {0};
    float *py = ock_row(bases, &a->operand[0], y);
    const float *px = ock_row(bases, &a->operand[1], y);
    do {
      for (int32_t i = 0; i < n; i += CHUNK) {
        int32_t m = n - i < CHUNK ? n - i : CHUNK;
        const float *p = px + offset_of(outer, index, a->stride[1]) + (ptrdiff_t)i * sx;
        int32_t inner[OCK_INNER] = {0};
        gather(t, p, m, sx);
        while (advance(a->folded_rank, a->folded_size, inner)) {
          gather(u, p + offset_of(a->folded_rank, inner, a->folded_stride), m, sx);
          combine(function, t, u, m);
        }
        if (a->function == OCK_REDUCE_MEAN)
          for (int32_t j = 0; j < m; j++) t[j] /= (float)folded;
        scatter(py + offset_of(outer, index, a->stride[0]) + (ptrdiff_t)i * sy, t, m, sy);
      }
    } while (advance(outer, a->size, index));
  }
}

static void OCK_NAME(softmax)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_softmax_args *a = args;
  const ptrdiff_t sy = a->axis_stride[0], sx = a->axis_stride[1];
  _Alignas(64) float t[CHUNK + OCK_VL];
  const ock_activations exponential = {1, {{OCK_ACT_EXP, 0, 0, 0, 0}}};
  for (int32_t y = y0; y < y1; y++) {
    int32_t index[OCK_INNER] = {0};
    do {
      float *py = (float *)ock_row(bases, &a->operand[0], y) +
                  offset_of(a->rank, index, a->stride[0]);
      const float *px = (const float *)ock_row(bases, &a->operand[1], y) +
                        offset_of(a->rank, index, a->stride[1]);
      float top = px[0], sum = 0;
      for (int32_t i = 1; i < a->length; i++) top = px[i * sx] > top ? px[i * sx] : top;
      for (int32_t i = 0; i < a->length; i += CHUNK) {
        int32_t m = a->length - i < CHUNK ? a->length - i : CHUNK;
        for (int32_t j = 0; j < m; j++) t[j] = px[(i + j) * sx] - top;
        activate_run(t, m, &exponential);
        for (int32_t j = 0; j < m; j++) sum += t[j];
        scatter(py + i * sy, t, m, sy);
      }
      for (int32_t i = 0; i < a->length; i++) py[i * sy] /= sum;
    } while (advance(a->rank, a->size, index));
  }
}

static void OCK_NAME(matmul)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_matmul_args *a = args;
  for (int32_t y = y0; y < y1; y++)
    ock_sgemm(a->m, a->n, a->k, ock_row(bases, &a->operand[1], y), a->lda,
              ock_row(bases, &a->operand[2], y), a->ldb, ock_row(bases, &a->operand[0], y), a->ldc);
}
