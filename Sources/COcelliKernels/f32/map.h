// Elementwise functions on strided tensors.
//
// The two innermost axes, p and q, are one call; what they look like decides how they are walked, so that
// every move that can be is one of whole vectors.

enum { CHUNK = 256 };

// The innermost axes of a map. Strides of y, a, b along each.
typedef struct {
  int32_t function;
  const ock_activations *activations;
  int32_t np, nq;
  ptrdiff_t yp, yq, ap, aq, bp, bq;
} map_block;

// Each function's word, for vectors and for single floats.
#define OCK_MAP_FUNCTIONS(ROW)              \
  ROW(OCK_MAP_COPY, a)                      \
  ROW(OCK_MAP_ADD, a + b)                   \
  ROW(OCK_MAP_SUBTRACT, a - b)              \
  ROW(OCK_MAP_MULTIPLY, a *b)               \
  ROW(OCK_MAP_DIVIDE, a / b)                \
  ROW(OCK_MAP_MINIMUM, min_(a, b))          \
  ROW(OCK_MAP_MAXIMUM, max_(a, b))          \
  ROW(OCK_MAP_PRELU, select_(a < splat(0), a *b, a))

// A run of n floats; sa, sb: 1, or 0 where one number stands for all. The last vector overlaps the one
// before it, and a run shorter than a vector goes through one on the stack.
OCK_INLINE void map_vectors(const int32_t function, float *y, const float *pa, const int sa,
                            const float *pb, const int sb, int32_t n) {
#define OCK_ONE(A, B, STORE)                               \
  {                                                        \
    const vec a = A, b = B;                                \
    (void)b;                                               \
    vec r = a;                                             \
    switch (function) { OCK_MAP_FUNCTIONS(OCK_CASE) }      \
    STORE;                                                 \
  }
#define OCK_CASE(KIND, EXPRESSION) \
  case KIND: r = EXPRESSION; break;
  if (n < OCK_VL) {
    float t[OCK_VL] = {0}, u[OCK_VL] = {0};
    for (int32_t i = 0; i < n; i++) t[i] = pa[i * sa], u[i] = pb[i * sb];
    OCK_ONE(load(t), load(u), store(t, r))
    for (int32_t i = 0; i < n; i++) y[i] = t[i];
    return;
  }
  const vec a0 = splat(pa[0]), b0 = splat(pb[0]);
  int32_t i = 0;
  for (; i + OCK_VL <= n; i += OCK_VL)
    OCK_ONE(sa ? load(pa + i) : a0, sb ? load(pb + i) : b0, store(y + i, r))
  if (i < n) {
    i = n - OCK_VL;
    OCK_ONE(sa ? load(pa + i) : a0, sb ? load(pb + i) : b0, store(y + i, r))
  }
#undef OCK_CASE
#undef OCK_ONE
}

// np runs of nq floats.
OCK_INLINE void map_runs(const int32_t function, const map_block *m, float *y, const float *a,
                         const int sa, const float *b, const int sb) {
  for (int32_t i = 0; i < m->np; i++, y += m->yp, a += m->ap, b += m->bp)
    map_vectors(function, y, a, sa, b, sb, m->nq);
}

// As `map_runs` for what is known only now. `m`: of contiguous y, strides of a and b 0 or 1.
static void map_direct(const map_block *m, float *y, const float *a, const float *b) {
#define OCK_CASE(KIND, EXPRESSION)                                                  \
  case KIND:                                                                        \
    if (m->aq && m->bq) map_runs(KIND, m, y, a, 1, b, 1);                           \
    else if (m->aq) map_runs(KIND, m, y, a, 1, b, 0);                               \
    else map_runs(KIND, m, y, a, 0, b, m->bq != 0);                                 \
    break;
  switch (m->function) { OCK_MAP_FUNCTIONS(OCK_CASE) }
#undef OCK_CASE
}

// Copies runs; n may be small.
OCK_INLINE void copy_runs(float *t, ptrdiff_t tp, const float *p, ptrdiff_t sp, int32_t rows,
                          int32_t n) {
  if (n == 2)
    for (int32_t i = 0; i < rows; i++) memcpy(t + i * tp, p + i * sp, 8);
  else if (n == 4)
    for (int32_t i = 0; i < rows; i++) memcpy(t + i * tp, p + i * sp, 16);
  else
    for (int32_t i = 0; i < rows; i++) map_vectors(OCK_MAP_COPY, t + i * tp, p + i * sp, 1, p, 0, n);
}

