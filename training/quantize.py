#!/usr/bin/env python3
"""Writes a float ONNX file as static int8: u8 activations, s8 weights a channel, QDQ.

Ranges are the smallest and largest values over letterboxed training pictures. No picture is used
whose labels are counted afterwards.
"""
import argparse
import pathlib
import tempfile

import cv2
import numpy as np
import onnx
from onnxruntime.quantization import (CalibrationDataReader, QuantFormat, QuantType,
                                      quantize_static)
from onnxruntime.quantization.shape_inference import quant_pre_process

import pack
from data import letterbox
from export import describe


class Inputs(CalibrationDataReader):
    """Every so manieth training picture, as the network gets it."""

    def __init__(self, packs, count, width, height):
        rows = sum(1 for _ in pack.read(packs, "train"))
        chosen = set(np.linspace(0, rows - 1, min(count, rows)).astype(int).tolist())
        self.data = (data for i, (data, _) in enumerate(pack.read(packs, "train")) if i in chosen)
        self.size = width, height

    def get_next(self):
        data = next(self.data, None)
        if data is None:
            return None
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        picture = letterbox(picture, *self.size)[0]
        return {"image": picture.transpose(2, 0, 1)[None].astype(np.float32) / 255}


def quantize(source, path, packs, count=200):
    shape = onnx.load(source).graph.input[0].type.tensor_type.shape.dim
    height, width = shape[2].dim_value, shape[3].dim_value
    with tempfile.TemporaryDirectory() as folder:
        prepared = str(pathlib.Path(folder) / "prepared.onnx")
        quant_pre_process(str(source), prepared, skip_symbolic_shape=True)
        quantize_static(prepared, str(path), Inputs(packs, count, width, height),
                        quant_format=QuantFormat.QDQ, per_channel=True,
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    return describe(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", help="a float ONNX file (training/export.py)")
    parser.add_argument("out", help="the file to write")
    parser.add_argument("--packs", required=True, help="folder of packs, for the ranges")
    parser.add_argument("--pictures", type=int, default=200, help="default: %(default)s")
    options = parser.parse_args()
    print(quantize(options.model, options.out, options.packs, options.pictures))


if __name__ == "__main__":
    main()
