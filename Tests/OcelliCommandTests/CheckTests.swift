import Foundation
import OcelliEvents
import Testing

/// `ocelli model check`, on models that the test writes itself.
struct CheckTests {
  let program: Program

  init() throws {
    program = try Program()
    try program.write("light.onnx", TinyModel.lightDetector())
    try program.write("affine.onnx", TinyModel.affine())
    try program.write("spot.onnx", TinyModel.spotDetector())
    try program.write("spot.y4m", RawClip.spot())
  }

  @Test func `without a picture the model is run on black and noise`() throws {
    defer { program.remove() }
    let outcome = try program.run("model", "check", "light.onnx", "--json")
    #expect(outcome.status == 0, "\(outcome.words)")
    let report = try JSONValue(parsing: Array(outcome.data.utf8))
    #expect(report["outputs"]?.array?.count == 1)
    #expect(report["variants"]?.array?.isEmpty == true)
    #expect(outcome.words.contains("PICTURE"))
    // One that takes no pictures is run on tensors.
    let affine = try program.run("model", "check", "affine.onnx")
    #expect(affine.status == 0, "\(affine.words)")
    #expect(affine.data.contains("out/put:0") && affine.data.contains("no pictures"))
    #expect(affine.data.contains("1.000 … 1.000"))  // 2 · 0 + 1
  }

  @Test func `what was concluded stands where it is best`() throws {
    defer { program.remove() }
    let outcome = try program.run("model", "check", "spot.onnx", "spot.y4m", "--json")
    #expect(outcome.status == 0, "\(outcome.words)")
    #expect(!outcome.words.contains("warning"), "\(outcome.words)")
    let report = try JSONValue(parsing: Array(outcome.data.utf8))
    let first = try #require(report["variants"]?.array?.first)
    #expect(first["concluded"] == .bool(true))
    #expect((first["score"]?.number ?? 0) > 0.2)
    #expect(report["better"] == nil)
  }

  @Test func `where another way scores far higher, its flags are told`() throws {
    defer { program.remove() }
    let outcome = try program.run(
      "model", "check", "spot.onnx", "spot.y4m", "--scale", "0.00392157")
    #expect(outcome.status == 0)
    #expect(outcome.words.contains("warning: another way"), "\(outcome.words)")
    #expect(outcome.words.contains("--scale 1.0,1.0,1.0"), "\(outcome.words)")
    #expect(outcome.words.contains("scale: [1.0, 1.0, 1.0]"))
    let quiet = try program.run(
      "model", "check", "spot.onnx", "spot.y4m", "--scale", "0.00392157", "--quiet")
    #expect(quiet.words == "")
  }

  @Test func `a model that fires at a scrambled picture too has recognised nothing`() throws {
    defer { program.remove() }
    try program.write("bright.y4m", RawClip.grey([235], width: 64, height: 64))
    let outcome = try program.run("model", "check", "light.onnx", "bright.y4m")
    #expect(outcome.status == 0 && outcome.data.contains("1 object"), "\(outcome.data)")
    #expect(outcome.words.contains("nothing to go by"), "\(outcome.words)")
  }

  @Test func `numbers that are not finite are an error`() throws {
    defer { program.remove() }
    try program.write("log.onnx", TinyModel.affine(operator: "Div"))
    #expect(try program.run("model", "check", "log.onnx").status == 0)
    try program.write("nan.onnx", TinyModel.reciprocal())
    let outcome = try program.run("model", "check", "nan.onnx")
    #expect(outcome.status == 65, "\(outcome.data)")
    #expect(outcome.words.contains("not finite") && outcome.words.contains("y"))
  }

  @Test func `a picture that is none, and a model that is none, are told`() throws {
    defer { program.remove() }
    #expect(try program.run("model", "check", "light.onnx", "none.png").status == 66)
    #expect(try program.run("model", "check", "light.onnx", "affine.onnx").status == 65)
    #expect(try program.run("model", "check", "spot.y4m").status == 65)
    #expect(try program.run("model", "check").status == 64)
  }
}
