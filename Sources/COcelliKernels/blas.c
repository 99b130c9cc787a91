#include "ocelli_blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "ocelli_isa.h"

typedef void (*sgemm_fn)(int order, int ta, int tb, int m, int n, int k, float alpha,
                         const float *a, int lda, const float *b, int ldb, float beta, float *c,
                         int ldc);

static sgemm_fn sgemm;
static const char *description;

// OpenBLAS reads its environment in its constructor, so it is loaded here and not linked. A release
// older than the processor takes the wrong core (a Zen 5 for a Haswell: half the speed).
static void load(void) {
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
  if (ock_isa_has(OCK_ISA_AVX512)) setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  sgemm = (sgemm_fn)dlsym(library, "cblas_sgemm");
  void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
  if (set_threads) set_threads(1);
  char *(*config)(void) = (char *(*)(void))dlsym(library, "openblas_get_config");
  description = config ? config() : "OpenBLAS";
}

static void load_once(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
}

const char *ock_blas_description(void) {
  load_once();
  return sgemm ? description : NULL;
}

void ock_sgemm(int32_t m, int32_t n, int32_t k, const float *a, int32_t lda, const float *b,
               int32_t ldb, float *c, int32_t ldc) {
  load_once();
  if (sgemm) {
    sgemm(101, 111, 111, m, n, k, 1, a, lda, b, ldb, 0, c, ldc);
    return;
  }
  for (int32_t i = 0; i < m; i++) {
    float *row = c + (int64_t)i * ldc;
    for (int32_t j = 0; j < n; j++) row[j] = 0;
    for (int32_t p = 0; p < k; p++) {
      float x = a[(int64_t)i * lda + p];
      const float *y = b + (int64_t)p * ldb;
      for (int32_t j = 0; j < n; j++) row[j] += x * y[j];
    }
  }
}
