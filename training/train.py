#!/usr/bin/env python3
"""Trains the detector on packs, in legs that go on from where the last one ended.

The same command again goes on with the run: weights, their moving average, optimisers and step are
in RUN/checkpoint.pt, written every few minutes, at the end of a leg and on SIGTERM. RUN/final.pt
appears when the learning rate has come down to zero; RUN/undecayed.pt is the state before it began
to fall, for a longer run later. With --smoke it makes up its own pictures and is done in a minute
or two.
"""
import argparse
import copy
import json
import os
import pathlib
import signal
import time

import torch

import model
import pack
import synthetic
from data import Batches, Pictures, loader
from losses import Cells, detection_loss
from optimizer import optimizers


def arguments(given=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("run", help="folder of the run")
    add("--packs", help="folder of packs (training/pack.py)")
    add("--smoke", action="store_true", help="a small run on made-up pictures, to try the recipe")
    add("--architecture", default="base", choices=model.ARCHITECTURES)
    add("--sizes", default="384x224", metavar="WxH[:CHANCE],…",
        help="input sizes, each batch draws one (default: %(default)s)")
    add("--batch", type=int, default=32)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, help="length of the whole run in batches")
    length.add_argument("--minutes", type=float, help="length of the whole run in training time")
    add("--leg", type=float, metavar="MINUTES", help="stop this leg after so long; resume later")
    add("--decay", type=float, default=1.0,
        help="share of the run over which the rate falls to zero (default: all of it)")
    add("--warm-up", type=int, default=200, metavar="STEPS")
    add("--rate", type=float, default=3e-3, help="of AdamW (default: %(default)s)")
    add("--muon-rate", type=float, default=0.02, help="default: %(default)s")
    add("--average", type=float, default=0.999, help="of the weights (default: %(default)s)")
    add("--mosaic", type=float, default=0.5, help="share of pictures made of four")
    add("--closing", type=float, default=0.15,
        help="last share of the run, with few mosaics (default: %(default)s)")
    add("--init", help="begin from the weights of this checkpoint")
    add("--seed", type=int, default=0)
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--threads", type=int, help="of computation on a CPU (default: all)")
    add("--workers", type=int, default=max(1, min(14, (os.cpu_count() or 2) - 2)),
        help="processes that augment (default: %(default)s)")
    add("--save-minutes", type=float, default=2)
    add("--log-steps", type=int, default=50)
    options = parser.parse_args(given)
    if options.smoke:
        prepare_smoke(options)
    if not options.packs or not (options.steps or options.minutes):
        parser.error("--packs and one of --steps and --minutes are needed, or --smoke")
    if not 0 < options.decay <= 1:
        parser.error("--decay is a share above 0, at most 1")
    return options


def prepare_smoke(options):
    """Packs of made-up pictures in the run's folder, the smallest network, few steps."""
    folder = pathlib.Path(options.run)
    options.packs = options.packs or str(folder / "packs")
    options.architecture, options.sizes, options.batch = "tiny", "192x128", 16
    options.steps, options.warm_up, options.average = options.steps or 240, 10, 0.95
    if not list(pathlib.Path(options.packs).glob("train-*.tar")):
        synthetic.dataset(folder / "made-up", 200, options.seed)
        pack.write(options.packs, [folder / "made-up"], 192, 128)


def sizes(text):
    """`384x224,448x256:0.2` as ((width, height), chance) each."""
    out = []
    for part in text.split(","):
        name, _, chance = part.partition(":")
        out.append((model.size(name), float(chance or 1)))
    return out


