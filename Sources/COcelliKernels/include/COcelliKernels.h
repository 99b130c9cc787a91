// The kernels of Ocelli: the form of a plan and its run loop, row kernels, pictures into tensors.
#pragma once
#include "ocelli_blas.h"
#include "ocelli_f32.h"
#include "ocelli_isa.h"
#include "ocelli_peak.h"
#include "ocelli_picture.h"
#include "ocelli_plan.h"
#include "ocelli_q8.h"
#include "ocelli_window.h"
