"""Heads of models that are no detectors of boxes, in NumPy and OpenCV, for compare-findings.
Each takes outputs by name, width and height of the input, metadata."""
import cv2
import numpy as np


def softmax(values):
    weight = np.exp(values - values.max(axis=-1, keepdims=True))
    return weight / weight.sum(axis=-1, keepdims=True)


def classes(outputs, width, height, metadata):
    """Probabilities [C]; logits and logarithms become such."""
    values = np.float64(next(iter(outputs.values())).reshape(-1))
    is_normal = values.min() >= 0 and abs(values.sum() - 1) < 0.02
    return values if is_normal else softmax(values)


def embedding(outputs, width, height, metadata):
    vector = np.float64(next(iter(outputs.values()))[0])
    return vector / np.linalg.norm(vector)


def pixels(outputs, width, height, metadata):
    """The best class [rows, columns] of channels that come last."""
    return next(iter(outputs.values()))[0].argmax(axis=-1)


def text(outputs, width, height, metadata):
    """CTC's best path: symbols, and the classes of the whole line where there are some."""
    first, *more = outputs.values()
    steps = first.reshape(-1, first.shape[-1])
    best = steps.argmax(axis=-1)
    changed = np.append(True, best[1:] != best[:-1])
    return best[changed & (best != 0)].tolist(), [softmax(v[0]) for v in more]


def regions(outputs, width, height, metadata):
    """DB: rectangles around islands above 0.3 whose mean is 0.6 at least, unclipped by 1.5.
    [(score, corners [4, 2])] in pixels of the input, whose first is centred at (½, ½)."""
    chance = next(iter(outputs.values()))[0, 0]
    contours, _ = cv2.findContours(
        (chance > 0.3).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours[:1000]:
        (x, y), (w, h), angle = cv2.minAreaRect(contour)
        if min(w, h) < 3:
            continue
        corners = cv2.boxPoints(((x, y), (w, h), angle))
        inside = np.zeros(chance.shape, np.uint8)
        cv2.fillPoly(inside, [corners.astype(np.int32)], 1)
        score = chance[inside > 0].mean()
        grow = w * h * 1.5 / (w + h)  # twice area · ratio / perimeter
        if score < 0.6 or min(w, h) + grow < 5:
            continue
        found.append(
            (float(score), cv2.boxPoints(((x + 0.5, y + 0.5), (w + grow, h + grow), angle))))
    return found


def landmarks(outputs, width, height, metadata):
    """Score and points [N, 2] in pixels of the input. The first output of one number is a logit."""
    points, score = list(outputs.values())[:2]
    return (1 / (1 + np.exp(-np.float64(score).ravel()[0])),
            np.float64(points).reshape(-1, 3)[:, :2])


def lanes(outputs, width, height, metadata):
    """LSTR: [(score, curve)]; a curve gives x for y between its ends, all in pixels of the input."""
    scores = softmax(np.float64(outputs["pred_logits"][0]))[:, 1]
    found = []
    for score, c in zip(scores, np.float64(outputs["pred_curves"][0])):
        if score > 0.5:
            found.append((score, c))
    return found


def lane_at(curve, y):
    """x as a share of the width, where y is one of the height."""
    k, f, m, n, b1, b2 = curve[2:]
    return k / (y - f) ** 2 + m / (y - f) + n + b1 * y - b2
