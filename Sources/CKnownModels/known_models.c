#include "CKnownModels.h"

// Each entry of config/models/, byte for byte; a test holds this list against the folder.

static const unsigned char model_0[] = {
#embed "../../config/models/blazeface-short-128.yaml"
};
static const unsigned char model_1[] = {
#embed "../../config/models/deeplab-v3-257.yaml"
};
static const unsigned char model_2[] = {
#embed "../../config/models/face-mesh-256.yaml"
};
static const unsigned char model_3[] = {
#embed "../../config/models/fastestdet-352.yaml"
};
static const unsigned char model_4[] = {
#embed "../../config/models/mobilenetv2-224-dynamic.yaml"
};
static const unsigned char model_5[] = {
#embed "../../config/models/mobilenetv2-224-qoperator.yaml"
};
static const unsigned char model_6[] = {
#embed "../../config/models/mobilenetv2-224.yaml"
};
static const unsigned char model_7[] = {
#embed "../../config/models/palm-lite-192.yaml"
};
static const unsigned char model_8[] = {
#embed "../../config/models/person-detect-96.yaml"
};
static const unsigned char model_9[] = {
#embed "../../config/models/plate-detect-640.yaml"
};
static const unsigned char model_10[] = {
#embed "../../config/models/plate-rec-48x168.yaml"
};
static const unsigned char model_11[] = {
#embed "../../config/models/ppocr-v2-textline.yaml"
};
static const unsigned char model_12[] = {
#embed "../../config/models/ppocr-v3-det.yaml"
};
static const unsigned char model_13[] = {
#embed "../../config/models/ssd-fish-300.yaml"
};
static const unsigned char model_14[] = {
#embed "../../config/models/ultraface-rfb-320.yaml"
};
static const unsigned char model_15[] = {
#embed "../../config/models/yolox-nano-416.yaml"
};
static const unsigned char model_16[] = {
#embed "../../config/models/yunet-n.yaml"
};
static const unsigned char model_17[] = {
#embed "../../config/models/yunet-s-640.yaml"
};

static const struct {
  const char *name;
  const unsigned char *bytes;
  size_t size;
} entries[] = {
    {"blazeface-short-128.yaml", model_0, sizeof model_0},
    {"deeplab-v3-257.yaml", model_1, sizeof model_1},
    {"face-mesh-256.yaml", model_2, sizeof model_2},
    {"fastestdet-352.yaml", model_3, sizeof model_3},
    {"mobilenetv2-224-dynamic.yaml", model_4, sizeof model_4},
    {"mobilenetv2-224-qoperator.yaml", model_5, sizeof model_5},
    {"mobilenetv2-224.yaml", model_6, sizeof model_6},
    {"palm-lite-192.yaml", model_7, sizeof model_7},
    {"person-detect-96.yaml", model_8, sizeof model_8},
    {"plate-detect-640.yaml", model_9, sizeof model_9},
    {"plate-rec-48x168.yaml", model_10, sizeof model_10},
    {"ppocr-v2-textline.yaml", model_11, sizeof model_11},
    {"ppocr-v3-det.yaml", model_12, sizeof model_12},
    {"ssd-fish-300.yaml", model_13, sizeof model_13},
    {"ultraface-rfb-320.yaml", model_14, sizeof model_14},
    {"yolox-nano-416.yaml", model_15, sizeof model_15},
    {"yunet-n.yaml", model_16, sizeof model_16},
    {"yunet-s-640.yaml", model_17, sizeof model_17},
};

size_t ocelli_known_models(void) { return sizeof entries / sizeof entries[0]; }
const char *ocelli_known_model_name(size_t index) { return entries[index].name; }
const unsigned char *ocelli_known_model(size_t index) { return entries[index].bytes; }
size_t ocelli_known_model_size(size_t index) { return entries[index].size; }
