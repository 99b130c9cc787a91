/// ONNX models that a test writes itself, byte by byte: their results can be told without running them.
enum TinyModel {
  /// A YOLOX-like detector for 32×32 pictures in grey levels: 21 cells of one class, `light`.
  ///
  /// One cell's objectness is the mean of the whole input divided by 255; every other one is 0. Its box
  /// is the 16×8 pixels around (12, 12): cell (1, 1) at stride 8, centre offset 0.5, extents 16 and 8.
  static func lightDetector() -> [UInt8] {
    let cell = (1 * 4 + 1) * 6
    var base = [Float](repeating: 0, count: 21 * 6)
    base[cell] = 0.5
    base[cell + 1] = 0.5
    base[cell + 2] = 0.693_147_2  // exp: 2 · stride 8
    base[cell + 5] = 1
    var gain = [Float](repeating: 0, count: 21 * 6)
    gain[cell + 4] = 1 / 255
    return model(
      nodes: [
        node("ReduceMean", ["images"], ["mean4"], integers("axes", [1, 2, 3])),
        node("Reshape", ["mean4", "one"], ["mean"]),
        node("Gemm", ["mean", "gain", "base"], ["row"]),
        node("Reshape", ["row", "shape"], ["output"]),
      ],
      constants: [
        tensor("gain", [1, 126], gain), tensor("base", [126], base),
        tensor("one", [2], integers: [1, 1]), tensor("shape", [3], integers: [1, 21, 6]),
      ],
      input: ("images", [1, 3, 32, 32]), output: ("output", [1, 21, 6]),
      metadata: ["names": "['light']"])
  }

  /// `y = 2x + 1` on a tensor of 1×2×3 floats. `last`: the operator that adds the 1.
  static func affine(operator last: String = "Add") -> [UInt8] {
    model(
      nodes: [
        node("Mul", ["x", "two"], ["double"]), node(last, ["double", "one"], ["out/put:0"]),
      ],
      constants: [tensor("two", [1], [2]), tensor("one", [1], [1])],
      input: ("x", [1, 2, 3]), output: ("out/put:0", [1, 2, 3]), metadata: [:])
  }

  /// As `lightDetector`, but the one cell's objectness is the mean of the pixels in its own box.
  static func spotDetector() -> [UInt8] {
    let cell = (1 * 4 + 1) * 6
    var base = [Float](repeating: 0, count: 21 * 6)
    base[cell] = 0.5
    base[cell + 1] = 0.5
    base[cell + 2] = 0.693_147_2
    base[cell + 5] = 1
    var gain = [Float](repeating: 0, count: 3 * 32 * 32)
    for plane in 0..<3 {
      for y in 8..<16 {
        for x in 4..<20 { gain[(plane * 32 + y) * 32 + x] = 1 / (255 * 3 * 8 * 16) }
      }
    }
    var place = [Float](repeating: 0, count: 21 * 6)
    place[cell + 4] = 1
    return model(
      nodes: [
        node("Reshape", ["images", "flat"], ["pixels"]),
        node("MatMul", ["pixels", "gain"], ["mean"]),
        node("Gemm", ["mean", "place", "base"], ["row"]),
        node("Reshape", ["row", "shape"], ["output"]),
      ],
      constants: [
        tensor("gain", [3072, 1], gain), tensor("place", [1, 126], place),
        tensor("base", [126], base), tensor("flat", [2], integers: [1, 3072]),
        tensor("shape", [3], integers: [1, 21, 6]),
      ],
      input: ("images", [1, 3, 32, 32]), output: ("output", [1, 21, 6]),
      metadata: ["names": "['spot']"])
  }

  /// `y = 1 / x` on a tensor of 1×2×3 floats.
  static func reciprocal() -> [UInt8] {
    model(
      nodes: [node("Reciprocal", ["x"], ["y"])], constants: [], input: ("x", [1, 2, 3]),
      output: ("y", [1, 2, 3]), metadata: [:])
  }

