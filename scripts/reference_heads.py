"""Detectors' heads in NumPy: outputs in, boxes and class scores out. And what each family of models
wants of its pictures. Written down from the families' own definitions, not from Ocelli's heads."""
import sys

import numpy as np

import reference_tasks as tasks


def sigmoid(x):
    return 1 / (1 + np.exp(-np.clip(x, -80, 80)))


def grid(width, height, stride):
    """Column and row of every cell, row by row."""
    rows, columns = np.mgrid[0 : -(-height // stride), 0 : -(-width // stride)]
    return columns.ravel().astype(np.float32), rows.ravel().astype(np.float32)


def centred(cx, cy, w, h):
    return np.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], axis=-1)


# Each decoder: outputs by name, width and height of the input, metadata -> boxes [N, 4] in pixels of
# the input, scores [N, classes], and where there is more a dict: "keypoints" [N, K, 2 or 3] in the same
# pixels; "coefficients" [N, C] and "prototypes" [C, rows, columns].


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


def decode_shares(outputs, width, height, metadata):
    """Columns of a converted TFLite file: places are shares, and one step serves all numbers."""
    boxes, scores = decode_yolo_columns(outputs, width, height, metadata)
    return boxes * np.float32([width, height, width, height]), scores


def decode_pose(outputs, width, height, metadata):
    """Boxes are shares, key points pixels: a converted TFLite file of YOLOv8-pose."""
    columns = next(iter(outputs.values()))[0]
    boxes = centred(*columns[:4]) * np.float32([width, height, width, height])
    return boxes, columns[4:5].T, {"keypoints": columns[5:].T.reshape(-1, 17, 3)}


def decode_plate(outputs, width, height, metadata):
    """YOLOv5-face's rows: box, objectness, four corners, classes."""
    rows = next(iter(outputs.values()))[0]
    return (centred(*rows[:, :4].T), rows[:, 4:5] * rows[:, 13:],
            {"keypoints": rows[:, 5:13].reshape(-1, 4, 2)})


def one_hot(classes, scores, count):
    return (np.arange(count) == classes[:, None].astype(int)) * scores[:, None]


def decode_finished_masks(outputs, width, height, metadata):
    """YOLO's rows after the graph's own suppression: corners, score, class, mask coefficients."""
    rows, prototypes = outputs.values()
    rows = rows[0][rows[0][:, 4] > 0]
    return (rows[:, :4] * np.float32([width, height, width, height]),
            one_hot(rows[:, 5], rows[:, 4], 80),
            {"coefficients": rows[:, 6:], "prototypes": prototypes[0].transpose(2, 0, 1)})


def decode_tflite(outputs, width, height, metadata):
    """TFLite_Detection_PostProcess: boxes (y, x, y, x, shares), classes, scores, count."""
    boxes, classes, scores, count = outputs.values()
    count = int(count.ravel()[0])
    boxes = boxes[0][:count, [1, 0, 3, 2]] * np.float32([width, height, width, height])
    return boxes, one_hot(classes[0][:count], scores[0][:count], 2)


def decode_selected(outputs, width, height, metadata):
    """RT-DETR with its selection in the graph: scores, labels, corners."""
    boxes = outputs["boxes"][0]
    if boxes.max() <= 2:
        boxes = boxes * np.float32([width, height, width, height])
    return boxes, one_hot(outputs["labels"][0], outputs["scores"][0], 80)


def decode_scrfd(outputs, width, height, metadata):
    boxes, scores, points = [], [], []
    for stride in (8, 16, 32):
        column, row = (np.repeat(v, 2) * stride for v in grid(width, height, stride))
        corner = np.stack([column, row], axis=-1)
        distance = outputs[f"bbox_{stride}"][0] * stride
        boxes.append(np.concatenate([corner - distance[:, :2], corner + distance[:, 2:]], axis=-1))
        scores.append(outputs[f"score_{stride}"][0])
        points.append(corner[:, None] + outputs[f"kps_{stride}"][0].reshape(-1, 5, 2) * stride)
    return np.concatenate(boxes), np.concatenate(scores), {"keypoints": np.concatenate(points)}


