"""Models in ONNX Runtime and in `ocelli model run`, and numbers held against numbers."""
import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime as ort

TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64,
         "tensor(uint8)": np.uint8, "tensor(int8)": np.int8}


# Operators that multiply quantised numbers: where weights and their zero point stand.
PRODUCTS = {"QLinearConv": (3, 5), "QLinearMatMul": (3, 5), "QGemm": (3, 5), "ConvInteger": (1, 3),
            "MatMulInteger": (1, 3)}


def session_of(model, quantised=True):
    """A session for a path or a model; optimised, ONNX Runtime computes quantised graphs in another
    arithmetic."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    if quantised:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        if isinstance(model, str):
            model = onnx.load(model)
        model = unsaturated(model).SerializeToString()
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def unsaturated(model):
    """The same model with unsigned weights in its integer products.

    Without VNNI, ONNX Runtime's product of unsigned with signed bytes adds pairs in 16 bits and cuts
    them there: weights of the whole range then give wrong sums (in nanodet_m_416_qoperator up to 30
    steps). Its product of unsigned with unsigned bytes does not; 128 more on both weight and zero point
    is the same number.
    """
    made = onnx.ModelProto()
    made.CopyFrom(model)
    constants = {c.name: onnx.numpy_helper.to_array(c) for c in made.graph.initializer}
    done = set()
    for node in made.graph.node:
        if node.op_type not in PRODUCTS:
            continue
        weight, zero = PRODUCTS[node.op_type]
        values = constants.get(node.input[weight])
        if values is None or values.dtype != np.int8:
            continue
        while len(node.input) <= zero:
            node.input.append("")
        offset = constants[node.input[zero]] if node.input[zero] else np.zeros((), np.int8)
        for place, value in ((weight, values), (zero, offset)):
            name = f"unsigned/{node.input[place] or node.input[weight] + '/zero'}"
            node.input[place] = name
            if name not in done:
                done.add(name)
                made.graph.initializer.append(onnx.numpy_helper.from_array(
                    (value.astype(np.int16) + 128).astype(np.uint8), name))
    return made


def is_quantised(path):
    """Whether activations are quantised; weights alone are float arithmetic."""
    return any("QuantizeLinear" in n.op_type and n.op_type != "DequantizeLinear"
               or n.op_type.startswith("QLinear") for n in onnx.load(path).graph.node)


def output_steps(path):
    """Scale and zero point of each output that holds a QuantizeLinear's numbers, moved at most."""
    graph = onnx.load(path).graph
    constants = {c.name: onnx.numpy_helper.to_array(c) for c in graph.initializer}
    makers = {o: n for n in graph.node for o in n.output}
    steps = {}
    for output in graph.output:
        node = makers.get(output.name)
        while node is not None and node.op_type in ("Concat", "Reshape", "Transpose", "Squeeze"):
            node = makers.get(node.input[0])
        if node is not None and node.op_type == "QuantizeLinear":
            steps[output.name] = tuple(np.float32(constants[i]) for i in node.input[1:3])
    return steps


def input_steps(path):
    """Scale and zero point of the first input, which a DequantizeLinear reads."""
    graph = onnx.load(path).graph
    constants = {c.name: onnx.numpy_helper.to_array(c) for c in graph.initializer}
    reader = next(n for n in graph.node if graph.input[0].name in n.input)
    return tuple(np.float32(constants[i]) for i in reader.input[1:3])


def cast(tensor, kind):
    """Numbers in the type of a port; whole numbers by rounding to nearest even."""
    target = TYPES[kind]
    if np.issubdtype(target, np.integer):
        limits = np.iinfo(target)
        return np.clip(np.rint(tensor), limits.min, limits.max).astype(target)
    return tensor.astype(target)


def model_run(ocelli, model, inputs, folder, session, more=()):
    """The outputs of `ocelli model run` by name."""
    command = [ocelli, "model", "run", model, "--output-dir", folder, *more]
    for index, port in enumerate(session.get_inputs()):
        value = inputs.get(port.name)
        if value is None:
            value = np.zeros(port.shape, TYPES[port.type])
        path = os.path.join(folder, f"input{index}.npy")
        np.save(path, value)
        command += ["--input", f"{port.name}={path}"]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{model}: {result.stderr.strip()}")
    return {port.name: np.load(os.path.join(folder, file_of(port.name)))
            for port in session.get_outputs()}


def file_of(name):
    return "".join(c if c.isascii() and c.isalnum() or c in "._-" else "_" for c in name) + ".npy"


def cosine(some, others):
    if some.shape != others.shape:
        return 0.0
    a, b = np.float64(some).ravel(), np.float64(others).ravel()
    length = np.linalg.norm(a) * np.linalg.norm(b)
    return a @ b / length if length else float(np.array_equal(a, b))


def chosen_rows(path, wanted, found):
    """Outputs of a graph that chooses rows (others: as they are), both with their rows in the order of
    `wanted`, without fillers (rows of a box whose score is 0) and without the twentieth of the rows that
    fit least, where they do not fit; and how many did not."""
    if not any(n.op_type in ("TopK", "NonMaxSuppression") for n in onnx.load(path).graph.node):
        return wanted, found, 0
    wanted, found = list(wanted), list(found)
    for index, (some, others) in enumerate(zip(wanted, found)):
        if some.ndim == 3 and some.shape[2] >= 6 and some.shape[1] <= 1000:
            wanted[index], found[index] = (v[:, v[0, :, 4] > 0] for v in (some, others))
    count = max((v.shape[1] for v in wanted if v.ndim in (2, 3)), default=0)
    rows = [i for i, v in enumerate(wanted) if v.ndim in (2, 3) and v.shape[:2] == (1, count)]
    if not 1 < count <= 1000 or any(f.shape != w.shape for f, w in zip(found, wanted)):
        return wanted, found, 0
    a, b = (np.concatenate([v[i][0].reshape(count, -1) for i in rows], axis=1).astype(np.float64)
            for v in (wanted, found))
    free, order, apart = list(range(count)), [], []
    for row in a:
        distances = np.abs(b[free] - row).max(axis=1)
        order.append(free.pop(int(distances.argmin())))
        apart.append(distances.min())
    least = np.argsort(apart)[count - -(-count // 20) :]
    kept = sorted(set(range(count)) - {i for i in least if apart[i] > 1e-3})
    wanted, found = list(wanted), list(found)
    for i in rows:
        wanted[i], found[i] = wanted[i][:, kept], found[i][:, [order[k] for k in kept]]
    return wanted, found, count - len(kept)


def is_noise(some, others):
    """Whether numbers are too small on both sides for their cosine to mean anything."""
    return (some.shape == others.shape and np.abs(some).max(initial=0) < 1e-4
            and np.abs(some - others).max(initial=0) < 1e-6)


def worst_cosine(some, others):
    return min((cosine(a, b) for a, b in zip(some, others) if not is_noise(a, b)), default=1.0)
