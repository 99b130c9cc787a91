import OcelliEngine
import OcelliGraph
import OcelliLowering
import OcelliONNX
import OcelliTensor

/// One thread: a fuzzer starts as many processes as there are cores.
private let crew = Crew(threadCount: 1)
/// Runs beyond this say nothing new and take long. Units: multiplications.
private let workLimit = 1 << 22
/// Units: bytes.
private let arenaLimit = 64 << 20

/// Any bytes are either an error, or a model whose shapes are inferred, whose constants are folded, and
/// that runs once or is refused: never a trap, and outputs are what the session said they are.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEngine(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
  guard let graph = try? ONNXImporter.importModel(bytes: bytes) else { return 0 }
  let options = SessionOptions(
    inputShapes: graph.declaredInputs.map(extents),
    channelsLastInput: bytes.count % 2 == 0, floatPorts: bytes.count % 3 == 0)
  guard let simplified = try? Session.simplified(graph, options: options) else { return 0 }
  do { try GraphVerifier.verify(simplified) } catch {
    fatalError("simplifying made a graph that is not well formed: \(error)")
  }
  guard let session = try? Session(simplified: simplified, options: options),
    session.plan.program.work <= workLimit, session.plan.memory.arenaBytes <= arenaLimit,
    let context = try? session.makeContext(dataLimit: arenaLimit)
  else { return 0 }
  fill(context, session.inputs, bytes)
  guard (try? session.run(context, crew: crew)) != nil else { return 0 }
  for (index, port) in session.outputs.enumerated() {
    guard let output = try? context.output(index), let port else { continue }
    precondition(output.type == port.type && output.shape == port.shape, "another output")
  }
  return 0
}

/// Small extents for axes that the model leaves open.
private func extents(_ declared: [Int?]?) -> [Int?] {
  (declared ?? [1, 3, 8, 8]).enumerated().map { axis, extent in extent ?? (axis == 0 ? 1 : 8) }
}

/// Numbers out of the model's own bytes, so that the same model runs the same way.
private func fill(_ context: Context, _ ports: [Port], _ bytes: [UInt8]) {
  for (index, port) in ports.enumerated() {
    guard var tensor = try? Tensor(port.type, port.shape) else { continue }
    if port.type == .float32 {
      var elements = tensor.mutableSpan(of: Float.self)
      for i in elements.indices { elements[i] = Float(bytes[i % bytes.count]) / 32 - 4 }
    } else if port.type != .bool {
      var target = tensor.mutableBytes
      unsafe target.withUnsafeMutableBytes { buffer in
        for i in buffer.indices { unsafe buffer[i] = bytes[i % bytes.count] & 3 }
      }
    }
    try? context.setInput(index, to: tensor)
  }
}
