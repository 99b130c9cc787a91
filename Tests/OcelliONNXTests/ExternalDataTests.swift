import Foundation
import OcelliGraph
import OcelliONNX
import OcelliTensor
import Testing

/// A folder with a model in `in/` whose one constant lies in a file of `in/`.
private final class ModelFolder {
  let path = NSTemporaryDirectory() + "ocelli-external-\(UUID().uuidString)"
  var model: String { path + "/in/model.onnx" }

  init() throws {
    try FileManager.default.createDirectory(
      atPath: path + "/in", withIntermediateDirectories: true)
    for place in ["/in/weights", "/outside"] { try write([1, 2, 3, 4], place) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ floats: [Float], _ place: String) throws {
    let data = unsafe floats.withUnsafeBytes { unsafe Data($0) }
    try data.write(to: URL(fileURLWithPath: path + place))
  }

  /// Imports a model whose constant of two floats is said to lie at `location`.
  func imported(
    _ location: String, offset: String? = nil, length: String? = nil, dims: [Int64] = [2]
  ) throws -> [Float] {
    var builder = ModelBuilder()
    builder.input("x", [2])
    var tensor = ONNXTensorEntry()
    tensor.name = "w"
    tensor.dims = dims
    tensor.dataType = 1
    tensor.dataLocation = 1
    for (key, value) in [("location", location), ("offset", offset), ("length", length)] {
      guard let value else { continue }
      var pair = ONNXStringPair()
      pair.key = key
      pair.value = value
      tensor.externalData.append(pair)
    }
    builder.model.graph.initializer = [tensor]
    builder.node("Add", ["x", "w"], ["y"])
    builder.output("y")
    try Data(try builder.bytes()).write(to: URL(fileURLWithPath: model))
    let graph = try ONNXImporter.importModel(path: model)
    return graph.values.compactMap(\.constant).first?.array() ?? []
  }

  /// What importing such a model says; nil where it is imported.
  func refusal(
    _ location: String, offset: String? = nil, length: String? = nil, dims: [Int64] = [2]
  ) throws -> String? {
    do {
      _ = try imported(location, offset: offset, length: length, dims: dims)
      return nil
    } catch let error as ONNXError { return error.description }
  }
}

@Suite struct ExternalDataTests {
  @Test func `elements in a file beside the model are read from where they lie`() throws {
    let folder = try ModelFolder()
    #expect(try folder.imported("weights") == [1, 2])
    #expect(try folder.imported("weights", offset: "8", length: "8") == [3, 4])
    // The model itself may be reached through a link: its folder is where the file is.
    let link = folder.path + "/link.onnx"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.model)
    _ = try ONNXImporter.importModel(path: link)
  }

  @Test func `no path leads out of the model's folder, and none into one below`() throws {
    let folder = try ModelFolder()
    for location in [
      "../outside", folder.path + "/outside", "a/../../outside", "./weights", "in/weights", "..",
      ".", "", "/etc/passwd", "weights/", "weights\0", "..\0/weights",
    ] {
      let text = try folder.refusal(location)
      #expect(text?.contains("\"w\"") == true, "\(location)")
    }
  }

  @Test func `links, names elsewhere, pipes, sockets, devices and folders are not read`() throws {
    let folder = try ModelFolder()
    let inside = folder.path + "/in/"
    try FileManager.default.createSymbolicLink(
      atPath: inside + "symbolic", withDestinationPath: folder.path + "/outside")
    try FileManager.default.createSymbolicLink(
      atPath: inside + "dangling", withDestinationPath: "nothing")
    try FileManager.default.linkItem(
      atPath: folder.path + "/outside", toPath: inside + "hard")
    try FileManager.default.createDirectory(
      atPath: inside + "folder", withIntermediateDirectories: true)
    #expect(unsafe mkfifo(inside + "pipe", 0o600) == 0)
    let begun = ContinuousClock.now
    for (name, reason) in [
      ("symbolic", "symbolic link"), ("dangling", "symbolic link"), ("hard", "second name"),
      ("folder", "regular files"), ("pipe", "regular files"), ("missing", "cannot be read"),
    ] {
      let text = try folder.refusal(name)
      #expect(text?.contains(reason) == true, "\(name): \(text ?? "it was read")")
      #expect(text?.contains(name) == true)
    }
    #expect(ContinuousClock.now - begun < .seconds(5), "a pipe holds nobody")
  }

  @Test func `places beyond the file and numbers that are none are errors, no memory is taken`()
    throws
  {
    let folder = try ModelFolder()
    for offset in ["9", "16", "\(Int.max)", "-1", "1e3", "99999999999999999999"] {
      #expect(try folder.refusal("weights", offset: offset) != nil, "\(offset)")
    }
    for length in ["7", "16", "-8", "x"] {
      #expect(try folder.refusal("weights", length: length) != nil, "\(length)")
    }
    #expect(try folder.refusal("weights", dims: [1 << 30])?.contains("go beyond") == true)
    #expect(try folder.refusal("weights", dims: [1 << 40, 1 << 40]) != nil)
    #expect(try folder.refusal("weights", dims: [-2]) != nil)
  }
}
