"""What a picture's labels say: positives, soft positives by a teacher, and places to leave out.

A box is a float32 row `x0, y0, x1, y1, class, quality`. Quality 1 is a person's label, a fraction
a teacher's, as the probability that such a box is right, and 0 marks a place where nothing counts
as a false alarm (class -1: of any class).
"""
import numpy as np

import model

IDS = {name: number for number, name in enumerate(model.NAMES)}
LIKELY = 0.5  # a teacher's box of a labelled class, at least this certain, is a label missed
FLOOR = 0.1  # below this precision a teacher's box is no target; it only stops negatives
BINS = np.linspace(0.05, 1.0, 13)


def overlap(a, b):
    """Intersection over union of every box of `a` with every box of `b`."""
    if not len(a) or not len(b):
        return np.zeros((len(a), len(b)), np.float32)
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    common = np.clip(high - low, 0, None).prod(-1)
    area = [(boxes[:, 2:4] - boxes[:, :2]).prod(1) for boxes in (a, b)]
    return common / (area[0][:, None] + area[1][None] - common + 1e-9)


def human(row):
    """The boxes that people drew."""
    return np.array([[*box[1:5], IDS[box[0]], 1.0] for box in row["boxes"]],
                    np.float32).reshape(-1, 6)


def calibration(rows):
    """How often a teacher's box is right, by class and score.

    Measured where people labelled the class: a box is right if it overlaps a label not yet taken
    by half. Gives, for every class, precision at the centres of `BINS`, never falling.
    """
    right, seen = np.zeros((len(IDS), len(BINS) - 1)), np.zeros((len(IDS), len(BINS) - 1))
    for row in rows:
        labelled = {IDS[name] for name in row["labelled"]}
        boxes = human(row)
        ignored = np.array([box[:4] for box in row["ignore"]], np.float32).reshape(-1, 4)
        taken = set()
        for name, *corners, score in sorted(row["teacher"] or [], key=lambda box: -box[5]):
            if IDS[name] not in labelled or len(ignored) and inside(corners, ignored):
                continue
            same = np.flatnonzero(boxes[:, 4] == IDS[name])
            q = overlap(np.array([corners], np.float32), boxes[same])[0]
            free = [(v, i) for v, i in zip(q, same) if v >= 0.5 and i not in taken]
            column = min(max(int(np.searchsorted(BINS, score, "right")) - 1, 0), len(BINS) - 2)
            seen[IDS[name], column] += 1
            if free:
                taken.add(max(free)[1])
                right[IDS[name], column] += 1
    # Where little was seen a class leans to the others together, and these to the score itself.
    centres = (BINS[1:] + BINS[:-1]) / 2
    prior = (right.sum(0) + 10 * centres) / (seen.sum(0) + 10)
    return np.maximum.accumulate((right + 10 * prior) / (seen + 10), axis=1)


def inside(corners, ignored):
    """Whether half of a box lies in one ignored place."""
    x0, y0, x1, y1 = corners
    width = np.clip(np.minimum(x1, ignored[:, 2]) - np.maximum(x0, ignored[:, 0]), 0, None)
    height = np.clip(np.minimum(y1, ignored[:, 3]) - np.maximum(y0, ignored[:, 1]), 0, None)
    return (width * height).max() > 0.5 * (x1 - x0) * (y1 - y0)


def merge(row, precision):
    """The boxes to train a picture on.

    A class that `labelled` lists has the labels of people alone; where a teacher is certain of
    another, nothing is counted. Every other class has labels (they may be there without being all)
    and the teacher's boxes as soft positives. That no box is there says nothing about such a class
    unless the teacher has looked: it is asked for boxes of very little certainty, and where it has
    none of these a negative counts. Without a teacher no negative counts.
    """
    labelled = {IDS[name] for name in row["labelled"]}
    boxes = human(row)
    out = boxes.tolist() + [[*box[:4], -1, 0.0] for box in row["ignore"]]
    if row["teacher"] is None:
        unknown = set(IDS.values()) - labelled
        out += [[0, 0, row["w"], row["h"], number, 0.0] for number in sorted(unknown)]
        return np.array(out, np.float32).reshape(-1, 6)
    centres = (BINS[1:] + BINS[:-1]) / 2
    for name, *corners, score in row["teacher"]:
        number = IDS[name]
        q = overlap(np.array([corners], np.float32), boxes)[0]
        same = q[boxes[:, 4] == number]
        if len(same) and same.max() > 0.45:
            continue  # it is labelled
        other = len(q) and q.max() > 0.6
        if number in labelled:
            if score >= LIKELY and not (len(q) and q.max() > 0.3):
                out.append([*corners, number, 0.0])
            continue
        quality = float(np.interp(score, centres, precision[number]))
        # Where people say that this is something else, the teacher is not believed.
        out.append([*corners, number, 0.0 if other or quality < FLOOR else quality])
    return np.array(out, np.float32).reshape(-1, 6)
