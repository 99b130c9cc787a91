import Glibc
import OcelliTensor

/// Reads tensors whose elements lie in other files, as models of more than 2 GB have them.
///
/// A model says which file to open, and a model may be hostile: only regular files in the model's own
/// folder are opened, under a plain name, and neither through a symbolic link nor with a second name
/// elsewhere. Source: ONNX `TensorProto.external_data`; CVE-2022-25882, CVE-2024-27318.
final class ExternalData {
  /// Units: bytes of all tensors of a model: a file may name the same bytes often.
  static let byteLimit = 4 << 30

  private let folder: Int32
  private var left = ExternalData.byteLimit
  private var files: [String: (descriptor: Int32, size: Int)] = [:]
  /// Models have one file or one a tensor. Those beyond are opened again each time.
  private static let openLimit = 16

  /// `path`: the model's folder. Errors: `.unreadable`.
  init(folder path: String) throws(ONNXError) {
    folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw .unreadable(path: path, reason: words(errno)) }
  }

  deinit {
    for file in files.values { close(file.descriptor) }
    close(folder)
  }

  /// What a tensor's entries say of its place.
  private struct Place {
    var location = ""
    var offset = 0
    var length: Int?

    init(_ pairs: [ONNXStringPair]) throws(ExternalDataError) {
      for pair in pairs {
        switch pair.key {
        case "location": location = pair.value
        case "offset": offset = try Self.number(pair)
        case "length": length = try Self.number(pair)
        default: break
        }
      }
      guard !location.isEmpty, location != ".", location != "..",
        !location.utf8.contains(where: { $0 == 0x2f || $0 == 0 })
      else {
        throw ExternalDataError(
          "its data lie in \(location.prefix(200).debugDescription), which is no plain name of a "
            + "file beside the model; only such are read")
      }
    }

    private static func number(_ pair: ONNXStringPair) throws(ExternalDataError) -> Int {
      guard let value = Int(pair.value), value >= 0 else {
        throw ExternalDataError("its \(pair.key) is \(pair.value.prefix(40).debugDescription)")
      }
      return value
    }
  }

  /// Fills a new tensor from the place that `entry` names.
  /// Errors: another place than a file beside the model, or fewer bytes there than due.
  func tensor(
    _ entry: ONNXTensorEntry, _ type: ElementType, _ shape: Shape
  ) throws -> Tensor {
    let place = try Place(entry.externalData)
    let due = type.packedByteCount(shape.count)
    if let length = place.length, length != due {
      throw TensorError.byteCount(expected: due, found: length)
    }
    guard due <= left else {
      throw ExternalDataError("more than \(Self.byteLimit >> 30) GiB of data in other files")
    }
    left -= due
    let file = try opened(place.location)
    defer { if files[place.location] == nil { close(file.descriptor) } }
    let (end, overflow) = place.offset.addingReportingOverflow(due)
    guard !overflow, end <= file.size else {
      throw ExternalDataError(
        "its \(due) bytes at \(place.offset) go beyond the \(file.size) bytes of "
          + place.location.debugDescription)
    }
    if type.packedBits < 8 {
      var packed = try Tensor(.uint8, [due])
      try fill(&packed, from: file.descriptor, at: place)
      return try Tensor(type, shape, bytes: type.unpacked(packed.byteArray(), count: shape.count))
    }
    var tensor = try Tensor(type, shape)
    try fill(&tensor, from: file.descriptor, at: place)
    // A Bool in memory is 0 or 1 and nothing else.
    return type == .bool ? try Tensor(tensor.byteArray().map { $0 != 0 }, shape: shape) : tensor
  }

  private func opened(_ name: String) throws(ExternalDataError) -> (descriptor: Int32, size: Int) {
    if let file = files[name] { return file }
    // O_NONBLOCK: a FIFO must not hold us before we see that it is one.
    let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
    let descriptor = unsafe openat(folder, name, flags)
    guard descriptor >= 0 else {
      let reason = errno == ELOOP ? "it is a symbolic link" : words(errno)
      throw ExternalDataError("its data in \(name.debugDescription) cannot be read: \(reason)")
    }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_nlink == 1
    else {
      close(descriptor)
      throw ExternalDataError(
        "its data in \(name.debugDescription) are not read: only regular files are that have no "
          + "second name elsewhere (copy it beside the model)")
    }
    let file = (descriptor: descriptor, size: Int(status.st_size))
    if files.count < Self.openLimit { files[name] = file }
    return file
  }

  private func fill(_ tensor: inout Tensor, from descriptor: Int32, at place: Place) throws {
    var bytes = tensor.mutableBytes
    try unsafe bytes.withUnsafeMutableBytes { buffer in
      var done = 0
      while done < buffer.count {
        let got = unsafe pread(
          descriptor, buffer.baseAddress! + done, buffer.count - done, place.offset + done)
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else {
          let reason = got < 0 ? words(errno) : "it has become shorter"
          throw ExternalDataError("\(place.location.debugDescription): \(reason)")
        }
        done += got
      }
    }
  }
}

/// Why data in another file are not read.
struct ExternalDataError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

private func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

/// The model's folder, opened when the first tensor asks for it; one for all graphs of the file.
final class ExternalFolder {
  private let path: String?
  private var data: ExternalData?

  /// `path` nil: nothing outside of the model's file is read.
  init(_ path: String?) { self.path = path }

  /// Errors: `.unreadable`.
  func opened() throws(ONNXError) -> ExternalData? {
    guard let path, data == nil else { return data }
    data = try ExternalData(folder: path)
    return data
  }
}
