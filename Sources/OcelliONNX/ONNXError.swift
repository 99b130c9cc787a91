/// A node that has no form in the graph, and why.
package struct UnsupportedNode: Sendable, Equatable, CustomStringConvertible {
  package let type: String
  package let domain: String
  package let opset: Int64
  package let name: String
  package let reason: String

  package var description: String {
    let place = name.isEmpty ? "" : " at node \(name.debugDescription)"
    return "\(type) (\(domain.isEmpty ? "ai.onnx" : domain) \(opset))\(place): \(reason)"
  }
}

/// Why a file is no model that can be imported.
package enum ONNXError: Error, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  /// Not the bytes of a model or tensor.
  case malformed(String)
  /// More than Ocelli takes of something.
  case limit(what: String, found: Int, maximum: Int)
  case opset(Int64)
  case tensor(name: String, reason: String)
  /// Every node that cannot be imported.
  case unsupported([UnsupportedNode])
  /// The nodes and values do not form a graph.
  case graph(String)

  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .malformed(let reason): "not an ONNX file: \(reason)"
    case .limit(let what, let found, let maximum):
      "the file has \(found) \(what); at most \(maximum) are supported"
    case .opset(let version):
      "opset \(version) is not supported; export the model with opset 1 to \(OperatorList.newestOpset)"
    case .tensor(let name, let reason): "tensor \(name.debugDescription): \(reason)"
    case .unsupported(let nodes):
      "\(nodes.count) nodes cannot be imported: "
        + nodes.map(\.description).joined(separator: "; ")
    case .graph(let reason): reason
    }
  }
}
