"""Pictures out of packs, augmented into batches that depend on seed and step alone."""
import hashlib
import json
import os
import pathlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import torch

import labels
import pack
from camera import degrade
from model import STRIDES

MOST_BOXES = 64  # positives a picture; the largest are kept
# How often a set is drawn for each of its pictures. Sets of few scenes, or poor ones, come less
# often; people in everyday photographs more often.
SETS = {"coco-people": 1.3, "coco-mini": 2.0, "highway-photos": 0.8, "vehicle-photos": 0.7,
        "openimages-vehicles": 0.8, "dawn-fog": 0.6, "dawn-weather": 0.6, "city-cams": 0.8,
        "road-cams": 0.6, "scooters-vn": 0.6, "bicycles-oi": 3.0, "mall-floor": 0.5,
        "thermal-person": 0.5, "shanghai-streets": 0.6, "clips": 1.2, "bike-riders": 1.2,
        "voc-vehicles": 1.3, "met-cams": 0.8, "people-india": 0.8}


class Pictures:
    """The decoded pictures of a part's packs, in a file that the machine may keep in memory."""

    def __init__(self, folder, part="train"):
        folder = pathlib.Path(folder)
        key = hashlib.sha256()
        for path in sorted(folder.glob(f"{part}-*.tar")):
            key.update(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}\n".encode())
        stem = folder / f".{part}-{key.hexdigest()[:16]}"
        if not stem.with_suffix(".json").exists():
            for stale in folder.glob(f".{part}-*"):
                stale.unlink()
            self.decode(folder, part, stem)
        self.pixels = np.memmap(stem.with_suffix(".pixels"), np.uint8, "r")
        self.rows = json.loads(stem.with_suffix(".json").read_text())
        self.precision = labels.calibration(self.rows)
        self.boxes = [labels.merge(row, self.precision) for row in self.rows]
        weights = np.array([SETS.get(row["file"].split("/")[0], 1.0) for row in self.rows])
        self.cumulative = np.cumsum(weights / weights.sum())

    @staticmethod
    def decode(folder, part, stem):
        rows, offset = [], 0

        def picture(item):
            return cv2.imdecode(np.frombuffer(item[0], np.uint8), cv2.IMREAD_COLOR), item[1]

        temporary = stem.with_suffix(f".{os.getpid()}")
        with open(temporary, "wb") as file, ThreadPoolExecutor() as pool:
            for pixels, row in pool.map(picture, pack.read(folder, part)):
                if pixels is None:
                    raise SystemExit(f"{row['file']}: no picture that can be read")
                row.update(h=pixels.shape[0], w=pixels.shape[1], at=offset)
                file.write(np.ascontiguousarray(pixels[..., ::-1]))  # RGB
                offset += pixels.size
                rows.append(row)
        os.replace(temporary, stem.with_suffix(".pixels"))
        stem.with_suffix(".json").write_text(json.dumps(rows))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        row = self.rows[index]
        end = row["at"] + row["h"] * row["w"] * 3
        return self.pixels[row["at"]:end].reshape(row["h"], row["w"], 3)


def letterbox(picture, width, height):
    """Scaled to fit, top left, padded with grey 114; and the two scales."""
    h, w = picture.shape[:2]
    k = min(width / w, height / h)
    inner = max(1, round(w * k)), max(1, round(h * k))
    method = cv2.INTER_AREA if k < 1 else cv2.INTER_LINEAR
    out = np.full((height, width, 3), 114, np.uint8)
    out[:inner[1], :inner[0]] = cv2.resize(picture, inner, interpolation=method)
    return out, inner[0] / w, inner[1] / h


def clip(boxes, x0, y0, x1, y1):
    """Boxes cut to a rectangle; what is hardly seen or too small counts neither way."""
    if not len(boxes):
        return boxes
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    boxes[:, [0, 2]] = boxes[:, [0, 2]].clip(x0, x1)
    boxes[:, [1, 3]] = boxes[:, [1, 3]].clip(y0, y1)
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    lost = (w * h < 0.3 * area) | (np.minimum(w, h) < 3) | (w * h < 20)
    boxes[lost, 5] = 0
    return boxes[(w > 1) & (h > 1)]


