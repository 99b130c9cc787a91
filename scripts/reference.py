"""A model in ONNX Runtime behind OpenCV, and what the compare-… scripts have in common."""
import hashlib
import json
import os
import subprocess
import sys

import cv2
import numpy as np

from reference_heads import FAMILIES, family_of
from reference_runtime import (
    TYPES, cast, chosen_rows, input_steps, is_quantised, model_run,
    output_steps, session_of, worst_cosine)

# Where a file leaves its size open: what its family is used with, else 640 by 640.
OPEN_SIZES = {"textline": (192, 48)}


class Reference:
    """A model in ONNX Runtime with its family's preprocessing and decoder."""

    def __init__(self, path, family=None, size=None, interpolation=cv2.INTER_LINEAR, cache=None):
        self.path = path
        self.quantised = is_quantised(path)
        self.steps = output_steps(path)
        self.session = session_of(path, self.quantised)
        self.input = self.session.get_inputs()[0]
        self.metadata = self.session.get_modelmeta().custom_metadata_map
        self.family = family or family_of(self.session)
        (self.decoder, self.color, self.mean, self.deviation, self.resize, self.pad,
         self.overlap) = FAMILIES[self.family]
        shape = self.input.shape
        self.channels_last = shape[3] in (1, 3)
        height, width = shape[1:3] if self.channels_last else shape[2:]
        if isinstance(width, str):
            width, height = size or OPEN_SIZES.get(self.family, (640, 640))
        self.width, self.height = width, height
        self.interpolation = interpolation
        self.cache = cache and os.path.join(cache, os.path.basename(path))
        if self.cache:
            os.makedirs(self.cache, exist_ok=True)

    def placement(self, width, height):
        """Size of the scaled picture in the input, and where its corner is."""
        if self.resize in ("stretch", "crop"):
            return self.width, self.height, 0, 0
        if self.resize == "line":  # to the height; what is then too wide is squeezed
            return min(self.width, -(-self.height * width // height)), self.height, 0, 0
        scale = min(self.width / width, self.height / height)
        # YOLOX and NanoDet cut to whole pixels, the others round.
        whole = int if self.family in ("yolox", "nanodet") else round
        w, h = whole(width * scale), whole(height * scale)
        if self.resize == "top-left":
            return w, h, 0, 0
        return w, h, (self.width - w) // 2, (self.height - h) // 2

    def tensor(self, picture, exactly=False):
        """The input for a picture; `exactly`: without rounding its scaled pixels to whole grey levels."""
        if exactly:
            picture = picture.astype(np.float32)
        if self.resize == "crop":
            picture = cropped(picture, self.width, self.height)
        w, h, x, y = self.placement(picture.shape[1], picture.shape[0])
        canvas = np.full((self.height, self.width, 3), self.pad, np.float32)
        canvas[y : y + h, x : x + w] = cv2.resize(picture, (w, h), interpolation=self.interpolation)
        if self.color == "rgb":
            canvas = canvas[:, :, ::-1]
        if self.color == "grey":
            canvas = cv2.cvtColor(canvas, cv2.COLOR_BGR2GRAY)[:, :, None]
        canvas = (canvas - np.float32(self.mean)) / np.float32(self.deviation)
        if self.family == "yolo-int8":  # real numbers, in the input's own steps
            scale, zero = input_steps(self.path)
            canvas = canvas / scale + zero
        return np.ascontiguousarray(
            canvas[None] if self.channels_last else canvas.transpose(2, 0, 1)[None])

    def run(self, tensor):
        """Outputs by name; inputs behind the first are masks of nothing."""
        tensor = cast(tensor, self.input.type)
        names = [o.name for o in self.session.get_outputs()]
        kept = self.cache and os.path.join(
            self.cache, hashlib.sha256(tensor.tobytes()).hexdigest()[:32] + ".npz")
        if kept and os.path.exists(kept):
            with np.load(kept) as values:
                return {n: values[f"v{i}"] for i, n in enumerate(names)}
        feed = {self.input.name: tensor}
        for port in self.session.get_inputs()[1:]:
            feed[port.name] = np.zeros(port.shape, TYPES[port.type])
        values = self.session.run(names, feed)
        if kept:
            np.savez(kept, **{f"v{i}": v for i, v in enumerate(values)})
        return dict(zip(names, values))

    def decode(self, outputs):
        """What the family's decoder makes of outputs; whole numbers become what they stand for."""
        real = {}
        for name, value in outputs.items():
            if name in self.steps and value.dtype in (np.int8, np.uint8):
                scale, zero = self.steps[name]
                value = (value.astype(np.float32) - zero) * scale
            real[name] = value.astype(np.float32)
        return self.decoder(real, self.width, self.height, self.metadata)

    def back(self, points, width, height):
        """Points [..., 2] of the input in pixels of the picture."""
        w, h, x, y = self.placement(width, height)
        return (points - np.float32([x, y])) * np.float32([width / w, height / h])


def cropped(picture, width, height):
    """The middle 7/8 of the largest part in the input's shape: 224 of 256. It begins at an even pixel,
    where a sample of colour does: ImageNet's own rounding is as free, and a pixel changes the classes."""
    h, w = picture.shape[:2]
    scale = min(w / width, h / height) * 224 / 256
    cut_w, cut_h = round(width * scale), round(height * scale)
    x, y = (w - cut_w) // 2 & ~1, (h - cut_h) // 2 & ~1
    return picture[y : y + cut_h, x : x + cut_w]


ACCURATE = "bilinear+accurate_rnd+full_chroma_int"


def frames(clip, limit=None, every=1, conversion=ACCURATE):
    """Number and picture of every so many of the clip's pictures as FFmpeg decodes them, upright, BGR."""
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
         "stream=width,height:stream_side_data=rotation", "-of", "json", clip],
        check=True, capture_output=True)
    stream = json.loads(probe.stdout)["streams"][0]
    width, height = stream["width"], stream["height"]
    turns = [d["rotation"] for d in stream.get("side_data_list", []) if "rotation" in d]
    if turns and turns[0] % 180:
        width, height = height, width
    decode = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-nostdin", "-i", clip, "-map", "0:v:0", "-fps_mode", "passthrough",
         "-sws_flags", conversion, "-f", "rawvideo",
         "-pix_fmt", "bgr24", "-"], stdout=subprocess.PIPE)
    index, count = 0, 0
    try:
        while limit is None or count < limit:
            data = decode.stdout.read(width * height * 3)
            if len(data) < width * height * 3:
                break
            if index % every == 0:
                yield index, np.frombuffer(data, np.uint8).reshape(height, width, 3)
                count += 1
            index += 1
    finally:
        decode.kill()
        decode.wait()
        decode.stdout.close()


