import OcelliGraph
import OcelliTensor
import OcelliVision
import Testing

/// Layout, batch and size where the file tells little: the graph behind the input does.
@Suite struct PictureAxesTests {
  /// An input, `before` (its operators in a row), a convolution of 3 channels, and a mean of each plane.
  func graph(
    _ declared: [Int?], type: ElementType = .float32,
    before: [(any Operator, [Int]?)] = [], fixedSide: Int? = nil
  ) throws -> Graph {
    var graph = Graph(name: "m")
    let input = graph.add(Value(name: "image", fact: Fact(type, nil)))
    graph.inputs = [input]
    graph.declaredInputs = [declared]
    var value = input
    for (op, list) in before {
      let next = graph.add(Value(name: op.name))
      var inputs: [ValueID?] = [value]
      if let list {
        let tensor = try Tensor(list.map(Int64.init), shape: [list.count])
        inputs.append(graph.add(constant: tensor, name: "list"))
      }
      graph.nodes.append(Node(name: op.name, op: op, inputs: inputs, outputs: [next]))
      value = next
    }
    let weights = graph.add(
      constant: try Tensor([Float](repeating: 0.1, count: 4 * 3 * 9), shape: [4, 3, 3, 3]),
      name: "w")
    var made = graph.add(Value(name: "conv"))
    let window = Convolution(
      strides: [1, 1], dilations: [1, 1], padding: .sameUpper, groups: 1)
    graph.nodes.append(Node(name: "conv", op: window, inputs: [value, weights], outputs: [made]))
    if let fixedSide {
      // As an exporter leaves it that kept one size.
      let addend = graph.add(
        constant: try Tensor(
          [Float](repeating: 1, count: fixedSide * fixedSide), shape: [fixedSide, fixedSide]),
        name: "places")
      let sum = graph.add(Value(name: "sum"))
      graph.nodes.append(
        Node(name: "sum", op: Binary(.add), inputs: [made, addend], outputs: [sum]))
      made = sum
    }
    let output = graph.add(Value(name: "y"))
    graph.nodes.append(
      Node(
        name: "mean", op: Reduce(.mean, axes: [2, 3], keepDimensions: false), inputs: [made],
        outputs: [output]))
    graph.outputs = [output]
    graph.declaredOutputs = [nil]
    return graph
  }

  @Test func `an input without extents has its colours where the first convolution reads them`()
    throws
  {
    let last = try ModelCard.conclude(
      from: graph([nil, nil, nil, nil], before: [(Transpose([0, 3, 1, 2]), nil)]), sha256: "00")
    #expect(last.preprocessing.layout.value == .nhwc)
    #expect(last.preprocessing.layout.sureness == .likely)
    let second = try ModelCard.conclude(from: graph([nil, nil, nil, nil]), sha256: "00")
    #expect(second.preprocessing.layout.value == .nchw)
    #expect(second.preprocessing.layout.sureness == .likely)
  }

  @Test func `a picture without a batch is taken`() throws {
    let card = try ModelCard.conclude(
      from: graph(
        [64, 48, 3], type: .uint8,
        before: [(Cast(to: .float32), nil), (Transpose([2, 0, 1]), nil), (Unsqueeze(), [0])]),
      sha256: "00")
    #expect(card.refusal == nil)
    #expect(card.lacksBatch)
    #expect(card.preprocessing.layout.value == .nhwc)
    #expect(card.preprocessing.size.value == InputSize(width: 48, height: 64))
    let planes = try ModelCard.conclude(
      from: graph([3, 64, 48], before: [(Unsqueeze(), [0])]), sha256: "00")
    #expect(planes.refusal == nil && planes.preprocessing.layout.value == .nchw)
  }

  @Test func `where the first guess of a size does not fit, one that fits is taken`() throws {
    let card = try ModelCard.conclude(
      from: graph([1, 3, nil, nil], fixedSide: 416), sha256: "00")
    #expect(card.preprocessing.size.value == InputSize(width: 416, height: 416))
    #expect(card.preprocessing.size.sureness == .guess)
  }

  @Test(arguments: [
    (BinaryFunction.subtract, 0.485 as Float, 1 / 255 as Float),
    (.subtract, 123.675, 1), (.divide, 255, 1), (.multiply, 0.0039, 1), (.multiply, 2, 1 / 255),
  ])
  func `a mean or factor in the graph tells the range that it begins from`(
    _ function: BinaryFunction, _ constant: Float, _ scale: Float
  ) throws {
    var graph = try graph([1, 3, 64, 64])
    let number = graph.add(constant: try Tensor([constant], shape: []), name: "k")
    let made = graph.add(Value(name: "scaled"))
    graph.nodes[0].inputs[0] = made
    graph.nodes.insert(
      Node(
        name: "scale", op: Binary(function), inputs: [graph.inputs[0], number], outputs: [made]),
      at: 0)
    let card = try ModelCard.conclude(from: graph, sha256: "00")
    #expect(card.preprocessing.scale.value == [scale, scale, scale])
    #expect(card.preprocessing.scale.sureness == .likely)
  }
}
