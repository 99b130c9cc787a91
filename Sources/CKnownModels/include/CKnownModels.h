#pragma once
#include <stddef.h>

/// How many files of config/models/ are embedded.
size_t ocelli_known_models(void);
/// The name of the file, and its bytes, which are constant and never freed. `index` is below the count.
const char *ocelli_known_model_name(size_t index);
const unsigned char *ocelli_known_model(size_t index);
/// Units: bytes.
size_t ocelli_known_model_size(size_t index);