def run_ocelli(arguments):
    result = subprocess.run(arguments, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(arguments)}\nended with {result.returncode}: {result.stderr.strip()}")
    return [json.loads(line) for line in result.stdout.splitlines()]


def analyze(arguments, *more):
    """The frame lines of `ocelli analyze` by frame number."""
    command = [arguments.ocelli, "analyze", arguments.clip, "-m", arguments.model, "--stable",
               "--quiet", "--confidence", str(arguments.floor)]
    if arguments.every > 1:
        command += ["--every", str(arguments.every)]
    lines = run_ocelli(command + list(more) + arguments.pass_on)
    return {line["frame"]: line for line in lines if line["type"] == "frame"}


def one_tensor(reference, arguments, folder, pts):
    """The line of the picture at `pts`, its input as `ocelli` made it, ONNX Runtime's outputs for that
    input, and those of `ocelli model run`."""
    dump = os.path.join(folder, "input.npy")
    every, arguments.every = arguments.every, 1
    lines = analyze(
        arguments, "--dump-input", dump, "--start", f"{pts:.3f}", "--duration", "0.5")
    arguments.every = every
    tensor = cast(np.load(dump), reference.input.type)
    return (lines[min(lines)], tensor, reference.run(tensor),
            model_run(arguments.ocelli, arguments.model, {reference.input.name: tensor}, folder,
                      reference.session, arguments.pass_on))


