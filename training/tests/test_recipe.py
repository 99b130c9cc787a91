"""The recipe's parts, each on what it must never get wrong."""
import json
import pathlib
import sys
import tempfile
import unittest

import cv2
import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import data
import detect
import evaluate
import export
import labels
import losses
import model
import optimizer
import pack
import synthetic

PRECISION = np.tile((labels.BINS[1:] + labels.BINS[:-1]) / 2, (6, 1))


def row(labelled, boxes, teacher, ignore=()):
    return {"file": "set/1.webp", "w": 100, "h": 80, "labelled": labelled, "boxes": boxes,
            "ignore": list(ignore), "teacher": teacher}


class Labels(unittest.TestCase):
    def test_a_teachers_box_of_an_unlabelled_class_is_a_soft_positive(self):
        boxes = labels.merge(row(["person"], [], [["car", 10, 10, 40, 30, 0.5]]), PRECISION)
        self.assertEqual(boxes.shape, (1, 6))
        self.assertEqual(boxes[0, 4], labels.IDS["car"])
        self.assertAlmostEqual(float(boxes[0, 5]), 0.5, places=2)

    def test_a_teachers_box_of_a_labelled_class_is_never_a_positive(self):
        for score, rows in ((0.9, 1), (0.3, 0)):
            boxes = labels.merge(row(["car"], [], [["car", 10, 10, 40, 30, score]]), PRECISION)
            self.assertEqual(len(boxes), rows)
            self.assertTrue((boxes[:, 5] == 0).all())

    def test_a_picture_no_teacher_saw_has_no_negative_of_an_unlabelled_class(self):
        boxes = labels.merge(row(["person"], [["person", 5, 5, 20, 60]], None), PRECISION)
        mask = data.ignored(boxes, 96, 64)
        self.assertTrue((mask[:, 1:] == 1).all())
        self.assertTrue((mask[:, 0] == 0).all())

    def test_a_doubtful_box_stops_negatives_and_is_no_positive(self):
        boxes = labels.merge(row([], [], [["bus", 0, 0, 64, 64, 0.06]]), PRECISION)
        self.assertEqual(boxes[0, 5], 0)
        self.assertTrue(data.ignored(boxes, 64, 64)[:, labels.IDS["bus"]].all())

    def test_an_ignored_place_is_ignored_for_every_class(self):
        boxes = labels.merge(row(["person"], [], [], [[0, 0, 32, 32]]), PRECISION)
        mask = data.ignored(boxes, 64, 32)
        self.assertEqual(mask.shape, (32 + 8 + 2, 6))
        self.assertEqual(mask.sum(), (16 + 4 + 1) * 6)

    def test_calibration_counts_right_boxes_and_never_falls(self):
        rows = [row(["person"], [["person", 10, 10, 30, 60]],
                    [["person", 10, 10, 30, 60, 0.9], ["person", 60, 10, 80, 60, 0.1]])] * 200
        precision = labels.calibration(rows)
        self.assertLess(precision[0, 0], 0.05)
        self.assertGreater(precision[0, -2], 0.9)
        self.assertTrue((np.diff(precision, axis=1) >= 0).all())


