// What a core multiplies at most, measured: the yardstick of profiles.
#pragma once
#include "ocelli_isa.h"

// Multiplications with addition a nanosecond of one core, on registers alone: the best of some passes of
// about a millisecond. Floats by fused multiply-add; bytes as exact products of 16-bit pairs.
double ock_peak_f32(ock_isa_tier tier);
double ock_peak_q8(ock_isa_tier tier);