class Run:
    """A run's state and its one loop."""

    def __init__(self, options):
        self.options, self.folder = options, pathlib.Path(options.run)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.device = torch.device(options.device)
        torch.manual_seed(options.seed)
        torch.set_flush_denormal(True)
        if options.threads:
            torch.set_num_threads(options.threads)
        self.step, self.spent, self.seen, self.undecayed = 0, 0.0, 0, False
        saved = self.saved()
        architecture = saved["architecture"] if saved else options.architecture
        self.network = model.build(architecture)
        if not saved and options.init:
            start = torch.load(options.init, map_location="cpu", weights_only=True)
            if start["architecture"] != architecture:
                raise SystemExit(f"{options.init} is a '{start['architecture']}', this run is "
                                 f"'{architecture}'")
            self.network.load_state_dict(start["ema"])
        self.network.to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval()
        self.optimizers = optimizers(self.network, options.muon_rate, options.rate)
        self.rates = [[group["lr"] for group in o.param_groups] for o in self.optimizers]
        if saved:
            self.network.load_state_dict(saved["net"])
            self.average.load_state_dict(saved["ema"])
            for optimizer, state in zip(self.optimizers, saved["optimizers"]):
                optimizer.load_state_dict(state)
            for key in ("step", "spent", "seen", "undecayed"):
                setattr(self, key, saved[key])
        self.architecture = architecture

    def saved(self):
        path = self.folder / "checkpoint.pt"
        return torch.load(path, map_location="cpu", weights_only=True) if path.exists() else None

    def save(self, name="checkpoint.pt", weights_only=False):
        state = {"architecture": self.architecture, "ema": self.average.state_dict(),
                 "step": self.step, "spent": self.spent, "seen": self.seen,
                 "arguments": dict(vars(self.options))}
        if not weights_only:
            state.update(net=self.network.state_dict(), undecayed=self.undecayed,
                         optimizers=[o.state_dict() for o in self.optimizers])
        temporary = self.folder / f".{name}.{os.getpid()}"
        torch.save(state, temporary)
        os.replace(temporary, self.folder / name)  # a kill leaves the old file or the new one

    def progress(self):
        if self.options.steps:
            return self.step / self.options.steps
        return self.spent / (self.options.minutes * 60)

    def set_rates(self):
        left = (1 - self.progress()) / max(self.options.decay, 1e-9)
        factor = min(1.0, max(0.0, left), (self.step + 1) / max(1, self.options.warm_up))
        for optimizer, rates in zip(self.optimizers, self.rates):
            for group, rate in zip(optimizer.param_groups, rates):
                group["lr"] = rate * factor
        return factor

    def advance(self, batch, cells):
        """One batch: gradients, both optimisers, the moving average."""
        pictures, truth, ignored = (t.to(self.device, non_blocking=True) for t in batch)
        pictures = pictures.to(memory_format=torch.channels_last).float() / 255
        with torch.autocast(self.device.type, torch.bfloat16,
                            enabled=self.device.type == "cuda"):
            outputs = self.network(pictures)
        loss, class_loss, box_loss = detection_loss(outputs, truth, ignored, cells)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        for optimizer in self.optimizers:
            optimizer.step()
        keep = min(self.options.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            mean, now = self.average.state_dict(), self.network.state_dict()
            floats = [k for k, v in mean.items() if v.dtype.is_floating_point]
            torch._foreach_lerp_([mean[k] for k in floats], [now[k] for k in floats], 1 - keep)
            for key in mean.keys() - set(floats):
                mean[key].copy_(now[key])
        return torch.stack([class_loss, box_loss])

    def go(self):
        """Trains until the run or the leg ends; tells whether the run is finished."""
        options, log = self.options, open(self.folder / "log.jsonl", "a", encoding="utf-8")
        pictures, shapes, cells = Pictures(options.packs), sizes(options.sizes), {}
        stop = []
        signal.signal(signal.SIGTERM, lambda *_: stop.append("SIGTERM"))
        began = saved_at = logged_at = time.monotonic()
        spent_before, sums, since = self.spent, torch.zeros(2, device=self.device), self.step
        closing, batches = None, None
        if not (self.folder / "checkpoint.pt").exists():
            self.save()
        self.network.train()
        while (progress := self.progress()) < 1 and not stop:
            if closing != (now := progress >= 1 - options.closing):
                closing = now
                mosaic = options.mosaic * (0.3 if closing else 1)
                batches = loader(Batches(pictures, shapes, options.batch, options.seed, mosaic),
                                 self.step, options.workers)
            if not self.undecayed and progress >= 1 - options.decay and self.step:
                self.undecayed = True
                self.save("undecayed.pt")
            factor = self.set_rates()
            batch = next(batches)
            shape = batch[0].shape[3], batch[0].shape[2]
            if shape not in cells:
                cells[shape] = Cells(*shape, self.device)
            sums += self.advance(batch, cells[shape])
            self.step += 1
            self.seen += len(batch[0])
            clock = time.monotonic()
            self.spent = spent_before + clock - began
            if self.step - since >= options.log_steps:
                mean = (sums / (self.step - since)).tolist()  # the one wait for the device
                line = {"step": self.step, "spent_s": round(self.spent), "seen": self.seen,
                        "rate": round(factor, 4), "classes": round(mean[0], 4),
                        "boxes": round(mean[1], 4), "pictures_s": round(
                            (self.step - since) * options.batch / (clock - logged_at), 1)}
                print(json.dumps(line), file=log, flush=True)
                print(json.dumps(line), flush=True)
                if not all(v == v for v in mean):
                    raise SystemExit(f"the loss is no number at step {self.step}; the last "
                                     "checkpoint is good")
                sums, since, logged_at = sums * 0, self.step, clock
            if clock - saved_at > options.save_minutes * 60:
                self.save()
                saved_at = clock
            if options.leg and clock - began >= options.leg * 60:
                stop.append("leg")
        self.save()
        finished = self.progress() >= 1
        if finished:
            self.save("final.pt", weights_only=True)
        print(f"step {self.step}, {self.seen} pictures, {self.spent / 60:.1f} minutes: "
              + ("finished" if finished else f"stopped ({stop[0]}); the same command goes on"))
        return finished


def main(given=None):
    Run(arguments(given)).go()


if __name__ == "__main__":
    main()
