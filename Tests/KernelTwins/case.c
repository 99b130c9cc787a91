#include "case.h"

static uint32_t state = 1;
static int lent, failed, compared;
const ock_bases all_memory = {{(uint8_t *)BASE, (uint8_t *)BASE, (uint8_t *)BASE}};

void seed_numbers(uint32_t seed) { state = seed * 2654435761u | 1; }

uint32_t next_number(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

int32_t number_between(int32_t low, int32_t high) {
  return low + (int32_t)(next_number() % (uint32_t)(high - low + 1));
}

float next_real(void) { return (float)(next_number() >> 8) / 8388608.0f - 1.0f; }

uint8_t *borrow(int64_t bytes, int32_t slack) {
  const int64_t size = bytes + slack;
  if (size > BLOCK_BYTES || lent == BLOCKS) return NULL;
  uint8_t *p = guarded_block(lent++) + BLOCK_BYTES - size;
  for (int64_t i = 0; i < size; i++) p[i] = (uint8_t)(next_number() >> 9);
  return p;
}

void return_memory(void) { lent = 0; }

int64_t offset_of_memory(const void *p) { return (int64_t)(intptr_t)p - BASE; }

ock_view view_of(const void *p, int64_t pitch) {
  return (ock_view){.offset = offset_of_memory(p), .pitch = pitch};
}

ock_view no_view(void) { return (ock_view){.space = -1}; }

void expect_same(const void *found, const void *expected, int64_t bytes, ock_isa_tier tier,
                 const char *what, int32_t round) {
  compared++;
  if (memcmp(found, expected, (size_t)bytes) == 0) return;
  if (failed++ >= 20) return;
  int64_t at = 0;
  const uint8_t *f = found, *e = expected;
  while (f[at] == e[at]) at++;
  say("DIFFERENT %s %s, round %d: byte %d of %d is %d, not %d\n", ock_isa_name(tier), what, round,
      (int)at, (int)bytes, f[at], e[at]);
}

int failures(void) { return failed; }
int cases(void) { return compared; }

int run_tests(void) {
  say("best: %s\n", ock_isa_name(ock_isa_best()));
  for (ock_isa_tier tier = OCK_ISA_SCALAR; tier < OCK_ISA_TIER_COUNT; tier++) {
    if (!ock_isa_has(tier)) {
      say("%s: not here\n", ock_isa_name(tier));
      continue;
    }
    const int failed_before = failed, compared_before = compared;
    test_q8_convolutions(tier);
    test_q8_others(tier);
    test_f32_convolutions(tier);
    test_f32_others(tier);
    say("%s: %d cases, %d different\n", ock_isa_name(tier), compared - compared_before,
        failed - failed_before);
  }
  say(failed ? "FAILED\n" : "ALL THE SAME\n");
  return failed;
}