class Augmentation:
    """Draws pictures and changes them; all chance comes from the generator given."""

    SCALE = (0.5, 1.6)

    def __init__(self, pictures, mosaic):
        self.pictures, self.mosaic = pictures, mosaic

    def place(self, random, width, height, k):
        """A drawn picture in a frame, at `k` times the scale at which it would just fit."""
        drawn = int(np.searchsorted(self.pictures.cumulative, random.random()))
        index = min(drawn, len(self.pictures) - 1)
        picture = self.pictures[index]
        h, w = picture.shape[:2]
        aspect = np.exp(random.uniform(-0.15, 0.15))
        fit = min(width / w, height / h) * k
        sx, sy = fit * aspect, fit / aspect
        tx = random.uniform(min(0, width - w * sx), max(0, width - w * sx))
        ty = random.uniform(min(0, height - h * sy), max(0, height - h * sy))
        flip = random.random() < 0.5
        matrix = np.array([[-sx, 0, tx + w * sx - sx] if flip else [sx, 0, tx], [0, sy, ty]],
                          np.float32)
        out = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR,
                             borderMode=cv2.BORDER_CONSTANT, borderValue=(114, 114, 114))
        boxes = self.pictures.boxes[index].copy()
        boxes[:, [1, 3]] = boxes[:, [1, 3]] * sy + ty
        x = boxes[:, [0, 2]] * sx
        boxes[:, [0, 2]] = (w * sx - x[:, ::-1] if flip else x) + tx
        return out, boxes

    def compose(self, random, width, height):
        """One picture, or four around a point."""
        if random.random() >= self.mosaic:
            k = np.exp(random.uniform(*np.log(self.SCALE)))
            out, boxes = self.place(random, width, height, k)
            return out, clip(boxes, 0, 0, width, height)
        cx, cy = (int(random.uniform(0.3, 0.7) * length) for length in (width, height))
        out, all_boxes = np.empty((height, width, 3), np.uint8), []
        for x0, y0, x1, y1 in ((0, 0, cx, cy), (cx, 0, width, cy), (0, cy, cx, height),
                               (cx, cy, width, height)):
            part, boxes = self.place(random, x1 - x0, y1 - y0, random.uniform(0.9, 1.9))
            out[y0:y1, x0:x1] = part
            boxes[:, :4] += [x0, y0, x0, y0]
            all_boxes.append(clip(boxes, x0, y0, x1, y1))
        return out, np.concatenate(all_boxes)

    def sample(self, random, width, height):
        picture, boxes = self.compose(random, width, height)
        return degrade(picture, random), boxes


def ignored(boxes, width, height):
    """1 for every cell and class where no negative may be counted; cells × classes."""
    maps = [np.zeros((height // s, width // s, len(labels.IDS)), np.uint8) for s in STRIDES]
    for x0, y0, x1, y1, number, quality in boxes:
        if quality > 0:
            continue
        for cells, stride in zip(maps, STRIDES):
            rows = slice(max(0, int(np.ceil(y0 / stride - 0.5))),
                         max(0, int(np.floor(y1 / stride - 0.5)) + 1))
            columns = slice(max(0, int(np.ceil(x0 / stride - 0.5))),
                            max(0, int(np.floor(x1 / stride - 0.5)) + 1))
            cells[rows, columns, slice(None) if number < 0 else int(number)] = 1
    return np.concatenate([cells.reshape(-1, len(labels.IDS)) for cells in maps])


class Batches(torch.utils.data.Dataset):
    """Batch `step` of a run: the same whichever process makes it and whenever."""

    def __init__(self, pictures, sizes, count, seed, mosaic):
        self.sizes, self.count, self.seed = sizes, count, seed
        self.augmentation = Augmentation(pictures, mosaic)

    def __len__(self):
        return 1 << 40

    def __getitem__(self, step):
        cv2.setNumThreads(0)
        random = np.random.default_rng([self.seed, step])
        chances = np.array([chance for _, chance in self.sizes])
        drawn = np.searchsorted(np.cumsum(chances / chances.sum()), random.random())
        width, height = self.sizes[min(int(drawn), len(self.sizes) - 1)][0]
        pictures, positives, masks = [], [], []
        for _ in range(self.count):
            picture, boxes = self.augmentation.sample(random, width, height)
            pictures.append(picture)
            masks.append(ignored(boxes, width, height))
            kept = boxes[boxes[:, 5] > 0]
            area = (kept[:, 2] - kept[:, 0]) * (kept[:, 3] - kept[:, 1])
            positives.append(kept[np.argsort(-area, kind="stable")[:MOST_BOXES]])
        padded = np.zeros((self.count, max(1, max(map(len, positives))), 6), np.float32)
        for row, boxes in zip(padded, positives):
            row[:len(boxes)] = boxes
        return (torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2),
                torch.from_numpy(padded), torch.from_numpy(np.stack(masks)))


def loader(batches, first, workers):
    """Batches from step `first` on, made by worker processes."""
    return iter(torch.utils.data.DataLoader(
        batches, batch_size=None, sampler=range(first, 1 << 40), num_workers=workers,
        prefetch_factor=4 if workers else None))
