#pragma once
#include <stddef.h>

/// The embedded detector: an ONNX file, byte for byte. It is constant and never freed.
const unsigned char *ocelli_built_in_model(void);
/// Its size. Units: bytes.
size_t ocelli_built_in_model_size(void);
