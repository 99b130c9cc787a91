#include "CBuiltInModel.h"

// C23's #embed: clang takes the file's bytes as they are, without a list of numbers to parse, and
// names the file among the object's dependencies, so that a changed model is embedded again.
static const unsigned char model[] = {
#embed "ocelli_draft_384x224_int8.onnx"
};

const unsigned char *ocelli_built_in_model(void) { return model; }
size_t ocelli_built_in_model_size(void) { return sizeof model; }