def decode_mediapipe(outputs, width, height, metadata):
    """Anchors of one size in the cells' centres, two for each layer; three layers share stride 16."""
    rows, logits = (v[0] for v in outputs.values())
    centres = []
    for stride, anchors in ((8, 2), (16, 6)):
        column, row = grid(width, height, stride)
        centres.append(np.repeat(np.stack([column + 0.5, row + 0.5], -1) * stride, anchors, axis=0))
    centres = np.concatenate(centres)
    boxes = centred(*(rows[:, :2] + centres).T, *rows[:, 2:4].T)
    points = rows[:, 4:].reshape(len(rows), -1, 2) + centres[:, None]
    return boxes, sigmoid(np.clip(logits, -100, 100)), {"keypoints": points}


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
    boxes, scores, points = [], [], []
    for stride in (8, 16, 32):
        column, row = grid(width, height, stride)
        part = {k: outputs[f"{k}_{stride}"][0] for k in ("cls", "obj", "bbox", "kps")}
        dx, dy, w, h = part["bbox"].T
        boxes.append(
            centred(
                (column + dx) * stride, (row + dy) * stride, np.exp(w) * stride, np.exp(h) * stride))
        scores.append(np.sqrt(np.clip(part["cls"], 0, 1) * np.clip(part["obj"], 0, 1)))
        cell = np.stack([column, row], axis=-1)[:, None]
        points.append((part["kps"].reshape(-1, 5, 2) + cell) * stride)
    return np.concatenate(boxes), np.concatenate(scores), {"keypoints": np.concatenate(points)}


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
    "yolo-int8": (decode_shares, "rgb", 0, 255, "center", 114, 0.7),
    "yolo-pose": (decode_pose, "rgb", 0, 255, "center", 114, 0.7),
    "yolo-finished-masks": (decode_finished_masks, "rgb", 0, 255, "center", 114, 1),
    "plate": (decode_plate, "rgb", 0, 255, "center", 114, 0.5),
    "nanodet": (decode_nanodet, "bgr", IMAGENET[0][::-1], IMAGENET[1][::-1], "center", 0, 0.6),
    "ultraface": (decode_ultraface, "rgb", 127, 128, "stretch", 0, 0.3),
    "yunet": (decode_yunet, "bgr", 0, 1, "top-left", 0, 0.3),
    "scrfd": (decode_scrfd, "rgb", 127.5, 128, "top-left", 0, 0.4),
    "blazeface": (decode_mediapipe, "rgb", 127.5, 127.5, "center", 0, 0.3),
    "palm": (decode_mediapipe, "rgb", 0, 255, "center", 0, 0.3),
    "fastestdet": (decode_fastestdet, "bgr", 0, 255, "stretch", 0, 0.45),
    "tflite-ssd": (decode_tflite, "rgb", 0, 1, "stretch", 0, 1),
    "rtdetr": (decode_selected, "rgb", 0, 255, "stretch", 0, 1),
    # Not detectors: reference_tasks.py
    "imagenet": (tasks.classes, "rgb", *IMAGENET, "crop", 0, None),
    "imagenet-whole": (tasks.classes, "rgb", *IMAGENET, "stretch", 0, None),
    "visual-wake-words": (tasks.classes, "grey", 128, 1, "stretch", 0, None),
    "textline": (tasks.classes, "bgr", 127.5, 127.5, "line", 127.5, None),
    "person-embedding": (tasks.embedding, "rgb", *IMAGENET, "stretch", 0, None),
    "deeplab": (tasks.pixels, "rgb", 127.5, 127.5, "stretch", 0, None),
    "plate-text": (tasks.text, "bgr", 149.94, 49.215, "stretch", 0, None),
    "crnn": (tasks.text, "grey", 127.5, 127.5, "stretch", 0, None),
    "db": (tasks.regions, "bgr", *IMAGENET, "top-left", 0, None),
    "face-mesh": (tasks.landmarks, "rgb", 0, 255, "stretch", 0, None),
    "lstr": (tasks.lanes, "bgr", *IMAGENET, "stretch", 0, None),
}


def family_of(session):
    """The family of a detector, by names and shapes alone."""
    outputs = session.get_outputs()
    metadata = session.get_modelmeta().custom_metadata_map
    names = [o.name for o in outputs]
    shapes = [o.shape for o in outputs]
    if "strides" in metadata:
        return "distance"
    if "cls_8" in names:
        return "yunet"
    if "score_8" in names:
        return "scrfd"
    if sorted(names) == ["boxes", "scores"]:
        return "ultraface"
    if names[0].startswith("TFLite_Detection"):
        return "tflite-ssd"
    if len(shapes) == 6 and sum(s[-1] == 32 for s in shapes) == 3:
        return "nanodet"
    if len(shapes) == 1 and len(shapes[0]) == 4:
        return "fastestdet"
    if len(shapes) == 1 and len(shapes[0]) == 3:
        return "yolo-columns" if shapes[0][1] < shapes[0][2] else "yolox"
    sys.exit(f"no family known for outputs {list(zip(names, shapes))}; give --family")