class Packs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        synthetic.dataset(self.root / "sets", 10)
        self.addCleanup(self.folder.cleanup)

    def test_packs_hold_every_picture_and_keep_below_their_limit(self):
        writers = pack.write(self.root / "packs", [self.root / "sets"], 128, 96, limit=0.03)
        self.assertEqual((writers["train"].count, writers["val"].count), (8, 2))
        self.assertGreater(len(writers["train"].paths), 1)
        for path in writers["train"].paths:
            self.assertLessEqual(path.stat().st_size, 0.03 * pack.MIB)
        self.assertEqual(len(list(pack.read(self.root / "packs", "train"))), 8)

    def test_a_scaled_picture_has_scaled_boxes(self):
        before = {r["file"]: r for _, _, r in pack.rows(self.root / "sets")}
        pack.write(self.root / "packs", [self.root / "sets"], 128, 96)
        for content, r in pack.read(self.root / "packs", "train"):
            picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
            self.assertEqual(picture.shape[:2], (r["h"], r["w"]))
            self.assertLessEqual(r["w"], 128 * pack.ROOM)
            k = r["w"] / before[r["file"]]["w"]
            for box, old in zip(r["boxes"], before[r["file"]]["boxes"]):
                np.testing.assert_allclose(box[1:], np.array(old[1:]) * k, atol=0.6)

    def test_the_same_input_gives_the_same_bytes(self):
        a, b = (pack.write(self.root / name, [self.root / "sets"], 128, 96) for name in "ab")
        for x, y in zip(a["train"].paths, b["train"].paths):
            self.assertEqual(x.read_bytes(), y.read_bytes())

    def test_a_batch_depends_on_its_step_alone(self):
        pack.write(self.root / "packs", [self.root / "sets"], 128, 96)
        batches = data.Batches(data.Pictures(self.root / "packs"), [((128, 96), 1.0)], 4, 7, 0.5)
        first, again, other = batches[3], batches[3], batches[4]
        for a, b in zip(first, again):
            self.assertTrue(torch.equal(a, b))
        self.assertFalse(torch.equal(first[0], other[0]))

    def test_boxes_stay_on_what_they_mark(self):
        """People are red, cars blue, trucks yellow: a box moved with its picture shows its ink."""
        pack.write(self.root / "packs", [self.root / "sets"], 256, 160)
        augmentation = data.Augmentation(data.Pictures(self.root / "packs"), 0.5)
        random, checked = np.random.default_rng(1), 0
        for _ in range(40):
            picture, boxes = augmentation.compose(random, 256, 160)
            for x0, y0, x1, y1, number, quality in boxes:
                if quality < 1 or min(x1 - x0, y1 - y0) < 12:
                    continue
                # Trucks and cars are inked in their upper middle, people in their lower middle.
                y = y0 + (y1 - y0) * (0.75 if number == 0 else 0.4)
                red, green, blue = picture[int(y), int((x0 + x1) / 2)].astype(int)
                inked = {0: red > blue + 50 and red > green + 50, 2: blue > red + 50,
                         5: red > blue + 50 and green > blue + 50}[int(number)]
                self.assertTrue(inked, (number, red, green, blue))
                checked += 1
        self.assertGreater(checked, 30)


