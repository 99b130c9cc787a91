// What floats pass besides convolutions, against the scalar twin, bit by bit.
#include "case.h"
#include "ocelli_f32.h"

// Most numbers are small, some at the ends of what functions take.
static float *borrow_reals(int64_t count, int32_t slack) {
  static const float ends[] = {0, -0.0f, 100, -100, 3e38f, -3e38f, 1e-30f, 0.5f, -0.5f};
  float *p = (float *)borrow(count * 4, slack);
  for (int64_t i = 0; p && i < count; i++)
    p[i] = number_between(0, 30) ? next_real() * 9 : ends[number_between(0, 8)];
  return p;
}

typedef struct {
  float *found, *twin;
  int64_t count;
} outputs;

static bool borrow_outputs(outputs *y, int64_t count) {
  *y = (outputs){borrow_reals(count, 0), borrow_reals(count, 0), count};
  if (!y->found || !y->twin) return false;
  memcpy(y->twin, y->found, (size_t)count * 4);
  return true;
}

static void test_map(ock_isa_tier tier, int32_t round) {
  ock_f32_map_args a = {.function = number_between(OCK_MAP_COPY, OCK_MAP_PRELU), .rank = 2};
  const int32_t n = number_between(1, 600), m = number_between(1, 3), gap = number_between(1, 2);
  a.size[0] = m;
  a.size[1] = n;
  for (int i = 0; i < 3; i++) {
    a.stride[i][0] = n * gap;
    a.stride[i][1] = i == 2 && round % 3 == 0 ? 0 : gap;
  }
  a.activations.count = 1;
  a.activations.list[0] =
      (ock_activation){round % (OCK_ACT_QUANTIZE_ROUND + 1), 0.25f, 1.5f, 0, 255};
  // The sign of a NaN is the processor's choice: no square roots of what is below zero, no 0 / 0.
  const int64_t count = (int64_t)n * gap * m;
  float *x = borrow_reals(count, 0), *b = borrow_reals(count, 0);
  outputs y;
  if (!x || !b || !borrow_outputs(&y, count)) return;
  if (a.activations.list[0].kind == OCK_ACT_SQRT) a.function = OCK_MAP_MULTIPLY;
  if (a.activations.list[0].kind == OCK_ACT_SQRT) a.stride[2][1] = gap, b = x;
  if (a.function == OCK_MAP_DIVIDE)
    for (int64_t i = 0; i < count; i++) b[i] = 1.0f + next_real() / 2;
  for (int64_t i = 0; i < count; i++)
    if (x[i] > 1e30f || x[i] < -1e30f) x[i] = 1e4f;
  a.operand[1] = view_of(x, 0);
  a.operand[2] = view_of(b, 0);
  a.operand[0] = view_of(y.found, 0);
  ock_f32(tier)->map(&a, 0, 1, &all_memory);
  a.operand[0] = view_of(y.twin, 0);
  ock_f32(OCK_ISA_SCALAR)->map(&a, 0, 1, &all_memory);
  expect_same(y.found, y.twin, count * 4, tier, "f32 map", a.activations.list[0].kind);
}

static void test_reduce(ock_isa_tier tier, int32_t round) {
  ock_f32_reduce_args a = {.function = round % 4, .rank = 1, .folded_rank = 1};
  const int32_t n = number_between(1, 300), folded = number_between(1, 40);
  a.size[0] = n;
  a.folded_size[0] = folded;
  const bool across = number_between(0, 1);
  a.stride[0][0] = 1;
  a.stride[1][0] = across ? 1 : folded;
  a.folded_stride[0] = across ? n : 1;
  float *x = borrow_reals((int64_t)n * folded, 0);
  outputs y;
  if (!x || !borrow_outputs(&y, n)) return;
  a.operand[1] = view_of(x, 0);
  a.operand[0] = view_of(y.found, 0);
  ock_f32(tier)->reduce(&a, 0, 1, &all_memory);
  a.operand[0] = view_of(y.twin, 0);
  ock_f32(OCK_ISA_SCALAR)->reduce(&a, 0, 1, &all_memory);
  expect_same(y.found, y.twin, y.count * 4, tier, "f32 reduce", round);
}

