#!/usr/bin/env python3
"""Writes all that a bare training machine needs into tar files of at most 50 MiB.

A pack holds `pictures.jsonl`, one line a picture (`file`, `w`, `h`, `labelled`, `boxes`, `ignore`,
`teacher`, boxes in pixels of the picture in the pack), then the pictures. Pictures within 1.25
times the training size are stored byte for byte, larger ones scaled down, those of the validation
split never touched. The same input gives the same bytes.
"""
import argparse
import io
import json
import os
import pathlib
import tarfile

import cv2
import numpy as np

import model

MIB = 1 << 20
ROOM = 1.25  # how much larger than the training size a stored picture may be


def shared():
    """Where the data sets lie: $OCELLI_SHARED, else `../shared` beside the checkout."""
    beside = pathlib.Path(__file__).resolve().parent.parent.parent / "shared"
    return pathlib.Path(os.environ.get("OCELLI_SHARED", beside)) / "datasets"


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def rows(folder):
    """The pictures of a folder of sets, as `(part, path, row)`; without split.json all train."""
    folder = pathlib.Path(folder)
    taught = {}
    if (folder / "teacher.jsonl").exists():
        taught = {row["file"]: row["boxes"] for row in lines(folder / "teacher.jsonl")}
    labels = {}
    for path in sorted(folder.glob("*/labels.jsonl")):
        labels.update((row["file"], row) for row in lines(path))
    split = {"train": sorted(labels), "val": []}
    if (folder / "split.json").exists():
        split = json.loads((folder / "split.json").read_text())
    for part in ("train", "val"):
        for file in split[part]:
            row = labels[file]
            kept = {key: row[key] for key in ("file", "w", "h", "labelled", "boxes")}
            kept["ignore"] = row.get("ignore", [])
            kept["teacher"] = taught.get(file)  # null: no teacher has looked
            if kept["labelled"] or kept["boxes"] or kept["teacher"] is not None:
                yield part, folder / file, kept  # else nothing is known of the picture


def fitted(data, row, width, height):
    """The picture's bytes and row, scaled down where it is much larger than it is trained at."""
    k = min(width * ROOM / row["w"], height * ROOM / row["h"])
    # A portrait picture may be taller than the training size: it is letterboxed in any case.
    if k >= 1:
        return data, row
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise SystemExit(f"{row['file']}: no picture that can be read")
    w, h = max(1, round(row["w"] * k)), max(1, round(row["h"] * k))
    picture = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA)
    kx, ky = w / row["w"], h / row["h"]

    def scaled(box, first):
        head, (x0, y0, x1, y1), tail = box[:first], box[first:first + 4], box[first + 4:]
        return [*head, *(round(v, 2) for v in (x0 * kx, y0 * ky, x1 * kx, y1 * ky)), *tail]

    row = dict(row, w=w, h=h, boxes=[scaled(box, 1) for box in row["boxes"]],
               ignore=[scaled(box, 0) for box in row["ignore"]],
               teacher=row["teacher"] and [scaled(box, 1) for box in row["teacher"]])
    return cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 80])[1].tobytes(), row


class Writer:
    """Fills `<part>-000.tar` and its successors."""

    def __init__(self, folder, part, limit):
        self.folder, self.part, self.limit = pathlib.Path(folder), part, limit
        self.held, self.size, self.count, self.paths = [], 0, 0, []

    def add(self, data, row):
        line = json.dumps(row, separators=(",", ":"), ensure_ascii=False)
        size = len(data) + len(line.encode()) + 1600  # tar's headers and padding
        if size + 16384 > self.limit:
            raise SystemExit(f"{row['file']}: {len(data)} bytes do not fit into one pack")
        if self.size + size + 16384 > self.limit:
            self.flush()
        self.held.append((row["file"], data, line))
        self.size += size
        self.count += 1

    def flush(self):
        if not self.held:
            return
        path = self.folder / f"{self.part}-{len(self.paths):03}.tar"
        part = path.with_suffix(".part")
        with tarfile.open(part, "w", format=tarfile.GNU_FORMAT) as tar:
            listing = "".join(line + "\n" for _, _, line in self.held).encode()
            for name, data in [("pictures.jsonl", listing)] + [(f, d) for f, d, _ in self.held]:
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        os.replace(part, path)
        self.paths.append(path)
        self.held, self.size = [], 0


def read(folder, part):
    """Every `(bytes, row)` of a part's packs, in order."""
    paths = sorted(pathlib.Path(folder).glob(f"{part}-*.tar"))
    if not paths:
        raise SystemExit(f"{folder}: no {part}-*.tar; training/pack.py writes them")
    for path in paths:
        with tarfile.open(path) as tar:
            listing = tar.extractfile("pictures.jsonl").read().decode()
            for row in map(json.loads, filter(None, listing.splitlines())):
                yield tar.extractfile(row["file"]).read(), row


def write(out, folders, width, height, limit=50.0):
    """Packs of all pictures of the folders; old packs in `out` go. Gives the writers."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for stale in (path for part in ("train", "val") for path in out.glob(f"{part}-*.tar")):
        stale.unlink()
    writers = {part: Writer(out, part, int(limit * MIB)) for part in ("train", "val")}
    for folder in folders:
        if not pathlib.Path(folder).is_dir():
            raise SystemExit(f"{folder}: no such folder; name one with --folder or OCELLI_SHARED")
        for part, path, row in rows(folder):
            data = path.read_bytes()
            data, row = fitted(data, row, width, height) if part == "train" else (data, row)
            writers[part].add(data, row)
    for writer in writers.values():
        writer.flush()
    return writers


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", help="folder for the packs")
    parser.add_argument("--folder", action="append", metavar="DIR",
                        help="a folder of sets; repeat it (default: street and more of the shared "
                        "data sets)")
    parser.add_argument("--size", default="448x256", help="training size (default: %(default)s)")
    parser.add_argument("--limit", type=float, default=50, help="MiB a file (default: %(default)s)")
    options = parser.parse_args()
    width, height = model.size(options.size)
    folders = options.folder or [shared() / "street", shared() / "more"]
    for part, writer in write(options.out, folders, width, height, options.limit).items():
        size = sum(path.stat().st_size for path in writer.paths)
        print(f"{part}: {writer.count} pictures, {len(writer.paths)} files, {size / MIB:.1f} MiB")


if __name__ == "__main__":
    main()
