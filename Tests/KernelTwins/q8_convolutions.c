// Convolutions of bytes against sums that are written out, in every tier's packing.
#include "case.h"
#include "ocelli_q8.h"

enum { TAPS_MAX = 64, CHANNELS_MAX = 160, WEIGHTS_MAX = 1 << 16 };

// A convolution, its operands as the kernels read them, and weights [channel][c][ky][kx].
typedef struct {
  ock_conv_shape shape;
  int32_t height, zero, channels;
  uint8_t *x;  // row −pad_top, pixel −pad_left
  int64_t x_pitch, y_pitch;
  int16_t weights[WEIGHTS_MAX];
  int32_t bias[CHANNELS_MAX];
  float scale[CHANNELS_MAX];
  ock_q8_finish finish;
  uint8_t table[256];
  bool has_table;
} convolution;

static convolution c;

static float rounded(float v) {
  v = v < -1048576.0f ? -1048576.0f : v > 1048576.0f ? 1048576.0f : v;
  volatile float sum = v + 12582912.0f;
  return sum - 12582912.0f;
}

// Fills `c`; false where memory is too small.
static bool make(bool depthwise) {
  const int32_t kernels[] = {1, 3, 3, 5, 2, 7}, zeros[] = {0, 1, 113, 255};
  ock_conv_shape *s = &c.shape;
  memset(s, 0, sizeof *s);
  s->kernel_h = kernels[number_between(0, 5)];
  s->kernel_w = number_between(0, 9) ? s->kernel_h : kernels[number_between(0, 4)];
  s->stride_h = s->stride_w = number_between(1, 2);
  s->dilation_h = s->dilation_w = number_between(0, 6) ? 1 : 2;
  s->pad_top = (s->kernel_h - 1) / 2 * s->dilation_h;
  s->pad_left = (s->kernel_w - 1) / 2 * s->dilation_w;
  s->width = number_between(1, number_between(0, 3) ? 18 : 31);
  c.height = number_between(1, 3);
  s->groups = depthwise ? number_between(1, number_between(0, 1) ? 40 : 140)
                        : number_between(0, 7) ? 1 : number_between(2, 3);
  s->in_channels = depthwise ? 1 : number_between(1, number_between(0, 2) ? 20 : 70);
  s->out_channels = depthwise ? 1 : number_between(1, s->groups > 1 ? 20 : 140);
  c.channels = s->groups * s->out_channels;
  const int32_t inner = s->in_channels * s->kernel_h * s->kernel_w;
  if (c.channels > CHANNELS_MAX || c.channels * inner > WEIGHTS_MAX) return false;
  s->x_pixel = s->groups * s->in_channels + (number_between(0, 1) ? 0 : number_between(1, 9));
  s->y_pixel = c.channels + (number_between(0, 1) ? 0 : number_between(1, 9));
  c.zero = zeros[number_between(0, 3)];
  const int32_t rows = (c.height - 1) * s->stride_h + (s->kernel_h - 1) * s->dilation_h + 1;
  const int32_t columns = (s->width - 1) * s->stride_w + (s->kernel_w - 1) * s->dilation_w + 1;
  c.x_pitch = (int64_t)columns * s->x_pixel + number_between(0, 5);
  // The last pixel ends with its last channel: what is behind may be read, and no more.
  const int64_t bytes =
      (rows - 1) * c.x_pitch + (int64_t)(columns - 1) * s->x_pixel + s->groups * s->in_channels;
  c.x = borrow(bytes, READ_SLACK);
  if (!c.x) return false;
  const int kind = number_between(0, 5), beyond = number_between(0, 1) ? 255 : 140;
  const int seldom = number_between(0, 1) ? 0 : 40;
  if (number_between(0, 4) == 0) memset(c.x, number_between(0, 1) ? 255 : 0, (size_t)bytes);
  // Full range, the ends alone, one end alone, or what no int8 holds.
  for (int32_t i = 0; i < c.channels * inner; i++)
    c.weights[i] = (int16_t)(kind == 0   ? (number_between(0, 1) ? -128 : 127)
                             : kind == 1 ? -128
                             : kind == 2 ? 127
                             : kind == 3 && number_between(0, seldom) == 0
                                 ? number_between(-beyond, beyond)
                                         : number_between(-128, 127));
  const float size = 100.0f / (float)(inner * 40);
  for (int32_t i = 0; i < c.channels; i++) {
    c.bias[i] = number_between(-5000, 5000);
    c.scale[i] = size * (0.1f + (float)number_between(0, 100) / 50.0f);
    if (number_between(0, 20) == 0) c.scale[i] = number_between(0, 1) ? 1e6f : 0.5f;
  }
  memset(&c.finish, 0, sizeof c.finish);
  c.finish.zero = zeros[number_between(0, 3)];
  c.finish.low = number_between(0, 1) ? 0 : number_between(0, 100);
  c.finish.high = number_between(0, 1) ? 255 : number_between(150, 255);
  c.finish.to_float = number_between(0, 6) == 0;
  c.has_table = !c.finish.to_float && number_between(0, 2) == 0;
  for (int i = 0; i < 256; i++) c.table[i] = (uint8_t)number_between(0, 255);
  const int32_t element = c.finish.to_float ? 4 : 1;
  c.y_pitch = ((int64_t)(s->width - 1) * s->y_pixel + c.channels) * element +
              number_between(0, 3) * element;
  return true;
}