  // MARK: Protocol buffers

  private static func model(
    nodes: [[UInt8]], constants: [[UInt8]], input: (String, [Int]), output: (String, [Int]),
    metadata: KeyValuePairs<String, String>
  ) -> [UInt8] {
    var graph: [UInt8] = []
    for node in nodes { graph += field(1, node) }
    graph += field(2, Array("tiny".utf8))
    for constant in constants { graph += field(5, constant) }
    graph += field(11, port(input)) + field(12, port(output))
    var model = number(1, 8) + field(7, graph) + field(8, field(1, []) + number(2, 13))
    for (key, value) in metadata {
      model += field(14, field(1, Array(key.utf8)) + field(2, Array(value.utf8)))
    }
    return model
  }

  private static func node(
    _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [UInt8]...
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    for input in inputs { bytes += field(1, Array(input.utf8)) }
    for output in outputs { bytes += field(2, Array(output.utf8)) }
    bytes += field(4, Array(type.utf8))
    for attribute in attributes { bytes += field(5, attribute) }
    return bytes
  }

  private static func integers(_ name: String, _ values: [Int]) -> [UInt8] {
    values.reduce(field(1, Array(name.utf8)) + number(20, 7)) { $0 + number(8, $1) }
  }

  /// A TensorProto of floats.
  static func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> [UInt8] {
    tensor(name, shape, type: 1, bytes: values.flatMap { little($0.bitPattern, 4) })
  }

  private static func tensor(_ name: String, _ shape: [Int], integers: [Int64]) -> [UInt8] {
    tensor(name, shape, type: 7, bytes: integers.flatMap { little(UInt64(bitPattern: $0), 8) })
  }

  private static func tensor(
    _ name: String, _ shape: [Int], type: Int, bytes: [UInt8]
  ) -> [UInt8] {
    shape.reduce([]) { $0 + number(1, $1) } + number(2, type) + field(8, Array(name.utf8))
      + field(9, bytes)
  }

  private static func port(_ port: (name: String, shape: [Int])) -> [UInt8] {
    let axes = port.shape.reduce([]) { $0 + field(1, number(1, $1)) }
    return field(1, Array(port.name.utf8)) + field(2, field(1, number(1, 1) + field(2, axes)))
  }

  private static func field(_ tag: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(tag << 3 | 2) + varint(bytes.count) + bytes
  }

  private static func number(_ tag: Int, _ value: Int) -> [UInt8] {
    varint(tag << 3) + varint(value)
  }

  private static func varint(_ value: Int) -> [UInt8] {
    var rest = UInt64(value)
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private static func little(_ value: some FixedWidthInteger, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }
}

/// Raw clips that a test writes itself: what goes in is what the decoder gives.
enum RawClip {
  /// A YUV4MPEG2 file of grey pictures, one brightness each (luma, full range 16…235).
  static func grey(_ levels: [UInt8], width: Int = 64, height: Int = 48) -> [UInt8] {
    var file = Array("YUV4MPEG2 W\(width) H\(height) F10:1 Ip A1:1 C420jpeg\n".utf8)
    for level in levels {
      file += Array("FRAME\n".utf8)
      file += [UInt8](repeating: level, count: width * height)
      file += [UInt8](repeating: 128, count: (width + 1) / 2 * ((height + 1) / 2) * 2)
    }
    return file
  }

  /// A black picture of 64×64 with a white block where the spot detector of 32×32 looks.
  static func spot() -> [UInt8] {
    var file = Array("YUV4MPEG2 W64 H64 F10:1 Ip A1:1 C420jpeg\nFRAME\n".utf8)
    for y in 0..<64 {
      for x in 0..<64 { file.append((8..<40).contains(x) && (16..<32).contains(y) ? 235 : 16) }
    }
    return file + [UInt8](repeating: 128, count: 2 * 32 * 32)
  }
}
