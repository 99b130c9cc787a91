#!/usr/bin/env python3
"""Finds objects in the validation packs without the program: for machines that lack it.

Writes lines as `ocelli analyze` does, as far as `evaluate.py --lines` reads them. Takes a
checkpoint or an ONNX file of this detector.
"""
import argparse
import json
import sys

import cv2
import numpy as np
import torch

import model
import pack
from data import letterbox
from labels import overlap
from losses import CLASSES, Cells, flat


def network(path, width, height):
    """A function from one RGB picture to the flat answers, and the input's size."""
    if path.endswith(".onnx"):
        import onnxruntime

        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        height, width = session.get_inputs()[0].shape[2:]

        def run(x):
            return [torch.from_numpy(o) for o in session.run(None, {"image": x.numpy()})]
    else:
        run, _ = model.load(path)

    def answer(picture):
        x = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            return flat(run(x))[0]

    return answer, width, height


def found(answers, cells, threshold=0.01, limit=0.6, most=300):
    """Class, probability and box of what is left after suppression, class by class."""
    scores = answers[:, :CLASSES].sigmoid().numpy()
    boxes = cells.boxes(answers[:, CLASSES:]).numpy()
    for number in range(CLASSES):
        order = np.flatnonzero(scores[:, number] >= threshold)
        order = order[np.argsort(-scores[order, number], kind="stable")][:most]
        while len(order):
            yield number, float(scores[order[0], number]), boxes[order[0]]
            order = order[1:][overlap(boxes[order[:1]], boxes[order[1:]])[0] <= limit]


def lines(path, packs, width, height, part="val"):
    answer, width, height = network(path, width, height)
    cells = Cells(width, height)
    for number, (data, row) in enumerate(pack.read(packs, part), 1):
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        fitted, kx, ky = letterbox(picture, width, height)
        objects = []
        for index, score, box in found(answer(fitted), cells):
            box = np.clip(box / [kx, ky, kx, ky], 0, [row["w"], row["h"]] * 2)
            objects.append({"class_id": index, "label": model.NAMES[index],
                            "confidence": round(score, 4), "box": [round(float(v), 1) for v in box]})
        yield json.dumps({"v": 1, "type": "frame", "stream": f"{number}", "objects": objects})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", help="a checkpoint (.pt) or an ONNX file")
    parser.add_argument("--packs", required=True)
    parser.add_argument("--size", default="384x224", help="of a checkpoint (default: %(default)s)")
    options = parser.parse_args()
    for line in lines(options.model, options.packs, *model.size(options.size)):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