static int64_t y_bytes(void) {
  const int32_t element = c.finish.to_float ? 4 : 1;
  return (c.height - 1) * c.y_pitch +
         ((int64_t)(c.shape.width - 1) * c.shape.y_pixel + c.channels) * element;
}

// What the kernel is to write; what lies between its outputs is left.
static void compute(uint8_t *y) {
  const ock_conv_shape *s = &c.shape;
  const int32_t taps = s->kernel_h * s->kernel_w;
  for (int32_t row = 0; row < c.height; row++)
    for (int32_t x = 0; x < s->width; x++)
      for (int32_t n = 0; n < c.channels; n++) {
        int32_t sum = c.bias[n];
        for (int32_t k = 0; k < s->in_channels; k++)
          for (int32_t t = 0; t < taps; t++) {
            const uint8_t *p = c.x + (row * s->stride_h + t / s->kernel_w * s->dilation_h) * c.x_pitch +
                               (int64_t)(x * s->stride_w + t % s->kernel_w * s->dilation_w) * s->x_pixel;
            sum += (p[n / s->out_channels * s->in_channels + k] - c.zero) *
                   c.weights[(n * s->in_channels + k) * taps + t];
          }
        uint8_t *to = y + row * c.y_pitch;
        volatile float v = (float)sum * c.scale[n];
        if (c.finish.to_float) {
          const float real = v;
          memcpy(to + ((int64_t)x * s->y_pixel + n) * 4, &real, 4);
          continue;
        }
        int32_t q = (int32_t)rounded(v) + c.finish.zero;
        q = q < c.finish.low ? c.finish.low : q > c.finish.high ? c.finish.high : q;
        to[(int64_t)x * s->y_pixel + n] = c.has_table ? c.table[q] : (uint8_t)q;
      }
}

// The part of a weight that an int8 holds, and what is left of it.
static int32_t part_of(int32_t weight, int32_t part) {
  for (;; part--) {
    const int32_t now = weight < -128 ? -128 : weight > 127 ? 127 : weight;
    if (part == 0) return now;
    weight -= now;
  }
}

static int32_t parts_of_weights(int32_t count) {
  int32_t parts = 1;
  for (int32_t i = 0; i < count; i++)
    while (parts < OCK_Q8_PARTS_MAX && part_of(c.weights[i], parts) != 0) parts++;
  return parts;
}

static uint32_t word_of(int32_t weight, int32_t group, int32_t at) {
  return ((uint32_t)weight & (group == 4 ? 0xFF : 0xFFFF)) << (at % group * (32 / group));
}

static int32_t bias_of(int32_t n, int32_t inner) {
  int32_t sum = c.bias[n];
  for (int32_t i = 0; i < inner; i++) sum -= c.zero * c.weights[n * inner + i];
  return sum;
}

