import OcelliONNX
import OcelliQuantize
import OcelliTensor
import Testing

@Suite("A model of floats made ready")
struct PreparationTests {
  static func near(_ a: [[Float]], _ b: [[Float]], _ bound: Float = 1e-4) -> Bool {
    a.count == b.count
      && zip(a, b).allSatisfy { x, y in
        x.count == y.count
          && zip(x, y).allSatisfy { abs($0 - $1) <= bound * max(1, abs($0)) }
      }
  }

  static func noise(_ count: Int) -> [Float] {
    var model = SmallModel()
    return model.noise(count)
  }

  @Test("Every form that changed by opset 13 computes what it did")
  func raised() throws {
    var model = SmallModel(opset: 9)
    model.input("x", [1, 4, 6, 6])
    model.constant("scales", [1, 1, 2, 2], [4])
    model.node("Upsample", ["x", "scales"], ["up"], text: [("mode", "nearest")])
    model.node("Clip", ["up"], ["clipped"], float: [("min", -0.5), ("max", 0.75)])
    model.node(
      "Pad", ["clipped"], ["padded"], ints: [("pads", [0, 0, 1, 1, 0, 0, 1, 1])],
      float: [("value", 0.25)], text: [("mode", "constant")])
    model.node(
      "Slice", ["padded"], ["part"],
      ints: [("starts", [1, 2]), ("ends", [9, 11]), ("axes", [2, 3])])
    model.node("Softmax", ["part"], ["soft"], int: [("axis", 1)])
    model.node("ReduceSum", ["soft"], ["sums"], ints: [("axes", [3])], int: [("keepdims", 1)])
    model.node("Squeeze", ["sums"], ["squeezed"], ints: [("axes", [3])])
    model.node("Unsqueeze", ["squeezed"], ["unsqueezed"], ints: [("axes", [0])])
    model.node(
      "Split", ["unsqueezed"], ["one", "two"], ints: [("split", [1, 3])],
      int: [("axis", 2)])
    model.node("Dropout", ["two"], ["two_y"], float: [("ratio", 0.5)])
    model.output("one")
    model.output("two_y")
    let bytes = try model.bytes
    var file = try ModelFile(bytes: bytes)
    try file.raiseToPerChannelQuantization()
    let raised = try file.serialized()
    #expect(raised != bytes)
    let x = Self.noise(4 * 36)
    #expect(
      Self.near(try outputs(of: bytes, x, [1, 4, 6, 6]), try outputs(of: raised, x, [1, 4, 6, 6])))
    // Once raised, nothing is left to do.
    var again = try ModelFile(bytes: raised)
    try again.raiseToPerChannelQuantization()
    #expect(try again.serialized() == raised)
  }

  @Test("A batch normalisation becomes part of the convolution that it alone reads")
  func batchNormalization() throws {
    var model = SmallModel()
    model.input("x", [1, 3, 8, 8])
    model.convolution("x", "c", from: 3, to: 6)
    for (name, values) in [
      ("g", [1, 2, 0.5, 1, -1, 0.1]), ("b", [0, 1, -1, 0.5, 0, 2]), ("m", [0.1, 0, 0.2, 0, 1, 0]),
      ("v", [1, 4, 0.25, 1, 2, 0.01]),
    ] as [(String, [Float])] { model.constant(name, values, [6]) }
    model.node("BatchNormalization", ["c", "g", "b", "m", "v"], ["y"], float: [("epsilon", 1e-3)])
    model.node("Relu", ["y"], ["out"])
    model.output("out")
    let bytes = try model.bytes
    var file = try ModelFile(bytes: bytes)
    #expect(try file.foldBatchNormalization() == 1)
    #expect(file.nodes.map(\.type) == ["Conv", "Relu"])
    #expect(file.nodes[0].outputs == ["y"])
    let x = Self.noise(3 * 64)
    #expect(
      Self.near(
        try outputs(of: bytes, x, [1, 3, 8, 8]),
        try outputs(of: try file.serialized(), x, [1, 3, 8, 8])))
  }

  @Test("One that has other readers, or is read by another, stays")
  func batchNormalizationStays() throws {
    var model = SmallModel()
    model.input("x", [1, 3, 8, 8])
    model.convolution("x", "c", from: 3, to: 3)
    for name in ["g", "b", "m", "v"] { model.constant(name, [1, 2, 3], [3]) }
    model.node("BatchNormalization", ["c", "g", "b", "m", "v"], ["y"])
    model.node("Add", ["y", "c"], ["out"])
    model.output("out")
    var file = try ModelFile(bytes: try model.bytes)
    #expect(try file.foldBatchNormalization() == 0)
  }

  @Test("Equalised layers compute what they did, and use their range")
  func equalized() throws {
    var model = SmallModel()
    model.input("x", [1, 3, 8, 8])
    model.convolution("x", "a", from: 3, to: 6)
    model.node("LeakyRelu", ["a"], ["a_y"], float: [("alpha", 0.1)])
    model.convolution("a_y", "b", from: 6, to: 6, groups: 6)
    model.convolution("b", "c", from: 6, to: 4, kernel: 1)
    model.output("c")
    let bytes = try model.bytes
    var file = try ModelFile(bytes: bytes)
    let peaks: [Float] = [8, 1, 0.5, 2, 4, 0.25]
    #expect(try file.equalizeLayers(peaks: ["a_y": peaks, "b": peaks]) == 2)
    let x = Self.noise(3 * 64)
    #expect(
      Self.near(
        try outputs(of: bytes, x, [1, 3, 8, 8]),
        try outputs(of: try file.serialized(), x, [1, 3, 8, 8])))
    let before = try ModelFile(bytes: bytes).constants()["a_b"]?.array(of: Float.self) ?? []
    let after = try file.constants()["a_b"]?.array(of: Float.self) ?? []
    // The depthwise layer has scales of its own: every channel reaches the largest peak.
    for (channel, peak) in peaks.enumerated() {
      #expect(abs(after[channel] - before[channel] * 8 / peak) < 1e-4)
    }
  }

  @Test("What Ocelli does not read of a file survives being edited")
  func unknownFields() throws {
    // Field 200 of the model: a string that no schema knows.
    let bytes = try SmallModel.usual() + [0xC2, 0x0C, 0x03] + Array("abc".utf8)
    let file = try ModelFile(bytes: bytes)
    let written = try file.serialized()
    #expect(written.suffix(6) == bytes.suffix(6))
    #expect(file.quantizedOperators.isEmpty && file.inputs == ["images"])
  }
}