class Losses(unittest.TestCase):
    def test_a_perfect_answer_is_assigned_to_its_box(self):
        cells = losses.Cells(64, 64)
        truth = torch.tensor([[[8.0, 8, 40, 48, 2, 1], [0, 0, 0, 0, 0, 0]]])
        boxes = truth[:, :1, :4].expand(1, len(cells.strides), 4)
        probabilities = torch.full((1, len(cells.strides), 6), 0.5)
        owner, alignment, positive = losses.assign(probabilities, boxes, truth, cells)
        self.assertEqual(int(positive.sum()), 10)
        self.assertTrue((owner[positive] == 0).all())
        self.assertAlmostEqual(float(alignment.max()), 1.0, places=3)

    def test_nothing_is_learnt_where_negatives_are_ignored(self):
        cells = losses.Cells(64, 64)
        outputs = [torch.zeros(1, 10, 64 // s, 64 // s, requires_grad=True) for s in model.STRIDES]
        truth, ignored = torch.zeros(1, 1, 6), torch.zeros(1, len(cells.strides), 6)
        ignored[..., 3] = 1
        losses.detection_loss(outputs, truth, ignored, cells)[0].backward()
        for output in outputs:
            self.assertTrue((output.grad[:, 3] == 0).all())
            self.assertTrue((output.grad[:, :3] != 0).all())

    def test_a_soft_positive_asks_for_its_quality(self):
        cells = losses.Cells(64, 64)
        logits = torch.full((1, 10, 8, 8), -2.0, requires_grad=True)
        rest = [torch.full((1, 10, n, n), -9.0) for n in (4, 2)]
        truth = torch.tensor([[[16.0, 16, 40, 40, 0, 0.0]]])
        pulls = []
        for quality in (1.0, 0.3):
            truth[..., 5] = quality
            answers = losses.flat([logits, *rest])
            _, alignment, positive = losses.assign(
                answers[..., :6].sigmoid(), cells.boxes(answers[..., 6:]), truth, cells)
            pulls.append(float((alignment.clamp(min=0.1) * quality * positive).sum()))
        self.assertAlmostEqual(pulls[1] / pulls[0], 0.3, places=4)

    def test_overlap_agrees_with_a_count_of_pixels(self):
        a, b = torch.tensor([0.0, 0, 10, 10]), torch.tensor([5.0, 0, 15, 10])
        self.assertAlmostEqual(float(losses.overlap(a, b)), 50 / 150, places=5)
        self.assertLess(float(losses.overlap(a, b + 100, general=True)), -0.9)


class Network(unittest.TestCase):
    def test_the_network_keeps_within_its_size(self):
        parameters, products = model.cost(model.build("base").eval(), 384, 224)
        self.assertLessEqual(parameters, 1_000_000)
        self.assertLess(products, 420e6)

    def test_the_exported_file_answers_like_the_network(self):
        import onnxruntime

        torch.manual_seed(1)
        network = model.build("tiny").eval()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.pt"
            torch.save({"architecture": "tiny", "ema": network.state_dict()}, path)
            export.export(path, path.with_suffix(".onnx"), 96, 64)
            session = onnxruntime.InferenceSession(str(path.with_suffix(".onnx")))
            x = torch.rand(1, 3, 64, 96)
            with torch.no_grad():
                expected = network(x)
            for a, b in zip(session.run(None, {"image": x.numpy()}), expected):
                np.testing.assert_allclose(a, b.numpy(), atol=1e-4)
            self.assertEqual(session.get_modelmeta().custom_metadata_map, export.METADATA)

    def test_orthogonal_updates_have_singular_values_near_one(self):
        torch.manual_seed(0)
        for shape in ((2, 8, 30), (2, 30, 8)):
            values = torch.linalg.svdvals(optimizer.orthogonal(torch.randn(shape)))
            self.assertTrue(((values > 0.4) & (values < 1.4)).all(), values)


class Evaluation(unittest.TestCase):
    LABELS = {"images": [{"id": 1, "labelled": ["person"], "width": 100, "height": 100},
                         {"id": 2, "labelled": ["car"], "width": 100, "height": 100}],
              "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0,
                               "bbox": [10, 10, 40, 60], "area": 2400}],
              "categories": [{"id": i, "name": n} for i, n in enumerate(model.NAMES, 1)]}

    @staticmethod
    def line(picture, *objects):
        return json.dumps({"v": 1, "type": "frame", "stream": f"/x/{picture}.webp", "objects": [
            {"label": label, "confidence": score, "box": box} for label, score, box in objects]})

    def test_a_right_box_counts_and_unlabelled_pictures_do_not(self):
        lines = [self.line(1, ("person", 0.9, [10, 10, 50, 70])),
                 # No label of people in picture 2 is complete, so this is no false alarm.
                 self.line(2, ("person", 0.99, [0, 0, 30, 30]))]
        result = evaluate.score(self.LABELS, evaluate.detections(lines, 2))
        self.assertEqual(list(result["classes"]), ["person"])
        self.assertEqual(result["ap"], 100)

    def test_a_false_alarm_costs(self):
        lines = [self.line(1, ("person", 0.9, [60, 10, 90, 70]),
                           ("person", 0.8, [10, 10, 50, 70])), self.line(2)]
        self.assertLess(evaluate.score(self.LABELS, evaluate.detections(lines, 2))["ap"], 60)

    def test_a_picture_without_an_answer_is_an_error(self):
        with self.assertRaises(SystemExit):
            evaluate.detections([self.line(1)], 2)

    def test_suppression_keeps_the_better_of_two_boxes(self):
        cells = losses.Cells(64, 64)
        answers = torch.full((len(cells.strides), 10), -9.0)
        answers[[9, 10], 0], answers[[9, 10], 6:] = torch.tensor([2.0, 1.0]), 1.0
        kept = list(detect.found(answers, cells))
        self.assertEqual(len(kept), 1)
        self.assertAlmostEqual(kept[0][1], 1 / (1 + np.exp(-2.0)), places=4)


if __name__ == "__main__":
    unittest.main()
