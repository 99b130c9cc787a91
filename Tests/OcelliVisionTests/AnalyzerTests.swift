import BuiltInModel
import OcelliEngine
import OcelliPicture
import OcelliTensor
import OcelliVision
import OcelliVocabulary
import Testing

@Suite("The built-in model, from picture to findings")
struct AnalyzerTests {
  /// A grey picture with a darker block.
  static func withPicture<R>(
    _ width: Int, _ height: Int, _ body: (borrowing PictureView) throws -> R
  ) rethrows -> R {
    var pixels = [UInt8](repeating: 128, count: width * height * 3)
    for y in height / 4..<height / 2 {
      for x in width / 4..<width / 2 { pixels[(y * width + x) * 3] = 10 }
    }
    return try unsafe pixels.withUnsafeBufferPointer { buffer in
      let view = unsafe PictureView(
        width: width, height: height, format: .rgb24, matrix: .bt601, range: .full,
        planes: (buffer.baseAddress!, nil, nil), pitches: (3 * width, 0, 0))
      return try body(view)
    }
  }

  @Test(
    "Its input is RGB / 255, top left, padded with 114; sizes may change from picture to picture")
  func input() throws {
    let model = try VisionModel(bytes: BuiltInModel.bytes, name: BuiltInModel.name)
    #expect(model.card.sha256 == BuiltInModel.sha256)
    #expect(model.card.head.value.name == "distance")
    let analyzer = try model.makeAnalyzer(crew: Crew(threadCount: 1))
    analyzer.keepsInput = true
    for (width, height) in [(384, 224), (384, 112), (192, 112)] {
      try Self.withPicture(width, height) { try analyzer.load($0) }
      let tensor = try #require(analyzer.keptInput)
      #expect(tensor.shape.dimensions == [1, 3, 224, 384])
      let values = tensor.array(of: Float.self)
      #expect(abs(values[0] - 128 / 255) < 0.01)
      let inside = 80 * 384 + 130  // in the block where the picture fills the input
      if height != width / 2 - 80 { #expect(values[inside] <= 128 / 255 + 0.01) }
      let corner = values[224 * 384 - 1]
      #expect(abs(corner - (height == 112 && width == 384 ? 114 : 128) / 255) < 0.01)
      guard case .objects(let objects) = try analyzer.infer() else {
        Issue.record("no objects")
        return
      }
      for object in objects {
        #expect(object.box == object.box.clipped(width: width, height: height))
        #expect(object.confidence >= 0.25 && object.confidence <= 1)
      }
    }
    #expect(analyzer.invalidCandidates == 0)
    #expect(try analyzer.rawOutputs().map(\.name) == ["p3", "p4", "p5"])
  }

  @Test("At threshold zero boxes come, a class filter holds, and a limit too")
  func settings() throws {
    let model = try VisionModel(bytes: BuiltInModel.bytes, name: BuiltInModel.name)
    let crew = Crew(threadCount: 1)
    let settings = AnalyzerSettings(confidence: 0, classes: ["car", "5"], maximumObjects: 7)
    let analyzer = try model.makeAnalyzer(crew: crew, settings: settings)
    try Self.withPicture(384, 224) { try analyzer.load($0) }
    guard case .objects(let objects) = try analyzer.infer() else {
      Issue.record("no objects")
      return
    }
    #expect(objects.count == 7)
    #expect(objects.allSatisfy { $0.label == "car" || $0.label == "truck" })
    #expect(throws: VisionError.self) {
      try model.makeAnalyzer(crew: crew, settings: AnalyzerSettings(classes: ["cart"]))
    }
    #expect(throws: VisionError.self) {
      try model.makeAnalyzer(crew: crew, settings: AnalyzerSettings(confidence: .nan))
    }
  }

  @Test("A file that is no model is refused with its path")
  func refusals() throws {
    #expect(throws: VisionError.self) { try VisionModel(path: "/nowhere/model.onnx") }
    #expect(throws: VisionError.self) { try VisionModel(bytes: [1, 2, 3], name: "x.onnx") }
    #expect(throws: VisionError.self) { try VisionModel(bytes: [], name: "x.onnx") }
  }
}
