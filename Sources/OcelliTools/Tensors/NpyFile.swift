package import OcelliTensor

/// NumPy's file of one array. Source: numpy/lib/format.py, versions 1 to 3.
///
/// Read and written: C order, little endian, every element type of 8 bits that NumPy has and all larger
/// ones; the smaller floats and integers are written as opaque bytes (`V1`) and not read. A bfloat16, which NumPy does not
/// know, goes as the two opaque bytes (`V2`) that ml_dtypes stores it as.
package enum NpyFile {
  /// Units: bytes. NumPy itself refuses headers beyond 10,000.
  static let maximumHeader = 10_000
  private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

  /// The array in `bytes`. Errors: in words, without the file's name.
  package static func decode(_ bytes: [UInt8]) throws(NpyError) -> Tensor {
    guard bytes.count >= 10, bytes.starts(with: magic) else {
      throw NpyError("not a .npy file (its first bytes are not \\x93NUMPY)")
    }
    let version = bytes[6]
    guard (1...3).contains(version) else { throw NpyError("version \(version) of .npy is unknown") }
    let start = version == 1 ? 10 : 12
    guard bytes.count >= start else { throw NpyError("cut short in its header") }
    var length = Int(bytes[8]) | Int(bytes[9]) << 8
    if version > 1 { length |= Int(bytes[10]) << 16 | Int(bytes[11]) << 24 }
    guard length <= maximumHeader else {
      throw NpyError("a header of \(length) bytes; at most \(maximumHeader) are read")
    }
    let end = start + length
    guard bytes.count >= end else { throw NpyError("cut short in its header") }
    let header = try NpyHeader(Array(bytes[start..<end]))
    let type = try elementType(header.descr)
    guard !header.fortranOrder || header.shape.count < 2 else {
      throw NpyError("Fortran order; save it with np.ascontiguousarray(array)")
    }
    let shape: Shape
    do { shape = try Shape(checking: header.shape) } catch { throw NpyError("\(error)") }
    let data = bytes.count - end
    guard data == shape.count * type.size else {
      throw NpyError(
        "\(data) bytes of data where \(type.rawValue) \(shape) takes \(shape.count * type.size)")
    }
    if type == .bool, bytes[end...].contains(where: { $0 > 1 }) {
      throw NpyError("a bool that is neither 0 nor 1")
    }
    let elements = unsafe bytes.span.bytes.extracting(end..<bytes.count)
    do { return try Tensor(type, shape, bytes: elements) } catch {
      throw NpyError("\(error)")
    }
  }

  /// The array as a file.
  package static func encode(_ tensor: Tensor) -> [UInt8] {
    let dimensions = tensor.shape.dimensions
    let extents =
      dimensions.count == 1
      ? "(\(dimensions[0]),)" : "(\(dimensions.map(String.init).joined(separator: ", ")))"
    var header =
      "{'descr': '\(descriptor(tensor.type))', 'fortran_order': False, 'shape': \(extents), }"
    // The data begin at a multiple of 64; the header ends in a line feed.
    let unpadded = magic.count + 4 + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    var file = magic + [1, 0, UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)]
    file += Array(header.utf8)
    let data = tensor.bytes
    file.reserveCapacity(file.count + data.byteCount)
    unsafe data.withUnsafeBytes { unsafe file.append(contentsOf: $0) }
    return file
  }

  /// Whether a file tells that its elements are of this type.
  package static func tells(_ type: ElementType) -> Bool { descriptor(type) != "|V1" }

  private static func descriptor(_ type: ElementType) -> String {
    switch type {
    case .float32: "<f4"
    case .float64: "<f8"
    case .float16: "<f2"
    case .bfloat16: "<V2"
    case .int8: "|i1"
    case .int16: "<i2"
    case .int32: "<i4"
    case .int64: "<i8"
    case .uint8: "|u1"
    case .uint16: "<u2"
    case .uint32: "<u4"
    case .uint64: "<u8"
    case .bool: "|b1"
    // A NumPy that knows ml_dtypes can view these bytes as what they are.
    default: "|V1"
    }
  }

  private static func elementType(_ descr: String) throws(NpyError) -> ElementType {
    let kind = descr.drop { "<|=>".contains($0) }
    guard kind != "V1",
      let type = ElementType.allCases.first(where: { descriptor($0).dropFirst() == kind })
    else {
      throw NpyError("elements of type '\(descr)', which no tensor has")
    }
    guard !descr.hasPrefix(">") || type.size == 1 else {
      throw NpyError("big-endian elements ('\(descr)'); save it with array.astype('<\(kind)')")
    }
    return type
  }
}

/// Why a `.npy` file cannot be read.
package struct NpyError: Error, Equatable, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}
