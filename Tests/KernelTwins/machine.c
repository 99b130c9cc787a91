// What the kernels' tests need of a machine without an operating system.
#include "machine.h"

#include <stddef.h>
#include <stdint.h>

static inline void out8(uint16_t port, uint8_t value) {
  __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

void put_character(char c) { out8(0xE9, (uint8_t)c); }

// Bochs ends when port 0x8900 is told so.
_Noreturn void leave(int code) {
  (void)code;
  for (const char *p = "Shutdown"; *p; p++) out8(0x8900, (uint8_t)*p);
  for (;;) __asm__ volatile("hlt");
}

void fault(uint64_t vector, uint64_t first, uint64_t second, uint64_t address) {
  say("FAULT %d at %x %x, address %x\n", (int)vector, (unsigned)first, (unsigned)second,
      (unsigned)address);
  leave(1);
}

void start(void) {
  leave(run_tests());
}

// 15 pages of every 16 exist.
uint8_t *guarded_block(int index) { return (uint8_t *)(uintptr_t)((64u << 20) + ((uint32_t)index << 16)); }

char *getenv(const char *name) {
  (void)name;
  return NULL;
}

long sysconf(int name) {
  (void)name;
  return -1;
}

void *memcpy(void *to, const void *from, size_t n) {
  void *begin = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n)::"memory");
  return begin;
}

void *memset(void *to, int value, size_t n) {
  void *begin = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
  return begin;
}

int memcmp(const void *a, const void *b, size_t n) {
  const uint8_t *p = a, *q = b;
  for (size_t i = 0; i < n; i++)
    if (p[i] != q[i]) return p[i] - q[i];
  return 0;
}

int strcmp(const char *a, const char *b) {
  for (; *a && *a == *b; a++, b++) {}
  return (uint8_t)*a - (uint8_t)*b;
}

// What the kernels ask of a library.
__attribute__((target("fma"))) float fmaf(float a, float b, float c) {
  return __builtin_ia32_vfmaddss3((float __attribute__((vector_size(16)))){a},
                                  (float __attribute__((vector_size(16)))){b},
                                  (float __attribute__((vector_size(16)))){c})[0];
}

// OpenBLAS is the same for every tier: products of matrices are not tested here.
void ock_sgemm(int32_t m, int32_t n, int32_t k, const float *a, int32_t lda, const float *b,
               int32_t ldb, float *c, int32_t ldc) {
  (void)m, (void)n, (void)k, (void)a, (void)lda, (void)b, (void)ldb, (void)c, (void)ldc;
}
