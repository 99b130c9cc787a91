import OcelliONNX
import OcelliTensor

/// Who makes and who reads each value of a file, by name.
struct FileIndex {
  let nodes: [FileNode]
  let constants: [String: Tensor]
  let outputs: Set<String>
  private let producers: [String: Int]
  private let readings: [String: [Int]]
  private let captured: Set<String>

  /// Errors: `.model` where nodes stand in no order in which they can run, or constants are damaged.
  init(_ file: ModelFile) throws(QuantizeError) {
    nodes = file.nodes
    outputs = Set(file.outputs)
    do { constants = try file.constants() } catch { throw .model("\(error)") }
    var producers: [String: Int] = [:]
    var readings: [String: [Int]] = [:]
    var captured = Set<String>()
    for (index, node) in nodes.enumerated() {
      for name in node.inputs where !name.isEmpty {
        readings[name, default: []].append(index)
      }
      captured.formUnion(node.captures)
      for name in node.outputs where !name.isEmpty { producers[name] = index }
    }
    for (index, node) in nodes.enumerated() {
      for name in node.inputs {
        if let producer = producers[name], producer >= index {
          throw .model(
            "node \(node.label.debugDescription) stands before what makes its inputs; ONNX asks for "
              + "nodes in order (onnx.checker tells more)")
        }
      }
    }
    self.producers = producers
    self.readings = readings
    self.captured = captured
  }

  func producer(of name: String) -> Int? { producers[name] }

  /// The nodes that read a value, a node once for each reading.
  func readers(of name: String) -> [Int] { readings[name] ?? [] }

  /// The only node that reads a value, which is no output of the model and read by no body.
  func onlyReader(of name: String) -> Int? {
    let readers = readers(of: name)
    guard readers.count == 1, !outputs.contains(name), !captured.contains(name) else { return nil }
    return readers[0]
  }

  /// Whether only this one place reads a constant.
  func isOwn(_ constant: String) -> Bool {
    readers(of: constant).count == 1 && !outputs.contains(constant) && !captured.contains(constant)
  }

  /// Constant elements of float32; nil for anything else.
  func floats(_ name: String) -> Tensor? {
    guard let tensor = constants[name], tensor.type == .float32 else { return nil }
    return tensor
  }
}
