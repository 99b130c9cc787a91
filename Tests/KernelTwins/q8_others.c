// What bytes pass besides convolutions, against the scalar twin.
#include "case.h"
#include "ocelli_q8.h"

static void test_map(ock_isa_tier tier, int32_t round) {
  ock_q8_map_args a = {.function = number_between(OCK_Q8_COPY, OCK_Q8_MULTIPLY)};
  const int32_t n = number_between(1, 300), m = number_between(1, 3);
  const int32_t gap = number_between(1, 2);
  const int32_t in = a.function == OCK_Q8_QUANTIZE ? 4 : 1;
  const int32_t out = a.function == OCK_Q8_DEQUANTIZE ? 4 : 1;
  a.rank = 2;
  a.size[0] = m;
  a.size[1] = n;
  for (int i = 0; i < 3; i++) {
    a.stride[i][0] = n * gap;
    a.stride[i][1] = i == 2 && round % 3 == 0 ? 0 : gap;
  }
  for (int i = 0; i < 3; i++) {
    a.scale[i] = 0.01f + 0.1f * (next_real() + 1);
    a.zero[i] = number_between(0, 255);
  }
  a.low = number_between(0, 40);
  a.high = number_between(200, 255);
  a.has_table = number_between(0, 1);
  const int64_t elements = (int64_t)n * gap * m;
  uint8_t *x = borrow(elements * in, 0), *b = borrow(elements, 0), *table = borrow(256, READ_SLACK);
  uint8_t *found = borrow(elements * out, 0), *twin = borrow(elements * out, 0);
  if (!x || !b || !table || !found || !twin) return;
  if (in == 4)
    for (int64_t i = 0; i < elements; i++) {
      const float v = i % 97 == 0 ? 3e38f : next_real() * 30;
      memcpy(x + 4 * i, &v, 4);
    }
  memset(found, 170, (size_t)(elements * out));
  memset(twin, 170, (size_t)(elements * out));
  a.operand[1] = view_of(x, 0);
  a.operand[2] = view_of(b, 0);
  a.operand[3] = view_of(table, 0);
  a.operand[0] = view_of(found, 0);
  ock_q8(tier)->map(&a, 0, 1, &all_memory);
  a.operand[0] = view_of(twin, 0);
  ock_q8(OCK_ISA_SCALAR)->map(&a, 0, 1, &all_memory);
  expect_same(found, twin, elements * out, tier, "q8 map", round);
}

static void test_pool(ock_isa_tier tier, int32_t round) {
  ock_pool_args a = {.channels = number_between(1, 90)};
  a.kernel_h = a.kernel_w = number_between(2, 5);
  a.stride_h = a.stride_w = number_between(1, 2);
  a.dilation_h = a.dilation_w = 1;
  a.pad_top = a.pad_left = number_between(0, a.kernel_h / 2);
  a.pad_bottom = a.pad_right = a.pad_top;
  a.x_height = number_between(5, 7);
  a.x_width = number_between(5, 19);
  a.width = (a.x_width + 2 * a.pad_left - a.kernel_w) / a.stride_w + 1;
  const int32_t height = (a.x_height + 2 * a.pad_top - a.kernel_h) / a.stride_h + 1;
  a.x_pixel = a.channels + number_between(0, 3);
  a.y_pixel = a.channels + number_between(0, 3);
  const int64_t x_pitch = (int64_t)a.x_width * a.x_pixel, y_pitch = (int64_t)a.width * a.y_pixel;
  uint8_t *x = borrow(x_pitch * a.x_height, READ_SLACK);
  uint8_t *found = borrow(y_pitch * height, 0), *twin = borrow(y_pitch * height, 0);
  if (!x || !found || !twin) return;
  memset(found, 170, (size_t)(y_pitch * height));
  memset(twin, 170, (size_t)(y_pitch * height));
  a.operand[1] = view_of(x, x_pitch);
  a.operand[0] = view_of(found, y_pitch);
  ock_q8(tier)->pool(&a, 0, height, &all_memory);
  a.operand[0] = view_of(twin, y_pitch);
  ock_q8(OCK_ISA_SCALAR)->pool(&a, 0, height, &all_memory);
  expect_same(found, twin, y_pitch * height, tier, "q8 pool", round);
}

static void test_resize(ock_isa_tier tier, int32_t round) {
  ock_resize_args a = {.height = number_between(1, 5), .width = number_between(1, 9),
                       .channels = number_between(1, 70), .linear = number_between(0, 1)};
  const int32_t x_height = number_between(1, 5), x_width = number_between(1, 9);
  a.x_pixel = a.channels + number_between(0, 3);
  a.y_pixel = a.channels + number_between(0, 3);
  int32_t *tables = (int32_t *)borrow((3 * a.height + 3 * a.width) * 4, READ_SLACK);
  uint8_t *x = borrow((int64_t)x_height * x_width * a.x_pixel, READ_SLACK);
  const int64_t y_pitch = (int64_t)a.width * a.y_pixel;
  uint8_t *found = borrow(y_pitch * a.height, 0), *twin = borrow(y_pitch * a.height, 0);
  if (!tables || !x || !found || !twin) return;
  int32_t *at = tables;
  for (int axis = 0; axis < 2; axis++) {
    const int32_t size = axis ? a.width : a.height, most = (axis ? x_width : x_height) - 1;
    for (int32_t i = 0; i < 2 * size; i++) *at++ = number_between(0, most);
    for (int32_t i = 0; i < size; i++) {
      const float weight = (next_real() + 1) / 2;
      memcpy(at++, &weight, 4);
    }
  }
  memset(found, 170, (size_t)(y_pitch * a.height));
  memset(twin, 170, (size_t)(y_pitch * a.height));
  a.operand[1] = view_of(x, (int64_t)x_width * a.x_pixel);
  a.operand[2] = view_of(tables, 0);
  a.operand[0] = view_of(found, y_pitch);
  ock_q8(tier)->resize(&a, 0, a.height, &all_memory);
  a.operand[0] = view_of(twin, y_pitch);
  ock_q8(OCK_ISA_SCALAR)->resize(&a, 0, a.height, &all_memory);
  expect_same(found, twin, y_pitch * a.height, tier, "q8 resize", round);
}

void test_q8_others(ock_isa_tier tier) {
  for (int32_t round = 0; round < 60; round++) {
    seed_numbers((uint32_t)round + 1000);
    return_memory();
    test_map(tier, round);
    return_memory();
    test_pool(tier, round);
    return_memory();
    test_resize(tier, round);
  }
}
