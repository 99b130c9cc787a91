#!/usr/bin/env python3
"""Teaches the built-in detector a scene: a bigger model's boxes on a clip, learnt overnight on a CPU.

    python3 training/adapt.py clip.mp4 --teacher yolox.onnx --minutes 480 --out adapted

The last fifth of the clip is kept out and measured before and after, as the program finds objects
with the shipped and with the adapted int8 file. What is measured is agreement with the teacher:
where the teacher is wrong, so will the pupil be. OUT holds adapted.onnx, report.md and the run.
"""
import argparse
import json
import pathlib
import subprocess
import sys

import cv2
import numpy as np

import model
import pack
from evaluate import ALIASES, analyze, detections, score, table, truth
from export import export
from quantize import quantize

HERE = pathlib.Path(__file__).resolve().parent
SURE, DOUBTFUL = 0.4, 0.15  # a teacher's boxes that are labels of the kept-out part; none below


def taught(program, teacher, clip, every):
    """The teacher's boxes by the number of the decoded picture."""
    command = [program, "analyze", str(clip), "-m", str(teacher), "--stable", "--quiet",
               "--confidence", "0.05", "--every", str(every)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise SystemExit(f"{program} analyze with the teacher ended with status {done.returncode}")
    pictures = {}
    for line in map(json.loads, done.stdout.decode().splitlines()):
        if line["type"] == "frame" and "objects" not in line:
            raise SystemExit(f"{teacher} finds no objects; a teacher must be a detector")
        if line["type"] == "frame":
            named = [(ALIASES.get(o["label"], o["label"]), o) for o in line["objects"]]
            pictures[line["frame"]] = (line["width"], line["height"], [
                [name, *o["box"], o["confidence"]] for name, o in named if name in model.NAMES])
    return pictures


def frames(clip, wanted):
    """The decoded pictures whose numbers are wanted."""
    video = cv2.VideoCapture(str(clip))
    if not video.isOpened():
        raise SystemExit(f"{clip}: no video that can be read")
    number = 0
    while number <= max(wanted, default=-1) and video.grab():
        if number in wanted:
            read, picture = video.retrieve()
            if read:
                yield number, picture
        number += 1


def write_packs(out, clip, pictures, width, height):
    """Four fifths to learn from, the last fifth to be measured on."""
    order = sorted(pictures)
    border = order[len(order) * 4 // 5]
    writers = {part: pack.Writer(out, part, 50 * pack.MIB) for part in ("train", "val")}
    for number, picture in frames(clip, set(order)):
        w, h, boxes = pictures[number]
        if picture.shape[:2] != (h, w):
            raise SystemExit(f"picture {number} is {picture.shape[1]}x{picture.shape[0]} here and "
                             f"{w}x{h} to the program; convert the clip first")
        k = min(1.0, width * pack.ROOM / w, height * pack.ROOM / h)
        small = max(1, round(w * k)), max(1, round(h * k))
        picture = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        data = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 85])[1].tobytes()
        sx, sy = small[0] / w, small[1] / h
        boxes = [[name, x0 * sx, y0 * sy, x1 * sx, y1 * sy, s] for name, x0, y0, x1, y1, s in boxes]
        row = {"file": f"clip/{number:08}.webp", "w": small[0], "h": small[1], "labelled": [],
               "boxes": [], "ignore": [], "teacher": boxes}
        if number >= border:
            row.update(labelled=model.NAMES, teacher=[],
                       boxes=[box[:5] for box in boxes if box[5] >= SURE],
                       ignore=[box[1:5] for box in boxes if DOUBTFUL <= box[5] < SURE])
        writers["val" if number >= border else "train"].add(data, row)
    for part, writer in writers.items():
        writer.flush()
        if not writer.count:
            raise SystemExit(f"{clip}: too short, no picture for '{part}'")
    return {part: writer.count for part, writer in writers.items()}


def report(path, options, counts, before, after, told):
    path.write_text(f"""# Adapted to {pathlib.Path(options.clip).name}

Teacher: {pathlib.Path(options.teacher).name}. {counts['train']} pictures learnt from, \
{counts['val']} of the clip's last fifth kept out; {options.minutes:g} minutes of training.

Average precision on the kept-out pictures, int8, found by `ocelli analyze`; the labels are the \
teacher's boxes of at least {SURE}.

## Before: mean AP {before['ap']:.1f}, AP50 {before['ap50']:.1f}

{table(before)}

## After: mean AP {after['ap']:.1f}, AP50 {after['ap50']:.1f}

{table(after)}

{told}
""")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("clip", help="a video of the scene, the longer and the more varied the better")
    add("--teacher", required=True, help="an ONNX detector that `ocelli analyze -m` can run")
    add("--out", default="adapted", help="folder for the results (default: %(default)s)")
    add("--minutes", type=float, default=480, help="of training (default: %(default)s)")
    add("--pictures", type=int, default=2000, help="at most, evenly spread (default: %(default)s)")
    add("--frames", type=int, help="pictures in the clip, where its header does not tell")
    add("--size", default="384x224", help="input size (default: %(default)s)")
    add("--init", default=str(HERE / "checkpoints" / "ocelli-384x224.pt"),
        help="checkpoint to begin from (default: the newest of the repository)")
    add("--ocelli", default="ocelli", help="the program (default: %(default)s)")
    add("--threads", type=int, help="of training (default: all)")
    add("--batch", type=int, default=16)
    options = parser.parse_args()
    width, height = model.size(options.size)
    out = pathlib.Path(options.out)
    packs = out / "packs"
    packs.mkdir(parents=True, exist_ok=True)

    if (out / "counts.json").exists():  # a run that was interrupted goes on
        counts = json.loads((out / "counts.json").read_text())
    else:
        total = options.frames or int(cv2.VideoCapture(options.clip).get(cv2.CAP_PROP_FRAME_COUNT))
        if total <= 0:
            raise SystemExit(f"{options.clip}: how many pictures? Say so with --frames")
        every = max(1, int(np.ceil(total / options.pictures)))
        pictures = taught(options.ocelli, options.teacher, options.clip, every)
        if len(pictures) < 10:
            raise SystemExit(f"{options.clip}: {len(pictures)} pictures are too few to learn from")
        for stale in packs.glob("*.tar"):
            stale.unlink()
        counts = write_packs(packs, options.clip, pictures, width, height)
        (out / "counts.json").write_text(json.dumps(counts))

    training = [sys.executable, str(HERE / "train.py"), str(out / "run"), "--packs", str(packs),
                "--sizes", options.size, "--batch", str(options.batch), "--init", options.init,
                "--minutes", str(options.minutes), "--rate", "1e-3", "--muon-rate", "0.005",
                "--average", "0.995", "--warm-up", "50", "--mosaic", "0.3"]
    subprocess.run(training + (["--threads", str(options.threads)] if options.threads else []),
                   check=True)

    floating, adapted = out / "adapted-float.onnx", out / "adapted.onnx"
    export(str(out / "run" / "final.pt"), floating, width, height)
    told = quantize(floating, adapted, packs)
    labels = truth(packs)
    before, after = (score(labels, detections(analyze(options.ocelli, file, packs),
                                              len(labels["images"])))
                     for file in (None, adapted))
    report(out / "report.md", options, counts, before, after, told)
    print((out / "report.md").read_text())


if __name__ == "__main__":
    main()
