import OcelliONNX
import OcelliTensor

/// A node with constant weights: what is worth running on bytes.
struct Layer: Equatable {
  enum Kind { case convolution, gemm, matrixProduct }

  let node: Int
  let name: String
  let kind: Kind
  let input: String
  let weights: String
  let bias: String?
  let output: String
  /// The weights' axis of output channels.
  let axis: Int
  let groups: Int
  /// Output channels.
  let count: Int

  /// nil where the node is no such, or has a form that is left in float.
  init?(_ index: Int, in file: FileIndex) {
    let node = file.nodes[index]
    guard node.inputs.count >= 2, let output = node.outputs.first,
      file.constants[node.inputs[0]] == nil, !node.inputs[0].isEmpty,
      let weights = file.floats(node.inputs[1])
    else { return nil }
    let rank = weights.shape.rank
    switch node.type {
    case "Conv" where rank >= 3: (kind, axis) = (.convolution, 0)
    case "MatMul" where rank == 2: (kind, axis) = (.matrixProduct, 1)
    case "Gemm" where rank == 2:
      guard node.integer("transA") ?? 0 == 0, node.float("alpha") ?? 1 == 1,
        node.float("beta") ?? 1 == 1
      else { return nil }
      kind = .gemm
      axis = node.integer("transB") ?? 0 == 0 ? 1 : 0
    default: return nil
    }
    count = weights.shape[axis]
    let bias = node.inputs.count > 2 && !node.inputs[2].isEmpty ? node.inputs[2] : nil
    if let bias {
      guard let tensor = file.floats(bias), tensor.count == count else { return nil }
    }
    guard weights.count > 0 else { return nil }
    self.node = index
    name = node.label
    input = node.inputs[0]
    self.weights = node.inputs[1]
    self.bias = bias
    self.output = output
    groups = max(node.integer("group") ?? 1, 1)
  }

  /// Every layer of a file, in order.
  static func all(in file: FileIndex) -> [Layer] {
    file.nodes.indices.compactMap { Layer($0, in: file) }
  }
}

/// Weights as rows, one an output channel, whatever their layout.
struct WeightRows {
  /// Output channels.
  let count: Int
  /// Elements of a row.
  let length: Int
  let shape: Shape
  private let axis: Int
  var elements: [Float]

  init(_ tensor: Tensor, axis: Int) {
    shape = tensor.shape
    self.axis = axis
    count = shape[axis]
    length = tensor.count / max(count, 1)
    elements = tensor.array(of: Float.self)
  }

  /// Where element `k` of channel `row` stands. The output axis is the first, or the last of two.
  func place(_ row: Int, _ k: Int) -> Int { axis == 0 ? row * length + k : k * count + row }

  func row(_ row: Int) -> [Float] { (0..<length).map { elements[place(row, $0)] } }

  mutating func scale(row: Int, by factor: Float) {
    for k in 0..<length { elements[place(row, k)] *= factor }
  }
}
