#pragma once
#include <stdbool.h>
#include <stdint.h>

// C = A·B, row-major. Shape: A [m, k], B [k, n], C [m, n]; leading dimensions in floats.
// OpenBLAS where it is installed, else a plain loop. One thread, and the same bits for the same call.
void ock_sgemm(int32_t m, int32_t n, int32_t k, const float *a, int32_t lda, const float *b,
               int32_t ldb, float *c, int32_t ldc);

// What stands behind ock_sgemm: OpenBLAS's own description, or NULL where it is not installed.
const char *ock_blas_description(void);
