import OcelliONNX
import OcelliTensor

/// What of a file runs on bytes: the layers, and what lies on a way between them. What comes behind the
/// last layers (the decoding of boxes) and what only leads to operators of floats stays in float.
struct QuantizedRegion {
  /// What a node does to the scale of what it reads.
  private enum Kind {
    /// Moves or picks elements: input and output have one scale.
    case moving
    /// Joins its inputs, whose scale they share where they are alike.
    case joining
    /// Makes numbers of its own, of a scale of its own.
    case making
    /// A function of each element alone: bytes become bytes by a table.
    case function
  }

  private static let kinds: [String: Kind] = {
    var kinds: [String: Kind] = ["Concat": .joining]
    for name in [
      "DepthToSpace", "Flatten", "Gather", "Identity", "MaxPool", "Reshape", "Slice",
      "SpaceToDepth", "Split", "Squeeze", "Transpose", "Unsqueeze",
    ] { kinds[name] = .moving }
    for name in ["Add", "AveragePool", "GlobalAveragePool", "Mul", "PRelu", "Resize", "Sub"] {
      kinds[name] = .making
    }
    for name in [
      "Clip", "Div", "Elu", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "Relu",
      "Selu", "Sigmoid", "Softplus", "Swish", "Tanh",
    ] { kinds[name] = .function }
    return kinds
  }()

  let file: FileIndex
  let layers: [Layer]
  /// The nodes that run on bytes.
  private let inside: Set<Int>
  /// The value that a function of one value begins with, by the value that it makes.
  private let roots: [String: String]

  /// `floats`: layers that are left in float, by node. `known`: values whose numbers were observed.
  init(_ file: FileIndex, floats: Set<Int> = [], known: Set<String>) {
    self.file = file
    layers = Layer.all(in: file).filter { !floats.contains($0.node) && known.contains($0.input) }
    let roots = Self.roots(file)
    var inside = Set(layers.map(\.node))
    for index in file.nodes.indices.reversed() where !inside.contains(index) {
      let node = file.nodes[index]
      guard Self.kind(of: node, index: file, roots) != nil,
        Self.data(node, file).allSatisfy({ known.contains($0) }),
        node.outputs.contains(where: { output in
          known.contains(output)
            && file.readers(of: output).contains { reader in
              inside.contains(reader) && Self.data(file.nodes[reader], file).contains(output)
            }
        })
      else { continue }
      inside.insert(index)
    }
    self.inside = inside
    self.roots = roots
  }

  // MARK: Nodes

  /// The values that a node computes with; the others are parameters.
  private static func data(_ node: FileNode, _ file: FileIndex) -> [String] {
    switch node.type {
    case "Add", "Concat", "Div", "Mul", "Sub":
      node.inputs.filter { !$0.isEmpty && file.constants[$0] == nil }
    default: node.inputs.prefix(1).filter { !$0.isEmpty && file.constants[$0] == nil }
    }
  }

  private static func isBinary(_ node: FileNode) -> Bool {
    ["Add", "Div", "Mul", "Sub"].contains(node.type)
  }

  private static func isScalar(_ name: String, _ file: FileIndex) -> Bool {
    file.constants[name]?.count == 1
  }

  private static func kind(
    of node: FileNode, index file: FileIndex, _ roots: [String: String]
  ) -> Kind? {
    guard let kind = kinds[node.type], let output = node.outputs.first,
      !data(node, file).isEmpty
    else { return nil }
    if roots[output] != nil { return .function }
    switch kind {
    // Without a root: a function of several values, or of constants that are none.
    case .function: return nil
    case .making:
      // A constant of several elements would lose more than the operator gains.
      guard node.type != "Sub", data(node, file).count == node.inputs.count || !isBinary(node)
      else { return nil }
      if node.type == "Resize", node.string("mode") ?? "nearest" == "nearest" { return .moving }
      return .making
    case .joining: return data(node, file).count == node.inputs.count ? kind : nil
    case .moving: return kind
    }
  }

