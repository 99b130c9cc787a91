"""A made-up data set, for tests and for machines that have no other."""
import json
import pathlib

import cv2
import numpy as np


def scene(random, width=320, height=192):
    """A made-up street: a background and a few upright people, cars and trucks, with their boxes."""
    sky = random.integers(60, 200, 3)
    picture = np.full((height, width, 3), sky, np.uint8)
    horizon = int(random.uniform(0.2, 0.5) * height)
    picture[horizon:] = random.integers(50, 150, 3)
    boxes = []
    for _ in range(int(random.integers(1, 6))):
        kind = str(random.choice(["person", "car", "truck"], p=[0.5, 0.3, 0.2]))
        h = int(random.uniform(0.15, 0.5) * height)
        w = max(6, int(h * {"person": 0.4, "car": 1.8, "truck": 1.3}[kind]))
        if w >= width - 2:
            continue
        x, y = int(random.integers(0, width - w)), int(random.integers(0, height - h))
        box = np.array([[x, y, x + w, y + h]], np.float32)
        if any((min(x + w, b[3]) > max(x, b[1])) and (min(y + h, b[4]) > max(y, b[2]))
               for b in boxes):
            continue
        colour_of = {"person": (200, 40, 40), "car": (40, 60, 200), "truck": (220, 200, 40)}[kind]
        ink = tuple(int(v) for v in np.clip(np.array(colour_of) + random.integers(-30, 30, 3), 0, 255))
        if kind == "person":
            cv2.ellipse(picture, (x + w // 2, y + h // 6), (w // 4, h // 6), 0, 0, 360, ink, -1)
            cv2.rectangle(picture, (x, y + h // 3), (x + w - 1, y + h - 1), ink, -1)
        else:
            cv2.rectangle(picture, (x, y), (x + w - 1, y + h - h // 5), ink, -1)
            for wheel in (x + w // 5, x + w - w // 5):
                cv2.circle(picture, (wheel, y + h - h // 5), h // 5, (20, 20, 20), -1)
        boxes.append([kind, *box[0].tolist()])
    return picture, boxes


def dataset(folder, pictures, seed=0):
    """Writes a folder of sets as `pack.py` reads it, with labels, a teacher's boxes and a split."""
    folder = pathlib.Path(folder)
    (folder / "shapes").mkdir(parents=True, exist_ok=True)
    rows, taught, split = [], [], {"train": [], "val": []}
    for number in range(pictures):
        random = np.random.default_rng([seed, number])
        picture, boxes = scene(random)
        file = f"shapes/{number:06}.webp"
        cv2.imwrite(str(folder / file), picture[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, 90])
        held_out = number % 5 == 4
        # As in real sets, some pictures lack labels of a class that is visible; the teacher has it.
        labelled = ["person", "car", "truck"] if held_out or number % 2 else ["person", "truck"]
        rows.append({"file": file, "w": picture.shape[1], "h": picture.shape[0], "group": file,
                     "labelled": labelled, "boxes": [b for b in boxes if b[0] in labelled]})
        taught.append({"file": file, "w": picture.shape[1], "h": picture.shape[0], "boxes": [
            [*box, round(float(random.uniform(0.4, 0.95)), 3)] for box in boxes]})
        split["val" if held_out else "train"].append(file)
    for path, lines in (("shapes/labels.jsonl", rows), ("teacher.jsonl", taught)):
        (folder / path).write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "split.json").write_text(json.dumps(split))
