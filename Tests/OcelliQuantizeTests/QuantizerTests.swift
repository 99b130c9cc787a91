import OcelliGraph
import OcelliMedia
import OcelliONNX
import OcelliQuantize
import OcelliTensor
import OcelliVision
import Testing

@Suite("A model of floats becomes one of bytes")
struct QuantizerTests {
  static func quantized(
    _ bytes: [UInt8], pictures: Int = 12, change: (inout QuantizationOptions) -> Void = { _ in }
  ) throws -> (bytes: [UInt8], report: QuantizationReport) {
    let folder = try PictureFolder(count: pictures)
    var options = QuantizationOptions()
    options.threads = 1
    options.budget = 5
    change(&options)
    let quantizer = try Quantizer(
      bytes: bytes, name: "small.onnx", folder: nil,
      overrides: CardOverrides(mean: [0, 0, 0], scale: [1, 1, 1].map { $0 / 255 }),
      options: options)
    return try quantizer.run([try folder.source])
  }

  @Test("It loads, keeps names and metadata, and computes nearly the same", arguments: [11, 17])
  func whole(opset: Int64) throws {
    let float = try SmallModel.usual(opset: opset)
    let (bytes, report) = try Self.quantized(float)
    #expect(report.calibrated == 8 && report.agreement.pictures == 4)
    #expect(report.agreement.loss < 0.01, "\(report.agreement)")
    #expect(report.layers == ["Conv_a", "Conv_b", "Conv_c", "Conv_last"])
    #expect(report.sizes.after == bytes.count && !report.trials.isEmpty)
    let file = try ModelFile(bytes: bytes)
    #expect(file.inputs == ["images"] && file.outputs == ["tail"])
    #expect(file.quantizedOperators == ["QuantizeLinear", "DequantizeLinear"])
    let graph = try ONNXImporter.importModel(bytes: bytes)
    #expect(graph.metadata["maker"] == "a test")
    var model = SmallModel()
    let x = model.noise(3 * 32 * 32).map { ($0 + 1) / 2 }
    let (a, b) = (
      try outputs(of: float, x, [1, 3, 32, 32])[0], try outputs(of: bytes, x, [1, 3, 32, 32])[0]
    )
    let error = zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(a.count)
    let size = a.reduce(0) { $0 + abs($1) } / Float(a.count)
    #expect(error < 0.03 * size)
    // Read and written again it is the same.
    #expect(try file.serialized() == bytes)
  }

  @Test("Pairs stand where bytes are, and nowhere else")
  func places() throws {
    let (bytes, _) = try Self.quantized(try SmallModel.usual()) { $0.budget = 0 }
    let file = try ModelFile(bytes: bytes)
    let pairs = Set(file.nodes.filter { $0.type == "QuantizeLinear" }.map { $0.inputs[0] })
    // Not the sigmoid inside of SiLU, not the sum that ReLU clamps, not the last layer's output.
    #expect(pairs == ["images", "a", "a_y", "b_y", "c", "sum", "pool", "joined"])
    let constants = try file.constants()
    func scale(_ value: String) -> Float? {
      file.nodes.first { $0.type == "QuantizeLinear" && $0.inputs[0] == value }
        .flatMap { constants[$0.inputs[1]]?.array(of: Float.self).first }
    }
    // What a pool picks and a concatenation joins has one scale.
    #expect(scale("sum") == scale("pool") && scale("pool") == scale("joined"))
    let tail = try #require(file.nodes.last)
    #expect(tail.type == "Exp" && tail.inputs == ["last"])
    let last = try #require(file.nodes.first { $0.outputs == ["last"] })
    #expect(last.inputs.allSatisfy { $0.hasSuffix("_DequantizeLinear_Output") })
    let weights = try #require(
      file.nodes.first { $0.type == "DequantizeLinear" && $0.inputs[0].hasPrefix("a_w") })
    #expect(weights.integer("axis") == 0)
    #expect(constants[weights.inputs[0]]?.type == .int8)
    #expect(constants[weights.inputs[1]]?.count == 8)
    // The floats are gone.
    #expect(constants["a_w"] == nil && constants["a_b"] == nil)
  }

  @Test("The picture's scale is that of grey levels, whatever the pictures show")
  func input() throws {
    let (bytes, _) = try Self.quantized(try SmallModel.usual())
    let constants = try ModelFile(bytes: bytes).constants()
    let scale = try #require(constants["images_scale"]?.array(of: Float.self).first)
    #expect(abs(scale - Float(1) / 255) < 1e-6)
    #expect(constants["images_zero_point"]?.array(of: UInt8.self) == [0])
  }

  @Test("A quantised model is refused, and told what it is")
  func alreadyQuantized() throws {
    let (bytes, _) = try Self.quantized(try SmallModel.usual())
    do {
      _ = try Quantizer(bytes: bytes, name: "again.onnx", folder: nil)
      Issue.record("taken")
    } catch {
      #expect("\(error)".contains("quantised already (DequantizeLinear, QuantizeLinear)"))
    }
  }

  @Test("So is one without anything to quantise, and what is no model")
  func nothingToDo() throws {
    var model = SmallModel()
    model.input("images", [1, 3, 16, 16])
    model.node("Relu", ["images"], ["y"])
    model.output("y")
    do {
      _ = try Quantizer(bytes: try model.bytes, name: "relu.onnx", folder: nil)
      Issue.record("taken")
    } catch let error as QuantizeError {
      #expect(error.description.contains("no convolution"))
    }
    for bytes: [UInt8] in [[], [1, 2, 3], Array(try SmallModel.usual().prefix(700))] {
      do {
        _ = try Quantizer(bytes: bytes, name: "no.onnx", folder: nil)
        Issue.record("taken")
      } catch { #expect("\(error)".contains("no.onnx")) }
    }
  }

  @Test("Too few pictures, and sources that are none, are errors of their own")
  func pictures() throws {
    do {
      _ = try Self.quantized(try SmallModel.usual(), pictures: 4)
      Issue.record("taken")
    } catch let QuantizeError.evidence(text) {
      #expect(text.contains("at least 6"))
    }
    let quantizer = try Quantizer(bytes: try SmallModel.usual(), name: "small", folder: nil)
    do {
      _ = try quantizer.run([try SourceAddress(parsing: "/no/such/clip.mp4")])
      Issue.record("taken")
    } catch let error as QuantizeError { #expect(error.description.contains("/no/such/clip.mp4")) }
  }

  @Test("With a goal that nothing reaches, layers are measured and left in float")
  func sweep() throws {
    let (bytes, report) = try Self.quantized(try SmallModel.usual()) { $0.maximumLoss = -1 }
    #expect(report.swept == 4)
    #expect(report.trials.contains { $0.way.contains("in float") })
    let file = try ModelFile(bytes: bytes)
    for name in report.floats {
      let layer = try #require(file.nodes.first { $0.name == name })
      #expect(!layer.inputs[1].hasSuffix("_DequantizeLinear_Output"))
    }
  }
}
