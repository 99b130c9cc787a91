#!/usr/bin/env python3
"""COCO average precision of the JSON lines that `ocelli analyze` writes.

Pictures and labels come from the validation packs. Each class is counted in the pictures whose
labels are complete for it; what overlaps an ignored place is neither found nor missed.
"""
import argparse
import contextlib
import io
import json
import pathlib
import subprocess
import tempfile

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import pack
from model import NAMES

# A low threshold, so that the whole curve is measured.
SETTINGS = ["--stable", "--quiet", "--confidence", "0.01", "--iou", "0.6"]
ALIASES = {"motorbike": "motorcycle"}


def truth(packs, part="val"):
    """The labels in COCO's form; `labelled` is kept a picture."""
    images, annotations = [], []

    def add(picture, name, box, crowd):
        x0, y0, x1, y1 = box
        annotations.append({"id": len(annotations) + 1, "image_id": picture,
                            "category_id": NAMES.index(name) + 1, "iscrowd": crowd,
                            "bbox": [x0, y0, x1 - x0, y1 - y0], "area": (x1 - x0) * (y1 - y0)})

    for number, (_, row) in enumerate(pack.read(packs, part), 1):
        images.append({"id": number, "file_name": row["file"], "width": row["w"],
                       "height": row["h"], "labelled": row["labelled"]})
        for name, *box in row["boxes"]:
            if name in row["labelled"]:
                add(number, name, box, 0)
        for box in row["ignore"]:
            for name in row["labelled"]:
                add(number, name, box[:4], 1)
    return {"images": images, "annotations": annotations,
            "categories": [{"id": i, "name": name} for i, name in enumerate(NAMES, 1)]}


def analyze(program, model, packs, part="val", options=()):
    """Runs the program on every picture of a part and gives its lines."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, (data, row) in enumerate(pack.read(packs, part), 1):
            paths.append(pathlib.Path(folder) / f"{number}{pathlib.Path(row['file']).suffix}")
            paths[-1].write_bytes(data)
        command = [program, "analyze", *map(str, paths), *SETTINGS, *options]
        command += ["-m", str(model)] if model else []
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise SystemExit(f"{program} analyze ended with status {done.returncode}")
    return done.stdout.decode().splitlines()


def detections(lines, count):
    """The objects of all frame lines, in COCO's form. A picture's number is its file's name."""
    found, seen = [], set()
    for line in lines:
        line = json.loads(line)
        if line["type"] != "frame":
            continue
        number = int(pathlib.Path(line["stream"]).stem)
        seen.add(number)
        for item in line["objects"]:
            name = ALIASES.get(item["label"], item["label"])
            if name in NAMES:
                x0, y0, x1, y1 = item["box"]
                found.append({"image_id": number, "category_id": NAMES.index(name) + 1,
                              "bbox": [x0, y0, x1 - x0, y1 - y0], "score": item["confidence"]})
    if seen != set(range(1, count + 1)):
        raise SystemExit(f"{count} pictures were asked about and {len(seen)} answered")
    return found


def score(labels, found):
    """AP and AP50 in per cent by class, their means, and AP by size."""
    rows, quiet = {}, io.StringIO()
    with contextlib.redirect_stdout(quiet):
        coco = COCO()
        coco.dataset = labels
        coco.createIndex()
        results = coco.loadRes(found) if found else None
        for number, name in enumerate(NAMES, 1):
            pictures = [i["id"] for i in labels["images"] if name in i["labelled"]]
            boxes = sum(a["category_id"] == number and not a["iscrowd"]
                        for a in labels["annotations"])
            if not boxes:
                continue
            if results is None:
                rows[name] = dict(boxes=boxes, ap=0.0, ap50=0.0, small=0.0, medium=0.0, large=0.0)
                continue
            evaluation = COCOeval(coco, results, "bbox")
            evaluation.params.catIds, evaluation.params.imgIds = [number], pictures
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
            ap, ap50, _, small, medium, large = (round(float(v) * 100, 1)
                                                 for v in evaluation.stats[:6])
            rows[name] = dict(boxes=boxes, ap=ap, ap50=ap50, small=small, medium=medium,
                              large=large)
    if not rows:
        raise SystemExit("no picture has a label that counts")
    return {"classes": rows, "ap": round(float(np.mean([r["ap"] for r in rows.values()])), 1),
            "ap50": round(float(np.mean([r["ap50"] for r in rows.values()])), 1)}


def table(result):
    """The result in Markdown. Sizes are COCO's: below 32², below 96² and above; - where none is."""
    out = ["| class | boxes | AP | AP50 | small | medium | large |", "|---|---|---|---|---|---|---|"]
    for name, r in result["classes"].items():
        sizes = " | ".join("-" if r[k] < 0 else f"{r[k]:.1f}" for k in ("small", "medium", "large"))
        out.append(f"| {name} | {r['boxes']} | {r['ap']:.1f} | {r['ap50']:.1f} | {sizes} |")
    out.append(f"| mean | | {result['ap']:.1f} | {result['ap50']:.1f} | | | |")
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--packs", required=True, help="folder with val-*.tar")
    parser.add_argument("--ocelli", default="ocelli", help="the program (default: %(default)s)")
    parser.add_argument("-m", "--model", help="an ONNX file (default: the built-in model)")
    parser.add_argument("--lines", help="score this file of lines instead of running the program")
    parser.add_argument("--option", action="append", default=[], help="further options of analyze")
    parser.add_argument("--json", help="write the result here too")
    options = parser.parse_args()
    labels = truth(options.packs)
    if options.lines:
        lines = pathlib.Path(options.lines).read_text().splitlines()
    else:
        lines = analyze(options.ocelli, options.model, options.packs, options=options.option)
    result = score(labels, detections(lines, len(labels["images"])))
    print(table(result))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
