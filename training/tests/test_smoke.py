"""The whole recipe on made-up pictures: train, kill, resume, export, quantise, evaluate."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import torch

HERE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))


def command(script, *arguments):
    return [sys.executable, str(HERE / script), *map(str, arguments)]


def call(script, *arguments):
    return subprocess.run(command(script, *arguments), check=True, capture_output=True,
                          text=True).stdout


def mean_ap50(text):
    return float(text.strip().splitlines()[-1].split("|")[4])


class Smoke(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        cls.whole, cls.torn = cls.root / "whole", cls.root / "torn"
        cls.options = ["--smoke", "--threads", 2, "--workers", 1, "--save-minutes", 0.02,
                       "--log-steps", 20, "--device", "cpu"]
        call("train.py", cls.whole, *cls.options)
        cls.packs = cls.whole / "packs"

    def test_a_leg_killed_half_way_resumes_to_the_same_weights(self):
        start = command("train.py", self.torn, *self.options, "--packs", self.packs)
        checkpoint = self.torn / "checkpoint.pt"
        with subprocess.Popen(start, stdout=subprocess.DEVNULL) as leg:
            try:
                while leg.poll() is None:
                    if checkpoint.exists() and torch.load(checkpoint)["step"] > 60:
                        break
                    time.sleep(0.2)
                self.assertIsNone(leg.poll(), "the leg ended before it could be killed")
            finally:
                os.kill(leg.pid, signal.SIGKILL)
        torn_at = torch.load(checkpoint)["step"]
        self.assertFalse((self.torn / "final.pt").exists())
        subprocess.run(start, check=True, stdout=subprocess.DEVNULL)
        whole, torn = (torch.load(folder / "final.pt") for folder in (self.whole, self.torn))
        self.assertLess(torn_at, whole["step"])
        self.assertEqual((whole["step"], whole["seen"]), (torn["step"], torn["seen"]))
        for name, value in whole["ema"].items():
            torch.testing.assert_close(torn["ema"][name], value, rtol=1e-3, atol=1e-4, msg=name)

    def test_a_leg_that_is_told_to_end_saves_first(self):
        run = self.root / "told"
        with subprocess.Popen(command("train.py", run, *self.options[:-6], "--device", "cpu",
                                      "--packs", self.packs), stdout=subprocess.PIPE,
                              text=True) as leg:
            while not (run / "checkpoint.pt").exists() and leg.poll() is None:
                time.sleep(0.2)
            time.sleep(3)
            leg.send_signal(signal.SIGTERM)
            told, _ = leg.communicate()
        self.assertEqual(leg.returncode, 0)
        self.assertIn("the same command goes on", told)
        self.assertGreater(torch.load(run / "checkpoint.pt")["step"], 0)

    def test_what_was_trained_finds_the_shapes_and_quantises_without_loss(self):
        floating, small = self.root / "float.onnx", self.root / "int8.onnx"
        call("export.py", self.whole / "final.pt", floating, "--size", "192x128")
        call("quantize.py", floating, small, "--packs", self.packs, "--pictures", 40)
        self.assertLess(small.stat().st_size, floating.stat().st_size * 0.7)
        results = []
        for file in (self.whole / "final.pt", floating, small):
            lines = self.root / "lines.jsonl"
            lines.write_text(call("detect.py", file, "--packs", self.packs, "--size", "192x128"))
            results.append(mean_ap50(call("evaluate.py", "--packs", self.packs, "--lines", lines)))
        trained, exported, quantised = results
        print(f"\nAP50 on made-up pictures: {trained} trained, {exported} exported, "
              f"{quantised} int8", file=sys.stderr)
        self.assertGreater(trained, 30)
        self.assertAlmostEqual(trained, exported, delta=0.2)
        # onnxruntime's int8 saturates on processors without VNNI; the program's own does not.
        self.assertGreater(quantised, trained - 8)


if __name__ == "__main__":
    unittest.main()
