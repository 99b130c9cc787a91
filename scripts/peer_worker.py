#!/usr/bin/env python3
"""One contestant of compare-peers, in a process of its own: a model in another engine, kept warm.

  peer_worker.py ENGINE MODEL INPUTS.npz THREADS OUTPUTS.npz

Prints a line of JSON when it is ready; after that, for each line `REPEATS` on standard input, runs as
often and prints the median. Its settings are those with the least latency of each engine.
"""
import json
import os
import sys
import time

import numpy as np

WARM_UP = 5


def onnxruntime(path, inputs, threads, exact=False):
    """All optimisations, spinning, input and output bound once. `exact`: sums of bytes never saturate."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    # Between its runs the others have the cores for themselves.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    if exact:
        options.add_session_config_entry("session.x64quantprecision", "1")
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for name, value in inputs.items():
        binding.bind_ortvalue_input(name, ort.OrtValue.ortvalue_from_numpy(value))
    for output in session.get_outputs():
        binding.bind_output(output.name, "cpu")
    session.run_with_iobinding(binding)
    for output, value in zip(session.get_outputs(), binding.get_outputs()):
        binding.bind_ortvalue_output(output.name, value)
    return (lambda: session.run_with_iobinding(binding),
            lambda: [v.numpy() for v in binding.get_outputs()])


def onnxruntime_exact(path, inputs, threads):
    return onnxruntime(path, inputs, threads, exact=True)


def openvino(path, inputs, threads):
    """Latency hint, one stream, float32 where the model has floats."""
    import openvino as ov

    core = ov.Core()
    model = core.read_model(path)
    if any(i.partial_shape.is_dynamic for i in model.inputs):
        model.reshape({i: list(inputs[i.any_name].shape) for i in model.inputs})
    compiled = core.compile_model(model, "CPU", {
        "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "f32"})
    request = compiled.create_infer_request()
    for port in compiled.inputs:
        request.set_tensor(port, ov.Tensor(inputs[port.any_name]))
    return (lambda: request.infer(share_outputs=True),
            lambda: [np.array(request.get_tensor(o).data) for o in compiled.outputs])


def ncnn(path, inputs, threads):
    """Its defaults with packing, Winograd and sgemm; no half floats, as the others have none."""
    import ncnn as engine

    net = engine.Net()
    net.opt.num_threads = threads
    net.opt.use_packing_layout = True
    net.opt.use_winograd_convolution = True
    net.opt.use_sgemm_convolution = True
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, option, False)
    if net.load_param(path + ".ncnn.param") or net.load_model(path + ".ncnn.bin"):
        raise RuntimeError("its files could not be loaded")
    # pnnx takes the batch away.
    mats = [engine.Mat(np.ascontiguousarray(v[0])).clone() for v in inputs.values()]
    names = sorted(net.output_names(), key=lambda n: int(n.removeprefix("out")))
    found = []

    def run():
        extractor = net.create_extractor()
        for index, mat in enumerate(mats):
            extractor.input(f"in{index}", mat)
        found[:] = []
        for name in names:
            code, mat = extractor.extract(name)
            if code:
                raise RuntimeError(f"{name} was not computed ({code})")
            found.append(mat)

    return run, lambda: [np.array(m) for m in found]


ENGINES = {"onnxruntime": onnxruntime, "onnxruntime-exact": onnxruntime_exact, "openvino": openvino,
           "ncnn": ncnn}


def times(run, repeats):
    for _ in range(WARM_UP):
        run()
    series = []
    for _ in range(repeats):
        start = time.perf_counter_ns()
        run()
        series.append((time.perf_counter_ns() - start) / 1e6)
    return series


def main():
    engine, path, inputs, threads, outputs = sys.argv[1:]
    # Engines say things on standard output; answers go where it was.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        with np.load(inputs) as values:
            run, results = ENGINES[engine](path, {n: values[n] for n in values.files}, int(threads))
        first = float(np.median(times(run, 3)))
        np.savez(outputs, *results())
    except Exception as error:  # whatever an engine may throw: this contestant is out
        reason = str(error).strip().splitlines()
        print(json.dumps({"error": f"{type(error).__name__}: {reason[0][:200] if reason else ''}"}),
              file=answers)
        return
    print(json.dumps({"ready": True, "median_ms": first}), file=answers)
    for line in sys.stdin:
        series = times(run, int(line))
        print(json.dumps({"median_ms": float(np.median(series)), "min_ms": min(series)}), file=answers)


if __name__ == "__main__":
    main()