// Returns the words.
static int32_t *pack_dense(const ock_q8_kernels *k, ock_q8_conv_args *a, int32_t *count) {
  const ock_conv_shape *s = &c.shape;
  const bool merged = ock_row_is_run(s);
  const int32_t taps = s->kernel_h * s->kernel_w, inner = s->in_channels * taps;
  const int32_t runs = merged ? s->kernel_h : taps;
  const int32_t length = merged ? s->kernel_w * s->in_channels : s->in_channels;
  const int32_t groups = (length + k->group - 1) / k->group;
  a->parts = k->group == 4 ? parts_of_weights(c.channels * inner) : 1;
  const int32_t depth = a->parts * runs * groups;
  const int32_t padded = (s->out_channels + k->vector - 1) / k->vector * k->vector;
  *count = s->groups * padded * (2 + depth);
  int32_t *words = (int32_t *)borrow(*count * 4 + (c.has_table ? 256 : 0), READ_SLACK);
  if (!words) return NULL;
  memset(words, 0, (size_t)*count * 4);
  for (int32_t g = 0; g < s->groups; g++)
    for (int32_t from = 0; from < s->out_channels;) {
      const int32_t left = s->out_channels - from;
      const int32_t width = ock_q8_panel_width(k->panel, k->vector, left);
      int32_t *panel = words + ((int64_t)g * padded + from) * (2 + depth);
      for (int32_t i = 0; i < width && i < left; i++) {
        const int32_t n = g * s->out_channels + from + i;
        int32_t *to = panel + ock_q8_panel_place(k->lanes, width, i);
        to[0] = bias_of(n, inner);
        memcpy(to + width, &c.scale[n], 4);
        for (int32_t part = 0; part < a->parts; part++)
          for (int32_t t = 0; t < taps; t++)
            for (int32_t ch = 0; ch < s->in_channels; ch++) {
              const int32_t run = merged ? t / s->kernel_w : t;
              const int32_t at = merged ? t % s->kernel_w * s->in_channels + ch : ch;
              int32_t weight = c.weights[(n * s->in_channels + ch) * taps + t];
              if (k->group == 4) weight = part_of(weight, part);
              to[width * (2 + (part * runs + run) * groups + at / k->group)] |=
                  (int32_t)word_of(weight, k->group, at);
            }
      }
      from += width;
    }
  if (k->group == 2) {
    a->block = k->rows * number_between(1, 3);
    const uint8_t *scratch = borrow((int64_t)a->block * depth * 4, OCK_Q8_SLACK);
    if (!scratch) return NULL;
    a->scratch = offset_of_memory(scratch);
  }
  return words;
}

static int32_t *pack_depthwise(const ock_q8_kernels *k, ock_q8_conv_args *a, int32_t *count) {
  const ock_conv_shape *s = &c.shape;
  const int32_t taps = s->kernel_h * s->kernel_w, channels = c.channels;
  a->parts = k->group == 4 ? parts_of_weights(channels * taps) : 1;
  const int32_t column = (s->kernel_h + 3) / 4;
  const int32_t words_of = k->group == 4 ? s->kernel_w * column : (taps + 1) / 2;
  *count = channels * (2 + a->parts * words_of);
  int32_t *words = (int32_t *)borrow(*count * 4 + (c.has_table ? 256 : 0), READ_SLACK);
  if (!words) return NULL;
  memset(words, 0, (size_t)*count * 4);
  for (int32_t n = 0; n < channels; n++) {
    words[n] = bias_of(n, taps);
    memcpy(words + channels + n, &c.scale[n], 4);
    for (int32_t part = 0; part < a->parts; part++)
      for (int32_t t = 0; t < taps; t++) {
        const int32_t ky = t / s->kernel_w, kx = t % s->kernel_w;
        const int32_t word = k->group == 4 ? part * words_of + kx * column + ky / 4 : t / 2;
        const int32_t weight = c.weights[n * taps + t];
        words[(2 + word) * channels + n] |= (int32_t)(
            k->group == 4 ? word_of(part_of(weight, part), 4, ky) : word_of(weight, 2, t));
      }
  }
  return words;
}

static void check(ock_isa_tier tier, bool depthwise, int32_t round) {
  const ock_q8_kernels *k = ock_q8(tier);
  ock_q8_conv_args a = {.shape = c.shape, .finish = c.finish};
  int32_t count;
  int32_t *words = depthwise ? pack_depthwise(k, &a, &count) : pack_dense(k, &a, &count);
  uint8_t *found = borrow(y_bytes(), 0), *expected = borrow(y_bytes(), 0);
  if (!words || !found || !expected) return;
  a.finish.table = -1;
  if (c.has_table) {
    memcpy(words + count, c.table, 256);
    a.finish.table = (int64_t)count * 4;
  }
  a.operand[0] = view_of(found, c.y_pitch);
  a.operand[1] = view_of(c.x + c.shape.pad_top * c.x_pitch + c.shape.pad_left * c.shape.x_pixel,
                         c.x_pitch);
  a.operand[2] = no_view();
  a.operand[3] = view_of(words, 0);
  memset(found, 170, (size_t)y_bytes());
  memset(expected, 170, (size_t)y_bytes());
  compute(expected);
  // In two ranges of rows: bits do not depend on them.
  const ock_rows_fn run = depthwise ? k->depthwise : k->conv;
  run(&a, 1, c.height, &all_memory);
  run(&a, 0, 1, &all_memory);
  expect_same(found, expected, y_bytes(), tier, depthwise ? "q8 depthwise" : "q8 conv", round);
}

void test_q8_convolutions(ock_isa_tier tier) {
  for (int32_t round = 0; round < 600; round++) {
    seed_numbers((uint32_t)round + 1);
    return_memory();
    const bool depthwise = round % 2;
    if (make(depthwise)) check(tier, depthwise, round);
  }
}