// Rows × n elements side by side, from wherever they lie; and back.
OCK_INLINE void gather(float *t, const float *p, int32_t rows, ptrdiff_t sp, int32_t n, ptrdiff_t sq) {
  if (sq == 1 && (rows == 1 || sp == n)) memcpy(t, p, (size_t)rows * n * 4);
  else if (sq == 1) copy_runs(t, n, p, sp, rows, n);
  else if (sp == 1 && rows > 1) transpose(t, n, p, sq, rows, n);
  else
    for (int32_t i = 0; i < rows; i++)
      for (int32_t j = 0; j < n; j++) t[i * n + j] = p[i * sp + j * sq];
}

OCK_INLINE void scatter(float *p, const float *t, int32_t rows, ptrdiff_t sp, int32_t n, ptrdiff_t sq) {
  if (sq == 1 && (rows == 1 || sp == n)) memcpy(p, t, (size_t)rows * n * 4);
  else if (sq == 1) copy_runs(p, sp, t, n, rows, n);
  else if (sp == 1 && rows > 1) transpose(p, sq, t, n, n, rows);
  else
    for (int32_t i = 0; i < rows; i++)
      for (int32_t j = 0; j < n; j++) p[i * sp + j * sq] = t[i * n + j];
}

// Any strides, and activations: blocks of the two axes pass through buffers.
static void map_gathered(const map_block *m, float *y, const float *a, const float *b) {
  _Alignas(64) float t[CHUNK + OCK_VL], u[CHUNK + OCK_VL];
  const int32_t wide = m->nq < CHUNK ? m->nq : CHUNK, high = CHUNK / wide;
  for (int32_t i = 0; i < m->np; i += high) {
    const int32_t rows = m->np - i < high ? m->np - i : high;
    for (int32_t j = 0; j < m->nq; j += wide) {
      const int32_t n = m->nq - j < wide ? m->nq - j : wide;
      gather(t, a + i * m->ap + j * m->aq, rows, m->ap, n, m->aq);
      if (m->function != OCK_MAP_COPY) {
        gather(u, b + i * m->bp + j * m->bq, rows, m->bp, n, m->bq);
        // Whole vectors: in place, none may overlap another.
        store(t + rows * n, splat(0));
        store(u + rows * n, splat(0));
        const int32_t padded = (rows * n + OCK_VL - 1) / OCK_VL * OCK_VL;
        const map_block whole = {m->function, NULL, 1, padded, 0, 1, 0, 1, 0, 1};
        map_direct(&whole, t, t, u);
      }
      activate_run(t, rows * n, m->activations);
      scatter(y + i * m->yp + j * m->yq, t, rows, m->yp, n, m->yq);
    }
  }
}

static void OCK_NAME(map)(const void *args, int32_t y0, int32_t y1, const ock_bases *bases) {
  const ock_f32_map_args *a = args;
  const int32_t q = a->rank - 1, p = q - 1, outer = p < 0 ? 0 : p;
  const int unary = a->function == OCK_MAP_COPY;
  map_block m = {a->function, &a->activations, 1, a->size[q], 0, a->stride[0][q], 0, a->stride[1][q],
                 0, unary ? 0 : a->stride[2][q]};
  if (p >= 0) {
    m.np = a->size[p], m.yp = a->stride[0][p], m.ap = a->stride[1][p];
    m.bp = unary ? 0 : a->stride[2][p];
  }
  const int plain = a->activations.count == 0;
  const int direct = plain && m.yq == 1 && (m.aq == 1 || m.aq == 0) && (m.bq == 1 || m.bq == 0) &&
                     (m.nq >= OCK_VL / 2 || m.np == 1);
  const int crosswise = plain && unary && !direct && m.yq == 1 && m.ap == 1 && m.nq > 1;
  for (int32_t y = y0; y < y1; y++) {
    int32_t index[OCK_INNER] = {0};
    float *py = ock_row(bases, &a->operand[0], y);
    const float *pa = ock_row(bases, &a->operand[1], y);
    const float *pb = unary ? pa : ock_row(bases, &a->operand[2], y);
    do {
      float *oy = py + offset_of(outer, index, a->stride[0]);
      const float *oa = pa + offset_of(outer, index, a->stride[1]);
      const float *ob = unary ? oa : pb + offset_of(outer, index, a->stride[2]);
      if (a->function == OCK_MAP_INTERLEAVE)
        for (int32_t i = 0; i < m.np; i++)
          interleave(oy + i * m.yp, m.yq, oa + i * m.ap, m.aq, ob + i * m.bp, m.bq, m.nq);
      else if (direct) map_direct(&m, oy, oa, ob);
      else if (crosswise) transpose(oy, m.yp, oa, m.aq, m.np, m.nq);
      else map_gathered(&m, oy, oa, ob);
    } while (advance(outer, a->size, index));
  }
}
