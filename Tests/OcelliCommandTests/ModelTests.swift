import Foundation
import OcelliEvents
import Testing

/// `ocelli model` and `ocelli bench`, on models that the test writes itself.
struct ModelTests {
  let program: Program

  init() throws {
    program = try Program()
    try program.write("light.onnx", TinyModel.lightDetector())
    try program.write("affine.onnx", TinyModel.affine())
  }

  static func npy(_ values: [Float], shape: String) -> [UInt8] {
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }"
    header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0]
    return magic + Array(header.utf8)
      + values.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt32($0 * 8)) }
      }
  }

  @Test func `run writes each output in a file of its own, as npy and as pb`() throws {
    defer { program.remove() }
    try program.write("x.npy", Self.npy([1, 2, 3, 4, 5, -0.5], shape: "(1, 2, 3)"))
    let outcome = try program.run(
      "model", "run", "affine.onnx", "--input", "x=x.npy", "--output-dir", "a/b")
    #expect(outcome.status == 0, "\(outcome.words)")
    // The output is called out/put:0.
    #expect(outcome.lines == ["a/b/out_put_0.npy"])
    #expect(
      try program.read("a/b/out_put_0.npy")
        == Self.npy([3, 5, 7, 9, 11, 0], shape: "(1, 2, 3)"))

    let protobuf = try program.run(
      "model", "run", "affine.onnx", "--input", "x=x.npy", "--output-dir", "p", "--format", "pb")
    #expect(protobuf.lines == ["p/out_put_0.pb"])
    // What was written can be read: y = 2 (2x + 1) + 1.
    let twice = try program.run(
      "model", "run", "affine.onnx", "--input", "x=p/out_put_0.pb", "--output-dir", "t")
    #expect(twice.status == 0, "\(twice.words)")
    #expect(
      try program.read("t/out_put_0.npy") == Self.npy([7, 11, 15, 19, 23, 1], shape: "(1, 2, 3)"))
  }

  @Test func `an input that is wrong is refused with the reason`() throws {
    defer { program.remove() }
    try program.write("x.npy", Self.npy([1, 2, 3, 4, 5, 6], shape: "(1, 2, 3)"))
    try program.write("short.npy", Self.npy([1, 2, 3], shape: "(1, 1, 3)"))
    try program.write("junk.npy", Array("junk".utf8))
    let cases: [(inputs: [String], status: Int32, word: String)] = [
      ([], 64, "'x' is missing"), (["y=x.npy"], 64, "Did you mean 'x'"),
      (["x=x.npy", "x=x.npy"], 64, "twice"), (["x=none.npy"], 66, "none.npy"),
      (["x=short.npy"], 65, "axis 1 is 2 in the model, not 1"),
      (["x=junk.npy"], 65, "not a .npy file"),
      (["x=affine.onnx"], 64, ".npy or .pb"),
    ]
    for (inputs, status, word) in cases {
      let outcome = try program.start(
        ["model", "run", "affine.onnx", "--output-dir", "out"]
          + inputs.flatMap { ["--input", $0] }
      ).wait()
      #expect(outcome.status == status, "\(inputs): \(outcome.words)")
      #expect(outcome.words.contains(word), "\(inputs): \(outcome.words)")
      #expect(outcome.data == "")
    }
  }

  @Test func `inspect tells every conclusion with its reason and sureness`() throws {
    defer { program.remove() }
    let outcome = try program.run("model", "inspect", "light.onnx", "--json")
    #expect(outcome.status == 0, "\(outcome.words)")
    let report = try JSONValue(parsing: Array(outcome.data.utf8))
    let conclusions = try #require(report["conclusions"])
    #expect(conclusions["head"]?["value"]?.string == "yolox")
    #expect(conclusions["size"]?["value"]?.string == "32×32")
    for member in conclusions.members {
      #expect(member.value["reason"]?.string?.isEmpty == false, "\(member.key)")
      #expect(["certain", "likely", "guess"].contains(member.value["sureness"]?.string ?? ""))
    }
    let text = try program.run("model", "inspect", "light.onnx", "--color", "rgb")
    #expect(text.data.contains("rgb"))
    let builtIn = try program.run("model", "inspect")
    #expect(builtIn.status == 0, "\(builtIn.words)")
    #expect(builtIn.data.contains("person"))
  }

  /// A folder of cases, in ONNX's form: `y = 2x + 1`, and what `due` says of it.
  private func writeCase(_ name: String, model: [UInt8], due: [Float]) throws {
    let set = program.folder.appendingPathComponent("\(name)/test_data_set_0")
    try FileManager.default.createDirectory(at: set, withIntermediateDirectories: true)
    try program.write("\(name)/model.onnx", model)
    try program.write(
      "\(name)/test_data_set_0/input_0.pb", TinyModel.tensor("x", [1, 2, 3], [1, 2, 3, 4, 5, 6]))
    try program.write(
      "\(name)/test_data_set_0/output_0.pb", TinyModel.tensor("y", [1, 2, 3], due))
  }

  @Test func `verify tells what passes, what is refused and what is wrong`() throws {
    defer { program.remove() }
    let right: [Float] = [3, 5, 7, 9, 11, 13]
    try writeCase("suite/test_right", model: TinyModel.affine(), due: right)
    try writeCase("suite/test_strange", model: TinyModel.affine(operator: "Sum3"), due: right)
    let good = try program.run("model", "verify", "suite")
    #expect(good.status == 0, "\(good.words)")
    #expect(good.lines.last == "2 cases: 1 passed, 1 refused, 0 wrong")
    #expect(good.data.contains("refused test_strange") && good.data.contains("Sum3"))

    // 0.1 % is allowed, not 1 %.
    try writeCase("suite/test_wrong", model: TinyModel.affine(), due: [3, 5, 7.005, 9, 11.1, 13])
    let bad = try program.run("model", "verify", "suite", "--json")
    #expect(bad.status == 1)
    let last = try JSONValue(parsing: Array((bad.lines.last ?? "").utf8))
    #expect(last["wrong"]?.number == 1 && last["passed"]?.number == 1)
    let wrong = try JSONValue(parsing: Array((bad.lines.dropLast().last ?? "").utf8))
    #expect(wrong["case"]?.string == "test_wrong")
    #expect(wrong["reason"]?.string?.contains("element 4 is 11.0 where 11.1") == true)
    try program.write("suite/test_wrong/tol.json", Array(#"{"rtol": 0.02, "atol": 0}"#.utf8))
    #expect(try program.run("model", "verify", "suite").status == 0)

    try program.write("all.txt", Array("suite suite 2 of 3\n[no such operator]\n".utf8))
    let unsaid = try program.run("model", "verify", ".", "--manifest", "all.txt")
    #expect(unsaid.status == 1)
    #expect(unsaid.data.contains("not as the manifest says: suite/test_strange is refused"))
    #expect(try program.run("model", "verify", "none").status == 66)
  }

  @Test(arguments: ["import", "simplify", "lower", "plan"])
  func `every stage can be dumped`(_ stage: String) throws {
    defer { program.remove() }
    let outcome = try program.run("model", "dump", "light.onnx", "--stage", stage)
    #expect(outcome.status == 0, "\(outcome.words)")
    #expect(outcome.lines.count > 1)
    if stage == "import" { #expect(outcome.data.contains("Gemm")) }
    #expect(try program.run("model", "dump", "--stage", stage).status == 0)
  }

  @Test func `bench model prints median, quartiles and minimum`() throws {
    defer { program.remove() }
    let outcome = try program.run(
      "bench", "model", "light.onnx", "affine.onnx", "--threads", "1", "--repeat", "9", "--json")
    #expect(outcome.status == 0, "\(outcome.words)")
    #expect(outcome.lines.count == 2)
    for line in outcome.lines {
      let result = try JSONValue(parsing: Array(line.utf8))
      let minimum = try #require(result["min_ms"]?.number)
      let median = try #require(result["median_ms"]?.number)
      let quartiles = (result["quartiles_ms"]?.array ?? []).compactMap(\.number)
      try #require(quartiles.count == 2)
      #expect(result["runs"]?.number == 9)
      #expect(result["threads"]?.number == 1)
      #expect(minimum > 0 && minimum <= quartiles[0])
      #expect(quartiles[0] <= median && median <= quartiles[1])
    }
  }

  @Test func `bench video counts every frame and books time for every stage`() throws {
    defer { program.remove() }
    try program.write("clip.y4m", RawClip.grey([16, 235, 126]))
    let outcome = try program.run(
      "bench", "video", "clip.y4m", "-m", "light.onnx", "--threads", "1", "--json")
    #expect(outcome.status == 0, "\(outcome.words)")
    let result = try JSONValue(parsing: Array(outcome.data.utf8))
    #expect(result["frames"]?.number == 3)
    #expect(
      result["cpu_ms"]?.members.map(\.key) == ["decode", "letterbox", "inference", "output"])
    #expect((result["fps"]?.number ?? 0) > 0)
  }
}
