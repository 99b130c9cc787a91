"""The models that speed is judged on, their inputs, and where measured tables go."""
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent


def add_options(parser):
    parser.add_argument("--models", default=os.environ.get("OCELLI_MODELS"),
                        help="the folder of the models (or OCELLI_MODELS)")
    parser.add_argument("--videos", default=os.environ.get("OCELLI_VIDEOS"),
                        help="the folder of the clips (or OCELLI_VIDEOS)")
    parser.add_argument("--ocelli", default=str(HERE.parent / ".build/release/ocelli"),
                        help="the program")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    parser.add_argument("--cache", default=os.path.join(home, "ocelli-bench"),
                        help="where made models and inputs are kept (default: %(default)s)")
    parser.add_argument("--only", action="append", default=[],
                        help="only models in whose name this stands; may come several times")


class BenchSet:
    """`bench-set.json` with the folders of a command line."""

    def __init__(self, arguments):
        for what in ("models", "videos"):
            if not getattr(arguments, what):
                sys.exit(f"where are the {what}? Give --{what} DIR or OCELLI_{what.upper()}.")
        self.arguments = arguments
        self.set = json.loads((HERE / "bench-set.json").read_text())
        os.makedirs(arguments.cache, exist_ok=True)

    @property
    def entries(self):
        wanted = [w.lower() for w in self.arguments.only]
        return [e for e in self.set["models"]
                if not wanted or any(w in e["name"].lower() for w in wanted)]

    def path(self, entry, kind):
        """The model's file; None where there is none of the kind."""
        if kind == "int8" and "int8" not in entry:
            made = self.made(entry)
            return made if os.path.exists(made) else None
        path = os.path.join(self.arguments.models, entry[kind])
        return path if os.path.exists(path) else None

    def made(self, entry):
        """Where `make-int8` puts a model of its own."""
        return os.path.join(self.arguments.cache, entry["fp32"].removesuffix(".onnx") + "_made_qdq.onnx")

    def clip(self, role):
        return os.path.join(self.arguments.videos, self.set[role]["clip"])

    def tensor(self, entry, role, start):
        """The model's input for the picture at `start` of a clip, as `ocelli analyze` makes it."""
        name = f"{entry['fp32'].removesuffix('.onnx')}_{self.set[role]['clip']}_{start:g}.npy"
        path = os.path.join(self.arguments.cache, name)
        if not os.path.exists(path):
            size = ["--size", "{}x{}".format(*entry["size"])] if "size" in entry else []
            result = subprocess.run(
                [self.arguments.ocelli, "analyze", self.clip(role), "-m",
                 os.path.join(self.arguments.models, entry["fp32"]), "--quiet", "--start", f"{start:g}",
                 "--duration", "0.5", "--dump-input", path, *size], capture_output=True, text=True)
            if result.returncode or not os.path.exists(path):
                sys.exit(f"{entry['name']}: no input: {result.stderr.strip()}")
        return np.load(path)

    def input(self, entry):
        return self.tensor(entry, "input", float(self.set["input"]["start"]))


def pinned(cores):
    """To be run in a child before its program: these cores alone."""
    return lambda: os.sched_setaffinity(0, cores)


def busy_share(cores, seconds):
    """How much of the cores' time something ran, over some seconds."""
    def read():
        total = idle = 0
        with open("/proc/stat") as stat:
            for line in stat:
                name, *numbers = line.split()
                if name in {f"cpu{c}" for c in cores}:
                    numbers = list(map(int, numbers[:8]))
                    total += sum(numbers)
                    idle += numbers[3] + numbers[4]
        return total, idle

    before = read()
    time.sleep(seconds)
    after = read()
    total = after[0] - before[0]
    return 1 - (after[1] - before[1]) / total if total else 0.0


def machine(ocelli):
    """Processor, cores, the instruction set that Ocelli chose, the system."""
    facts = {}
    with open("/proc/cpuinfo") as info:
        for line in info:
            key, _, value = line.partition(":")
            facts.setdefault(key.strip(), value.strip())
    doctor = subprocess.run([ocelli, "doctor", "--json"], capture_output=True, text=True).stdout
    tier = next((f["fact"] for f in json.loads(doctor)["findings"] if f["topic"] == "processor"), "")
    flags = set(facts.get("flags", "").split())
    units = ", ".join(f for f in ("avx2", "avx512f", "avx512_vnni", "avx_vnni") if f in flags)
    return (f"{facts.get('model name', '?')} (family {facts.get('cpu family', '?')}, model "
            f"{facts.get('model', '?')}; {units}), {os.cpu_count()} cores"
            + (f"; ocelli doctor: {tier}" if tier else ""))


def commit():
    result = subprocess.run(["git", "-C", str(HERE), "describe", "--always", "--dirty", "--exclude", "*"],
                            capture_output=True, text=True)
    return result.stdout.strip() or "unknown"


def write_between(path, name, lines):
    """Puts lines between `<!-- NAME -->` and `<!-- end NAME -->` of a file."""
    text = pathlib.Path(path).read_text()
    begin, end = f"<!-- {name} -->", f"<!-- end {name} -->"
    if begin not in text or end not in text:
        sys.exit(f"{path} has no {begin} … {end}")
    head, rest = text.split(begin, 1)
    tail = rest.split(end, 1)[1]
    pathlib.Path(path).write_text(head + begin + "\n" + "\n".join(lines) + "\n" + end + tail)
