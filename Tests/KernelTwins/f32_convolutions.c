// Convolutions of floats against the scalar twin, bit by bit, in every tier's packing.
#include "case.h"
#include "ocelli_f32.h"

enum { REAL_MAX = 1 << 16 };

static float weights[REAL_MAX];  // dense: [channel][k], k in the order of the kernel's taps and channels
static float bias[512];

static ock_activations some_activations(void) {
  ock_activations f = {.count = number_between(0, 2)};
  for (int32_t i = 0; i < f.count; i++)
    f.list[i] = (ock_activation){number_between(0, OCK_ACT_QUANTIZE_ROUND), 0.1f, 1.5f, 0, 255};
  // What makes NaN of some numbers says nothing about twins: its sign is the processor's choice.
  for (int32_t i = 0; i < f.count; i++)
    if (f.list[i].kind == OCK_ACT_SQRT || f.list[i].kind == OCK_ACT_RECIPROCAL ||
        f.list[i].kind == OCK_ACT_EXP)
      f.list[i].kind = OCK_ACT_SILU;
  return f;
}

static float *borrow_reals(int64_t count, int32_t slack) {
  float *p = (float *)borrow(count * 4, slack);
  for (int64_t i = 0; p && i < count; i++) p[i] = next_real();
  return p;
}

enum { DENSE, DEPTHWISE, WINOGRAD, KINDS };
static const char *const names[] = {"f32 conv", "f32 depthwise", "f32 winograd"};

static float *pack(ock_isa_tier tier, int kind, const ock_conv_shape *s) {
  const int32_t panel = ock_f32(tier)->panel;
  if (kind == DEPTHWISE) {
    const int32_t taps = s->kernel_h * s->kernel_w;
    float *p = borrow_reals((int64_t)s->groups * (taps + 1), READ_SLACK);
    if (!p) return NULL;
    memcpy(p, bias, (size_t)s->groups * 4);
    memcpy(p + s->groups, weights, (size_t)(s->groups * taps) * 4);
    return p;
  }
  const int32_t depth =
      kind == WINOGRAD ? 36 * s->in_channels : s->kernel_h * s->kernel_w * s->in_channels;
  const int32_t panels = (s->out_channels + panel - 1) / panel;
  const int64_t count = (int64_t)s->groups * panels * panel * (depth + 1);
  float *p = borrow_reals(count, READ_SLACK);
  if (!p) return NULL;
  memset(p, 0, (size_t)count * 4);
  for (int32_t n = 0; n < s->groups * s->out_channels; n++) {
    const int32_t m = n % s->out_channels;
    float *to = p + ((int64_t)(n / s->out_channels) * panels + m / panel) * panel * (depth + 1) +
                m % panel;
    to[0] = bias[n];
    for (int32_t k = 0; k < depth; k++) to[(k + 1) * panel] = weights[n * depth + k];
  }
  return p;
}

static void check(ock_isa_tier tier, int kind, int32_t round) {
  ock_f32_conv_args a = {.activations = some_activations()};
  ock_conv_shape *s = &a.shape;
  s->kernel_h = s->kernel_w = kind == WINOGRAD ? 3 : number_between(0, 3) * 2 + 1;
  s->stride_h = s->stride_w = kind == WINOGRAD ? 1 : number_between(1, 3);
  s->dilation_h = s->dilation_w = kind == WINOGRAD || number_between(0, 4) ? 1 : 2;
  s->pad_top = s->pad_left = (s->kernel_h - 1) / 2 * s->dilation_h;
  s->width = number_between(1, 21);
  s->groups = kind == DEPTHWISE ? number_between(1, 70) : kind == WINOGRAD || round % 4 ? 1 : 2;
  s->in_channels = kind == DEPTHWISE ? 1 : number_between(1, 21);
  s->out_channels = kind == DEPTHWISE ? 1 : number_between(1, 70);
  const int32_t height = number_between(1, kind == WINOGRAD ? 9 : 3);
  const int32_t channels = s->groups * s->out_channels, inputs = s->groups * s->in_channels;
  s->x_pixel = inputs + (number_between(0, 1) ? 0 : number_between(1, 5));
  s->y_pixel = channels + (number_between(0, 1) ? 0 : number_between(1, 5));
  const int32_t rows = (height - 1) * s->stride_h + (s->kernel_h - 1) * s->dilation_h + 1;
  const int32_t columns = (s->width - 1) * s->stride_w + (s->kernel_w - 1) * s->dilation_w + 1;
  const int64_t x_pitch = (int64_t)columns * s->x_pixel;
  const int64_t y_count = ((int64_t)height * s->width - 1) * s->y_pixel + channels;
  const int32_t depth = kind == WINOGRAD ? 36 * s->in_channels
                                         : s->kernel_h * s->kernel_w * s->in_channels;
  if (channels * depth > REAL_MAX || channels > 512) return;
  for (int32_t i = 0; i < channels * depth; i++) weights[i] = next_real();
  for (int32_t i = 0; i < channels; i++) bias[i] = next_real();
  float *x = borrow_reals((rows - 1) * x_pitch + (int64_t)(columns - 1) * s->x_pixel + inputs,
                          READ_SLACK);
  a.operand[2] = no_view();
  if (round % 3 == 0) {
    a.residual_pixel = channels + number_between(0, 4);
    float *residual = borrow_reals((int64_t)height * s->width * a.residual_pixel, READ_SLACK);
    if (!residual) return;
    a.operand[2] = view_of(residual, (int64_t)s->width * a.residual_pixel * 4);
  }
  float *found = borrow_reals(y_count, 0), *twin = borrow_reals(y_count, 0);
  if (!x || !found || !twin) return;
  memcpy(twin, found, (size_t)y_count * 4);
  a.operand[1] = view_of(x + s->pad_top * x_pitch + s->pad_left * s->x_pixel, x_pitch * 4);
  a.x_rows = rows - s->pad_top;
  a.block = number_between(1, 7);
  const int64_t tile = 36 * a.block * (int64_t)((s->in_channels + 15) / 16 * 16 + 32);
  const uint8_t *scratch = kind == WINOGRAD ? borrow(tile * 4, READ_SLACK) : NULL;
  if (kind == WINOGRAD && !scratch) return;
  if (scratch) a.scratch = offset_of_memory(scratch);
  for (int pass = 0; pass < 2; pass++) {
    const ock_isa_tier one = pass ? OCK_ISA_SCALAR : tier;
    const ock_f32_kernels *k = ock_f32(one);
    const float *packed = pack(one, kind, s);
    if (!packed) return;
    a.operand[3] = view_of(packed, 0);
    a.operand[0] = view_of(pass ? twin : found, (int64_t)s->width * s->y_pixel * 4);
    const ock_rows_fn run =
        kind == DENSE ? k->conv : kind == DEPTHWISE ? k->depthwise : k->winograd;
    // In two ranges of rows: bits do not depend on them.
    const int32_t cut = pass ? 0 : kind == WINOGRAD ? (height - 1) / 4 * 4 : height / 2;
    if (cut < height) run(&a, cut, height, &all_memory);
    if (cut > 0) run(&a, 0, cut, &all_memory);
  }
  expect_same(found, twin, y_count * 4, tier, names[kind], round);
}

void test_f32_convolutions(ock_isa_tier tier) {
  for (int32_t round = 0; round < 300; round++) {
    seed_numbers((uint32_t)round + 2000);
    return_memory();
    check(tier, round % KINDS, round);
  }
}
