#pragma once
#include "ocelli_picture.h"
