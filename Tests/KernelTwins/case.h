// What all tests of twins share: numbers, memory that ends where it must not be passed, comparison.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "machine.h"
#include "ocelli_isa.h"
#include "ocelli_plan.h"

// The same numbers in every run.
void seed_numbers(uint32_t seed);
uint32_t next_number(void);
// low ≤ n ≤ high.
int32_t number_between(int32_t low, int32_t high);
float next_real(void);  // −1 ≤ x < 1

enum { READ_SLACK = 64 };  // bytes behind a tensor that a kernel may read

// Memory whose last byte (and `slack` behind it) is followed by a page that is not there. It is lent until
// `return_memory`. NULL where it is too large: the case is passed over.
uint8_t *borrow(int64_t bytes, int32_t slack);
void return_memory(void);

// Memory as offsets from bases, which are all alike: nothing is ever counted from a null pointer.
enum { BASE = 4096 };
extern const ock_bases all_memory;
int64_t offset_of_memory(const void *p);

// A view of a whole tensor whose row 0 stands at p.
ock_view view_of(const void *p, int64_t pitch);
ock_view no_view(void);

// Counts a difference and tells of the first ones. `what`: kernel and case.
void expect_same(const void *found, const void *expected, int64_t bytes, ock_isa_tier tier,
                 const char *what, int32_t round);
int failures(void);
int cases(void);

void test_q8_convolutions(ock_isa_tier tier);
void test_q8_others(ock_isa_tier tier);
void test_f32_convolutions(ock_isa_tier tier);
void test_f32_others(ock_isa_tier tier);
