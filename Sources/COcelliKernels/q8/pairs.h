// Products of 16-bit pairs in plain C: what the vector instructions do.
OCK_INLINE ivec dot_(ivec acc, ivec x, ivec w) {
  return acc + (x << 16 >> 16) * (w << 16 >> 16) + (x >> 16) * (w >> 16);
}

// What store_quantized wants of a finish, out of reach of the bytes that it stores.
typedef ock_q8_finish q8_ends;
OCK_INLINE q8_ends ends_of(const ock_q8_finish *f) { return *f; }

// The sums as quantised values. |sum · scale| is cut to 2²⁰ first, beyond every byte, so that the
// rounding by a large constant is exact.
OCK_INLINE void store_quantized(uint8_t *to, const ivec *sums, const float *scales, const int count,
                                const q8_ends *f) {
  const vec magic = splat(12582912.0f), limit = splat(1048576.0f);
  for (int j = 0; j < count; j++) {
    const vec scale = (vec)load((const int32_t *)scales + j * OCK_VL);
    vec v = clamp_(__builtin_convertvector(sums[j], vec) * scale, -limit, limit);
    v = clamp_(((v + magic) - magic) + splat((float)f->zero), splat((float)f->low),
               splat((float)f->high));
    *(bytes *)(to + j * OCK_VL) =
        __builtin_convertvector(__builtin_convertvector(v, ivec), bytes);
  }
}

// Bytes through a table of 256.
OCK_INLINE void look_up(uint8_t *p, int32_t n, const uint8_t *table) {
  for (int32_t i = 0; i < n; i++) p[i] = table[p[i]];
}

// n bytes as 16-bit numbers; up to 15 more may be written.
OCK_INLINE void widen(int16_t *to, const uint8_t *from, int32_t n) {
  for (int32_t i = 0; i < n; i++) to[i] = from[i];
  to[n] = 0;
}
