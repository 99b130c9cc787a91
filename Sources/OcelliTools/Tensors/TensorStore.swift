import OcelliONNX
package import OcelliTensor

/// Tensors in files: NumPy's `.npy` and ONNX's TensorProto `.pb`.
package enum TensorStore {
  /// The kind of file; its ending.
  package enum Kind: String, Sendable, CaseIterable { case npy, pb }

  /// Units: bytes.
  private static let limit = 4 << 30

  /// The tensor in a file; its ending tells the kind.
  /// Errors: another ending, no such file, no tensor.
  package static func read(_ path: String) throws(ToolError) -> Tensor {
    guard let kind = Kind.allCases.first(where: { path.lowercased().hasSuffix(".\($0.rawValue)") })
    else { throw ToolError(.usage, "\(path): a tensor's file ends in .npy or .pb") }
    let bytes = try Files.read(path, limit: limit)
    do {
      return switch kind {
      case .npy: try NpyFile.decode(bytes)
      case .pb: try TensorFile.decode(bytes).tensor
      }
    } catch { throw ToolError(.badData, "\(path): \(error)") }
  }

  /// Writes a tensor. `name` is told by `.pb` alone.
  package static func write(
    _ tensor: Tensor, to path: String, name: String, kind: Kind
  ) throws(ToolError) {
    let file: [UInt8]
    switch kind {
    case .npy: file = NpyFile.encode(tensor)
    case .pb:
      do { file = try TensorFile.encode(tensor, name: name) } catch {
        throw ToolError(.internalFault, "\(path): \(error)")
      }
    }
    try Files.write(path, file)
  }
}
