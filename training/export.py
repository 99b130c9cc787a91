#!/usr/bin/env python3
"""Writes a checkpoint's averaged weights as a float ONNX file for one input size."""
import argparse
import hashlib
import json
import pathlib

import onnx
import torch

import model

METADATA = {
    "task": "detect",
    "names": json.dumps(model.NAMES),
    "input": "RGB, 0..1 (value / 255), letterboxed top left, padded with 114",
    "head": "per level logits[6] then left,top,right,bottom distances: exp(clamp(x,-4,4.5)) * "
            "stride from the cell's centre",
    "strides": "8,16,32",
    "licence": "Apache-2.0 (weights)",
    "author": "Ocelli",
}


def describe(path):
    """Puts the metadata into a file, which the program reads to know head and preprocessing."""
    proto = onnx.load(path)
    del proto.metadata_props[:]
    for key, value in METADATA.items():
        entry = proto.metadata_props.add()
        entry.key, entry.value = key, value
    proto.producer_name = "ocelli"
    onnx.checker.check_model(proto)
    onnx.save(proto, path)
    data = pathlib.Path(path).read_bytes()
    return f"{path}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}"


def export(checkpoint, path, width, height):
    network, _ = model.load(checkpoint)
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(network, torch.zeros(1, 3, height, width), str(path), dynamo=False,
                      opset_version=17, input_names=["image"], output_names=["p3", "p4", "p5"])
    return describe(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint")
    parser.add_argument("out", help="the file to write")
    parser.add_argument("--size", default="384x224", help="input size (default: %(default)s)")
    options = parser.parse_args()
    print(export(options.checkpoint, options.out, *model.size(options.size)))


if __name__ == "__main__":
    main()