  /// Whether a value is a function of one other value, element by element, and of which.
  private static func roots(_ file: FileIndex) -> [String: String] {
    var roots: [String: String] = [:]
    for node in file.nodes {
      guard let output = node.outputs.first, let kind = kinds[node.type] else { continue }
      guard kind == .function || isBinary(node) else { continue }
      let dynamic = node.inputs.filter { !$0.isEmpty && file.constants[$0] == nil }
      let constants = node.inputs.filter { file.constants[$0] != nil }
      guard let first = dynamic.first, constants.allSatisfy({ isScalar($0, file) }) else {
        continue
      }
      let root = roots[first] ?? first
      guard dynamic.allSatisfy({ (roots[$0] ?? $0) == root }) else { continue }
      // A value added to itself is no function that writers spell so.
      if isBinary(node), constants.isEmpty, dynamic.allSatisfy({ $0 == first }) { continue }
      roots[output] = root
    }
    return roots
  }

  func contains(_ node: Int) -> Bool { inside.contains(node) }

  private func reads(_ node: Int, _ value: String) -> Bool {
    Self.data(file.nodes[node], file).contains(value)
  }

  // MARK: Values

  /// Whether a value lies within a function: between bytes and bytes, as floats.
  private func isInterior(_ value: String) -> Bool {
    guard let root = roots[value], let producer = file.producer(of: value), contains(producer)
    else { return false }
    let readers = file.readers(of: value).filter(contains)
    return !readers.isEmpty
      && readers.allSatisfy { reader in
        file.nodes[reader].outputs.first.flatMap { roots[$0] } == root
      }
  }

  /// Whether a value is the sum of a layer that a clamp alone reads: that is no table, it is the range of
  /// the bytes.
  private func isClamped(_ value: String) -> Bool {
    guard let reader = file.onlyReader(of: value), contains(reader),
      let producer = file.producer(of: value), contains(producer)
    else { return false }
    let maker = file.nodes[producer].type
    let isSum = ["Add", "Conv", "Gemm", "MatMul", "Mul"].contains(maker) && roots[value] == nil
    return isSum && ["Clip", "Relu"].contains(file.nodes[reader].type)
  }

  /// Values that are quantised: in the order of the file, the model's inputs first.
  func quantizedValues(inputs: [String], known: Set<String>) -> [String] {
    let candidates = inputs + file.nodes.flatMap(\.outputs)
    return candidates.filter { value in
      known.contains(value) && !isInterior(value) && !isClamped(value)
        && file.readers(of: value).contains { contains($0) && reads($0, value) }
    }
  }

  /// The value that a function makes of `value` at its end, where one does: what its bytes are for.
  func functionResult(of value: String) -> String? {
    var ends: [String] = []
    for node in file.nodes {
      guard let output = node.outputs.first, roots[output] == value, !isInterior(output) else {
        continue
      }
      ends.append(output)
    }
    let others = file.readers(of: value).filter { reader in
      file.nodes[reader].outputs.first.flatMap { roots[$0] } != value
    }
    return ends.count == 1 && others.isEmpty ? ends[0] : nil
  }

  /// Groups of values that have one scale because nodes only move their elements, as pairs.
  func movedPairs() -> [(String, String)] {
    inside.sorted().flatMap { index -> [(String, String)] in
      let node = file.nodes[index]
      guard Self.kind(of: node, index: file, roots) == .moving else { return [] }
      return node.outputs.filter { !$0.isEmpty }.map { (node.inputs[0], $0) }
    }
  }

  /// Concatenations inside: their parts and what they make, in order.
  func joins() -> [(parts: [String], whole: String)] {
    inside.sorted().compactMap { index in
      let node = file.nodes[index]
      guard node.type == "Concat", let whole = node.outputs.first else { return nil }
      return (Self.data(node, file), whole)
    }
  }

  /// Whether a node reads the dequantised form of a value rather than the value itself.
  func readsBytes(_ node: Int, _ value: String) -> Bool {
    if contains(node) { return reads(node, value) }
    // What bytes made has no other form.
    return file.producer(of: value).map(contains) ?? false
  }
}
