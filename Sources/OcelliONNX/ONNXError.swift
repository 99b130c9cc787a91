/// A node that has no form in the graph, and why.
package struct UnsupportedNode: Sendable, Equatable, CustomStringConvertible {
  package let type: String
  package let domain: String
  package let opset: Int64
  package let name: String
  package let reason: String

  package var description: String { Self.describe([self]) }

  /// Several nodes that differ in nothing but their names.
  fileprivate static func describe(_ nodes: [UnsupportedNode]) -> String {
    guard let first = nodes.first else { return "" }
    let names = nodes.map(\.name).filter { !$0.isEmpty }.map(\.debugDescription)
    let many = nodes.count == 1 ? "node" : "\(nodes.count) nodes"
    let place =
      names.isEmpty && nodes.count == 1
      ? "" : " at \(many) \(names.joined(separator: ", "))"
    let domain = first.domain.isEmpty ? "ai.onnx" : first.domain
    return "\(first.type) (\(domain) \(first.opset))\(place): \(first.reason)"
  }

  /// Every node by its name, what they share once.
  fileprivate static func list(_ nodes: [UnsupportedNode]) -> String {
    struct Kind: Hashable {
      let type, domain, reason: String
      let opset: Int64
    }
    var order: [Kind] = []
    var groups: [Kind: [UnsupportedNode]] = [:]
    for node in nodes {
      let kind = Kind(
        type: node.type, domain: node.domain, reason: node.reason, opset: node.opset)
      if groups[kind] == nil { order.append(kind) }
      groups[kind, default: []].append(node)
    }
    return order.map { describe(groups[$0] ?? []) }.joined(separator: "; ")
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
      (nodes.count == 1 ? "1 node" : "\(nodes.count) nodes") + " cannot be imported: "
        + UnsupportedNode.list(nodes)
    case .graph(let reason): reason
    }
  }
}
