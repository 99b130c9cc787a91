// Copies that make a strided axis the contiguous one: planes become pixels, pixels become planes.

// Four floats in every tier: blocks of 4 × 4 change places in registers.
typedef float four __attribute__((vector_size(16), aligned(4)));

// The first n ≤ 4 floats; n is a constant but at the ends of axes.
OCK_INLINE four four_load(const float *p, int32_t n) {
  if (n == 4) return *(const four *)p;
  four v = {p[0], n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, 0};
  return v;
}
OCK_INLINE void four_store(float *p, four v, int32_t n) {
  if (n == 4) {
    *(four *)p = v;
    return;
  }
  for (int32_t i = 0; i < n; i++) p[i] = v[i];
}

// y[i·yp + j] = a[i + j·aq] for i < m, j < n, both ≤ 4.
OCK_INLINE void transpose_block(float *y, ptrdiff_t yp, const float *a, ptrdiff_t aq, int32_t m,
                                int32_t n) {
  const four zero = {0};
  const four r0 = four_load(a, m), r1 = n > 1 ? four_load(a + aq, m) : zero;
  const four r2 = n > 2 ? four_load(a + 2 * aq, m) : zero, r3 = n > 3 ? four_load(a + 3 * aq, m) : zero;
  const four t0 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5);
  const four t1 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
  four_store(y, __builtin_shufflevector(t0, t1, 0, 1, 4, 5), n);
  if (m > 1) four_store(y + yp, __builtin_shufflevector(t0, t1, 2, 3, 6, 7), n);
  if (m <= 2) return;
  const four t2 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
  const four t3 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
  four_store(y + 2 * yp, __builtin_shufflevector(t2, t3, 0, 1, 4, 5), n);
  if (m > 3) four_store(y + 3 * yp, __builtin_shufflevector(t2, t3, 2, 3, 6, 7), n);
}

// Two planes become pairs that stand together: a channel shuffle of two groups.
OCK_INLINE int32_t interleave_two(float *y, const float *a, const float *b, int32_t n) {
  int32_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const four u = four_load(a + i, 4), v = four_load(b + i, 4);
    four_store(y + 2 * i, __builtin_shufflevector(u, v, 0, 4, 1, 5), 4);
    four_store(y + 2 * i + 4, __builtin_shufflevector(u, v, 2, 6, 3, 7), 4);
  }
  return i;
}

// y[i·sy] = a[i·sa], y[i·sy + 1] = b[i·sb].
OCK_INLINE void interleave(float *y, ptrdiff_t sy, const float *a, ptrdiff_t sa, const float *b,
                           ptrdiff_t sb, int32_t n) {
  int32_t i = sy == 2 && sa == 1 && sb == 1 ? interleave_two(y, a, b, n) : 0;
  for (; i < n; i++) y[i * sy] = a[i * sa], y[i * sy + 1] = b[i * sb];
}

// Three planes become pixels that stand together: a picture.
OCK_INLINE int32_t interleave_three(float *y, const float *a, ptrdiff_t plane, int32_t n) {
  int32_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const four r = four_load(a + i, 4), g = four_load(a + plane + i, 4);
    const four b = four_load(a + 2 * plane + i, 4);
    const four rg = __builtin_shufflevector(r, g, 0, 4, 1, 5);
    const four br = __builtin_shufflevector(b, r, 0, 5, 2, 7);  // b0 r1 b2 r3
    const four gb = __builtin_shufflevector(g, b, 1, 5, 3, 7);  // g1 b1 g3 b3
    const four rg2 = __builtin_shufflevector(r, g, 2, 6, 3, 7);
    four_store(y + 3 * i, __builtin_shufflevector(rg, br, 0, 1, 4, 5), 4);
    four_store(y + 3 * i + 4, __builtin_shufflevector(gb, rg2, 0, 1, 4, 5), 4);
    four_store(y + 3 * i + 8, __builtin_shufflevector(br, gb, 2, 3, 6, 7), 4);
  }
  return i;
}

enum { TRANSPOSE_STRIP = 32 };

// y[i·yp + j] = a[i + j·aq] for i < np, j < nq. What is left behind the last whole block is a block that
// overlaps it.
static void transpose(float *y, ptrdiff_t yp, const float *a, ptrdiff_t aq, int32_t np, int32_t nq) {
  if (yp == nq && nq <= 3 && nq > 1) {
    const int32_t done = nq == 2 ? interleave_two(y, a, a + aq, np) : interleave_three(y, a, aq, np);
    y += done * yp, a += done, np -= done;
  }
  if (np < 4 || nq < 4) {
    for (int32_t i = 0; i < np; i += 4)
      for (int32_t j = 0; j < nq; j += 4)
        transpose_block(y + i * yp + j, yp, a + i + j * aq, aq, np - i < 4 ? np - i : 4,
                        nq - j < 4 ? nq - j : 4);
    return;
  }
  // Strips of p that are so narrow that what is written of them stays in the cache.
  for (int32_t from = 0; from < np; from += TRANSPOSE_STRIP) {
    const int32_t to = from + TRANSPOSE_STRIP < np ? from + TRANSPOSE_STRIP : np;
    for (int32_t j0 = 0; j0 < nq; j0 += 8) {
      // A second block where there is one, so that writes are half a cache line.
      const int32_t j = j0 + 4 <= nq ? j0 : nq - 4, k = j0 + 8 <= nq ? j0 + 4 : nq - 4;
      for (int32_t i0 = from; i0 < to; i0 += 4) {
        const int32_t i = i0 + 4 <= np ? i0 : np - 4;
        transpose_block(y + i * yp + j, yp, a + i + j * aq, aq, 4, 4);
        if (k > j) transpose_block(y + i * yp + k, yp, a + i + k * aq, aq, 4, 4);
      }
    }
  }
}
