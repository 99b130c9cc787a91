// The tests as a program of the system that they are built on.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "machine.h"

uint8_t *guarded_block(int index) {
  static uint8_t *blocks[BLOCKS];
  if (!blocks[index]) {
    const size_t page = 4096;
    uint8_t *p = mmap(NULL, BLOCK_BYTES + page, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect(p + BLOCK_BYTES, page, PROT_NONE) != 0) abort();
    blocks[index] = p;
  }
  return blocks[index];
}

void put_character(char c) { putchar(c); }

int main(void) { return run_tests() != 0; }