static void test_softmax(ock_isa_tier tier, int32_t round) {
  ock_f32_softmax_args a = {.rank = 1, .length = number_between(1, 300)};
  const int32_t n = number_between(1, 20);
  const bool last = number_between(0, 1);
  a.size[0] = n;
  a.stride[0][0] = a.stride[1][0] = last ? a.length : 1;
  a.axis_stride[0] = a.axis_stride[1] = last ? 1 : n;
  float *x = borrow_reals((int64_t)n * a.length, 0);
  outputs y;
  if (!x || !borrow_outputs(&y, (int64_t)n * a.length)) return;
  a.operand[1] = view_of(x, 0);
  a.operand[0] = view_of(y.found, 0);
  ock_f32(tier)->softmax(&a, 0, 1, &all_memory);
  a.operand[0] = view_of(y.twin, 0);
  ock_f32(OCK_ISA_SCALAR)->softmax(&a, 0, 1, &all_memory);
  expect_same(y.found, y.twin, y.count * 4, tier, "f32 softmax", round);
}

static void test_pool(ock_isa_tier tier, int32_t round) {
  ock_pool_args a = {.channels = number_between(1, 40), .average = round % 2,
                     .count_include_pad = number_between(0, 1)};
  a.kernel_h = a.kernel_w = number_between(2, 5);
  a.stride_h = a.stride_w = number_between(1, 2);
  a.dilation_h = a.dilation_w = 1;
  a.pad_top = a.pad_left = a.pad_bottom = a.pad_right = number_between(0, a.kernel_h / 2);
  a.x_height = number_between(5, 6);
  a.x_width = number_between(5, 12);
  a.width = (a.x_width + 2 * a.pad_left - a.kernel_w) / a.stride_w + 1;
  const int32_t height = (a.x_height + 2 * a.pad_top - a.kernel_h) / a.stride_h + 1;
  a.x_pixel = a.channels + number_between(0, 3);
  a.y_pixel = a.channels + number_between(0, 3);
  const int64_t x_pitch = (int64_t)a.x_width * a.x_pixel, y_pitch = (int64_t)a.width * a.y_pixel;
  float *x = borrow_reals(x_pitch * a.x_height, 0);
  outputs y;
  if (!x || !borrow_outputs(&y, y_pitch * height)) return;
  a.operand[1] = view_of(x, x_pitch * 4);
  a.operand[0] = view_of(y.found, y_pitch * 4);
  ock_f32(tier)->pool(&a, 0, height, &all_memory);
  a.operand[0] = view_of(y.twin, y_pitch * 4);
  ock_f32(OCK_ISA_SCALAR)->pool(&a, 0, height, &all_memory);
  expect_same(y.found, y.twin, y.count * 4, tier, "f32 pool", round);
}

static void test_resize(ock_isa_tier tier, int32_t round) {
  ock_resize_args a = {.height = number_between(1, 5), .width = number_between(1, 9),
                       .channels = number_between(1, 40), .linear = round % 2};
  const int32_t x_height = number_between(1, 5), x_width = number_between(1, 9);
  a.x_pixel = a.channels + number_between(0, 3);
  a.y_pixel = a.channels + number_between(0, 3);
  int32_t *tables = (int32_t *)borrow((3 * a.height + 3 * a.width) * 4, READ_SLACK);
  float *x = borrow_reals((int64_t)x_height * x_width * a.x_pixel, 0);
  const int64_t y_pitch = (int64_t)a.width * a.y_pixel;
  outputs y;
  if (!tables || !x || !borrow_outputs(&y, y_pitch * a.height)) return;
  int32_t *at = tables;
  for (int axis = 0; axis < 2; axis++) {
    const int32_t size = axis ? a.width : a.height, most = (axis ? x_width : x_height) - 1;
    for (int32_t i = 0; i < 2 * size; i++) *at++ = number_between(0, most);
    for (int32_t i = 0; i < size; i++) {
      const float weight = (next_real() + 1) / 2;
      memcpy(at++, &weight, 4);
    }
  }
  a.operand[1] = view_of(x, (int64_t)x_width * a.x_pixel * 4);
  a.operand[2] = view_of(tables, 0);
  a.operand[0] = view_of(y.found, y_pitch * 4);
  ock_f32(tier)->resize(&a, 0, a.height, &all_memory);
  a.operand[0] = view_of(y.twin, y_pitch * 4);
  ock_f32(OCK_ISA_SCALAR)->resize(&a, 0, a.height, &all_memory);
  expect_same(y.found, y.twin, y.count * 4, tier, "f32 resize", round);
}

void test_f32_others(ock_isa_tier tier) {
  for (int32_t round = 0; round < 90; round++) {
    seed_numbers((uint32_t)round + 3000);
    void (*const tests[])(ock_isa_tier, int32_t) = {test_map, test_reduce, test_softmax, test_pool,
                                                    test_resize};
    for (int i = 0; i < 5; i++) {
      return_memory();
      tests[i](tier, round);
    }
  }
}
