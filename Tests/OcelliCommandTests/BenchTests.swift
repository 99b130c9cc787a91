import Foundation
import OcelliEvents
import Testing

/// `ocelli bench model` and `bench kernels`, on models that the test writes itself.
struct BenchCommandTests {
  let program: Program

  init() throws {
    program = try Program()
    try program.write("light.onnx", TinyModel.lightDetector())
    try program.write("affine.onnx", TinyModel.affine())
  }

  @Test func `a profile tells of every step, as a table and as JSON`() throws {
    defer { program.remove() }
    let table = try program.run(
      "bench", "model", "light.onnx", "--threads", "1", "--repeat", "3", "--profile")
    #expect(table.status == 0, "\(table.words)")
    for word in ["peak of a core", "of peak", "GB/s", "reduce"] {
      #expect(table.data.contains(word), "\(word)")
    }
    let json = try program.run(
      "bench", "model", "light.onnx", "affine.onnx", "--threads", "1", "--repeat", "3",
      "--profile", "--json")
    #expect(json.lines.count == 2)
    for line in json.lines {
      let result = try JSONValue(parsing: Array(line.utf8))
      let steps = try #require(result["steps"]?.array)
      #expect(!steps.isEmpty && steps.allSatisfy { ($0["ms"]?.number ?? -1) >= 0 })
      #expect((result["peak_gflops"]?.number ?? 0) > 0)
    }
  }

  @Test func `inputs come from files, and wrong ones are refused`() throws {
    defer { program.remove() }
    try program.write("x.npy", ModelTests.npy([1, 2, 3, 4, 5, 6], shape: "(1, 2, 3)"))
    try program.write("short.npy", ModelTests.npy([1, 2, 3], shape: "(1, 1, 3)"))
    let good = try program.run(
      "bench", "model", "affine.onnx", "--input", "x=x.npy", "--repeat", "2", "--json")
    #expect(good.status == 0, "\(good.words)")
    for (arguments, status) in [
      (["affine.onnx", "--input", "y=x.npy"], 64), (["affine.onnx", "--input", "x=short.npy"], 65),
      (["affine.onnx", "--input", "x=none.npy"], 66),
      (["affine.onnx", "light.onnx", "--input", "x=x.npy"], 64),
      (["affine.onnx", "--each-line", "--profile"], 64),
    ] as [([String], Int32)] {
      let outcome = try program.start(["bench", "model"] + arguments).wait()
      #expect(outcome.status == status, "\(arguments): \(outcome.words)")
    }
  }

  @Test func `a line on standard input asks for a round, its end ends the program`() throws {
    defer { program.remove() }
    try program.write("asked", Array("\n\n\n".utf8))
    let asked = try FileHandle(forReadingFrom: URL(fileURLWithPath: program.path("asked")))
    let outcome = try program.run(
      "bench", "model", "affine.onnx", "--repeat", "4", "--each-line", "--json", input: asked)
    #expect(outcome.status == 0, "\(outcome.words)")
    #expect(outcome.lines.count == 3)
    for line in outcome.lines {
      #expect(try JSONValue(parsing: Array(line.utf8))["runs"]?.number == 4)
    }
  }

  @Test func `bench kernels times what is asked for, and knows what there is`() throws {
    defer { program.remove() }
    let outcome = try program.run("bench", "kernels", "softmax", "--repeat", "2", "--json")
    #expect(outcome.status == 0, "\(outcome.words)")
    for line in outcome.lines {
      let result = try JSONValue(parsing: Array(line.utf8))
      #expect(result["kernel"]?.string == "softmax")
      #expect((result["ratio"]?.number ?? 0) > 0 && (result["gb_per_s"]?.number ?? 0) > 0)
    }
    #expect(!outcome.lines.isEmpty)
    let unknown = try program.run("bench", "kernels", "konv")
    #expect(unknown.status == 64)
    #expect(unknown.words.contains("depthwise"))
  }
}
