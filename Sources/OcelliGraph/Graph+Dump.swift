package import OcelliTensor

extension Fact: CustomStringConvertible {
  package var description: String { type.rawValue + (shape?.description ?? "[?]") }
}

extension Tensor {
  /// Type and shape, and the elements where they are few.
  package var summary: String {
    let kind = type.rawValue + shape.description
    guard count <= 8 else { return kind }
    switch type {
    case .float32: return kind + listed(array(of: Float.self))
    case .int64: return kind + listed(array(of: Int64.self))
    case .int32: return kind + listed(array(of: Int32.self))
    case .uint8: return kind + listed(array(of: UInt8.self))
    case .int8: return kind + listed(array(of: Int8.self))
    case .bool: return kind + listed(array(of: Bool.self))
    default: return kind
    }
  }

  private func listed(_ elements: [some Any]) -> String {
    "{" + elements.map { "\($0)" }.joined(separator: " ") + "}"
  }
}

extension Graph {
  /// The graph as text, one line an input, node and output. The same graph gives the same text.
  package func dump() -> String {
    var lines = ["graph \(name.debugDescription)"]
    for (index, id) in inputs.enumerated() {
      lines.append("input \(id): \(declared(index)) \(self[id].name.debugDescription)")
    }
    for node in nodes {
      lines.append(line(node))
      for body in (node.op as? any ControlFlow)?.bodies ?? [] {
        lines += body.dump().split(separator: "\n").map { "  \($0)" }
      }
    }
    for id in outputs {
      lines.append("output \(reference(id)): \(fact(id)) \(self[id].name.debugDescription)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ node: Node) -> String {
    let outputs = node.outputs.map { $0.map { "\($0): \(fact($0))" } ?? "_" }
    let inputs = node.inputs.map { $0.map(reference) ?? "_" }
    let detail = node.op.detail.isEmpty ? "" : " {\(node.op.detail)}"
    let name = node.name.isEmpty ? "" : " \(node.name.debugDescription)"
    return outputs.joined(separator: ", ") + " = \(node.op.name)"
      + "(\(inputs.joined(separator: ", ")))" + detail + name
  }

  private func reference(_ id: ValueID) -> String { self[id].constant?.summary ?? "\(id)" }

  private func fact(_ id: ValueID) -> String { self[id].fact?.description ?? "?" }

  private func declared(_ index: Int) -> String {
    let fact = self[inputs[index]].fact
    if let fact, fact.shape != nil { return fact.description }
    guard index < declaredInputs.count, let extents = declaredInputs[index] else {
      return fact?.description ?? "?"
    }
    let list = extents.map { $0.map(String.init) ?? "?" }.joined(separator: "×")
    return "\(fact?.type.rawValue ?? "?")[\(list)]"
  }
}