def judge_outputs(verdict, reference, tensor, theirs, ours):
    """Raw outputs of one input: equal to 1e-3 of max(1, |value|), 2e-2 for half floats. A quantised graph
    answers the last bit of its input with whole steps, in ONNX Runtime as well: there a cosine of 0.999
    is asked, or that of ONNX Runtime's optimised run with its own unoptimised one."""
    for name, value in theirs.items():
        if ours[name].shape != value.shape:
            sys.exit(f"output {name}: {ours[name].shape} here, {value.shape} there")
    if not reference.quantised:
        some, others, _ = chosen_rows(reference.path, theirs.values(), ours.values())
        worst = max((np.abs(np.float32(b) - a) / np.maximum(1, np.abs(a))).max(initial=0)
                    if a.shape == b.shape else np.inf for a, b in zip(some, others))
        limit = 2e-2 if reference.input.type == "tensor(float16)" else 1e-3
        verdict.judge("raw outputs, worst", f"{worst:.2e}", f"<= {limit:.0e}", worst <= limit)
        return
    reached = worst_cosine(theirs.values(), (ours[n] for n in theirs))
    own = 1.0
    if reached < 0.999:
        feed = {reference.input.name: tensor}
        fused = session_of(reference.path, quantised=False).run(list(theirs), feed)
        own = worst_cosine(theirs.values(), fused)
    limit = min(0.999, own)
    verdict.judge("raw outputs, worst cosine", f"{reached:.5f}",
                  f">= {limit:.5f}" + (" (ONNX Runtime's own)" if limit < 0.999 else ""),
                  reached >= limit)


def overlaps(box, boxes):
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    area = (box[2:] - box[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return shared / np.maximum(area - shared, 1e-9)


def mask_of(counts, height, width):
    """The pixels of COCO's compressed run-length encoding: columns, least significant six bits first."""
    runs, at = [], 0
    while at < len(counts):
        value, shift, more = 0, 0, True
        while more:
            bits = ord(counts[at]) - 48
            value |= (bits & 0x1F) << shift
            more, shift, at = bits & 0x20, shift + 5, at + 1
            if not more and bits & 0x10:
                value |= -1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
    pixels = np.repeat(np.arange(len(runs)) % 2, runs).astype(bool)
    return pixels.reshape(width, height).T


def mask_overlap(some, others):
    union = (some | others).sum()
    return (some & others).sum() / union if union else 1.0


def add_options(parser):
    """What every comparison on a clip can be told."""
    parser.add_argument("model")
    parser.add_argument("clip")
    parser.add_argument("--ocelli", default=".build/release/ocelli", help="the program")
    parser.add_argument("--family", choices=sorted(FAMILIES))
    parser.add_argument("--size", help="WxH, for a model that leaves it open")
    parser.add_argument("--frames", type=int, help="stop after so many")
    parser.add_argument("--every", type=int, default=1, help="one picture in so many")
    parser.add_argument("--floor", type=float, default=0.25, help="the least that both sides report")
    parser.add_argument("--area", action="store_true", help="the reference resizes by INTER_AREA")
    parser.add_argument("--cache", help="a folder for ONNX Runtime's outputs: a second run is faster")
    parser.add_argument("--verbose", action="store_true")


def reference_of(arguments):
    size = tuple(map(int, arguments.size.split("x"))) if arguments.size else None
    arguments.pass_on = ["--size", arguments.size] if arguments.size else []
    return Reference(
        arguments.model, arguments.family, size,
        cv2.INTER_AREA if arguments.area else cv2.INTER_LINEAR, arguments.cache)
