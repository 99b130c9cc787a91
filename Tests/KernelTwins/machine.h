// What the tests ask of what they run on: a machine of its own (machine.c) or a hosted program (hosted.c).
#pragma once
#include <stdint.h>

// A block of BLOCK_BYTES readable bytes with a page behind it that is not there.
enum { BLOCKS = 256, BLOCK_BYTES = 15 * 4096 };
uint8_t *guarded_block(int index);

void put_character(char c);

// Knows %s, %d and %x.
void say(const char *format, ...);

// Returns how many tests failed.
int run_tests(void);
