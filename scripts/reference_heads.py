"""Detectors' heads in NumPy, for compare-detections: outputs in, boxes and class scores out."""
import sys

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def grid(width, height, stride):
    """Column and row of every cell, row by row."""
    rows, columns = np.mgrid[0 : -(-height // stride), 0 : -(-width // stride)]
    return columns.ravel().astype(np.float32), rows.ravel().astype(np.float32)


def centred(cx, cy, w, h):
    return np.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], axis=-1)


# Each decoder: outputs by name, width and height of the input, metadata -> boxes [N, 4] in pixels of
# the input, scores [N, classes].


def decode_distance(outputs, width, height, metadata):
    boxes, scores = [], []
    for output, stride in zip(outputs.values(), map(int, metadata["strides"].split(","))):
        planes = output[0].reshape(output.shape[1], -1)
        column, row = grid(width, height, stride)
        x, y = (column + 0.5) * stride, (row + 0.5) * stride
        left, top, right, bottom = np.exp(np.clip(planes[-4:], -4, 4.5)) * stride
        boxes.append(np.stack([x - left, y - top, x + right, y + bottom], axis=-1))
        scores.append(sigmoid(planes[:-4].T))
    return np.concatenate(boxes), np.concatenate(scores)


def decode_yolox(outputs, width, height, metadata):
    rows = next(iter(outputs.values()))[0]
    grids = [grid(width, height, s) for s in (8, 16, 32)]
    column, row = (np.concatenate([g[i] for g in grids]) for i in (0, 1))
    stride = np.repeat(np.float32([8, 16, 32]), [len(g[0]) for g in grids])
    size = np.exp(rows[:, 2:4]) * stride[:, None]
    boxes = centred(
        (rows[:, 0] + column) * stride, (rows[:, 1] + row) * stride, size[:, 0], size[:, 1])
    return boxes, rows[:, 4:5] * rows[:, 5:]


def decode_yolo_columns(outputs, width, height, metadata):
    columns = next(iter(outputs.values()))[0]
    return centred(*columns[:4]), columns[4:].T


def decode_yolo_rows(outputs, width, height, metadata):
    rows = next(iter(outputs.values()))[0]
    return centred(*rows[:, :4].T), rows[:, 4:5] * rows[:, 5:]


def decode_nanodet(outputs, width, height, metadata):
    boxes, scores = [], []
    for stride in (8, 16, 32):
        column, row = grid(width, height, stride)
        level = [o[0] for o in outputs.values() if o.shape[1] == len(column)]
        distance = next(o for o in level if o.shape[1] == 32).reshape(-1, 4, 8)
        weight = np.exp(distance - distance.max(axis=-1, keepdims=True))
        weight /= weight.sum(axis=-1, keepdims=True)
        d = (weight * np.arange(8, dtype=np.float32)).sum(axis=-1) * stride
        x, y = column * stride + (stride - 1) / 2, row * stride + (stride - 1) / 2
        boxes.append(np.stack([x - d[:, 0], y - d[:, 1], x + d[:, 2], y + d[:, 3]], axis=-1))
        scores.append(next(o for o in level if o.shape[1] != 32))
    return np.concatenate(boxes), np.concatenate(scores)


def decode_ultraface(outputs, width, height, metadata):
    boxes = outputs["boxes"][0] * np.float32([width, height, width, height])
    return boxes, outputs["scores"][0][:, 1:]


def decode_yunet(outputs, width, height, metadata):
    boxes, scores = [], []
    for stride in (8, 16, 32):
        column, row = grid(width, height, stride)
        part = {k: outputs[f"{k}_{stride}"][0] for k in ("cls", "obj", "bbox")}
        dx, dy, w, h = part["bbox"].T
        boxes.append(
            centred(
                (column + dx) * stride, (row + dy) * stride, np.exp(w) * stride, np.exp(h) * stride))
        scores.append(np.sqrt(np.clip(part["cls"], 0, 1) * np.clip(part["obj"], 0, 1)))
    return np.concatenate(boxes), np.concatenate(scores)


def decode_fastestdet(outputs, width, height, metadata):
    planes = next(iter(outputs.values()))[0]
    rows, columns = planes.shape[1:]
    planes = planes.reshape(len(planes), -1)
    column, row = grid(columns, rows, 1)
    boxes = centred(
        (column + np.tanh(planes[1])) / columns * width, (row + np.tanh(planes[2])) / rows * height,
        sigmoid(planes[3]) * width, sigmoid(planes[4]) * height)
    return boxes, (planes[0] ** 0.6 * planes[5:] ** 0.4).T


IMAGENET = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
# family: decoder, colour, mean, deviation, resize, grey of the padding, and the overlap that its own
# evaluation suppresses at
FAMILIES = {
    "distance": (decode_distance, "rgb", 0, 255, "top-left", 114, 0.6),
    "yolox": (decode_yolox, "bgr", 0, 1, "top-left", 114, 0.65),
    "yolo-columns": (decode_yolo_columns, "rgb", 0, 255, "center", 114, 0.7),
    "yolo-rows": (decode_yolo_rows, "rgb", 0, 255, "center", 114, 0.7),
    "nanodet": (decode_nanodet, "bgr", IMAGENET[0][::-1], IMAGENET[1][::-1], "center", 0, 0.6),
    "ultraface": (decode_ultraface, "rgb", 127, 128, "stretch", 0, 0.3),
    "yunet": (decode_yunet, "bgr", 0, 1, "top-left", 0, 0.3),
    "fastestdet": (decode_fastestdet, "bgr", 0, 255, "stretch", 0, 0.45),
}


def family_of(outputs, metadata):
    names = [o.name for o in outputs]
    shapes = [o.shape for o in outputs]
    if "strides" in metadata:
        return "distance"
    if "cls_8" in names:
        return "yunet"
    if sorted(names) == ["boxes", "scores"]:
        return "ultraface"
    if len(shapes) == 6 and sum(s[-1] == 32 for s in shapes) == 3:
        return "nanodet"
    if len(shapes) == 1 and len(shapes[0]) == 4:
        return "fastestdet"
    if len(shapes) == 1 and len(shapes[0]) == 3:
        return "yolo-columns" if shapes[0][1] < shapes[0][2] else "yolox"
    sys.exit(f"no family known for outputs {list(zip(names, shapes))}; give --family")
