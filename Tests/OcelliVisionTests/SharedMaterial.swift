import Glibc

/// Models that other people made: beside the checkout, never part of it.
enum SharedMaterial {
  /// `OCELLI_SHARED`, else `../shared` beside the checkout; nil where there is none.
  static let folder: String? = {
    let named = unsafe getenv("OCELLI_SHARED").map { unsafe String(cString: $0) }
    let beside = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    return [named, "/\(beside)/shared"].compactMap { $0 }.first { unsafe access($0, R_OK) == 0 }
  }()

  /// The path of a model; nil where it is absent.
  static func model(_ name: String) -> String? {
    guard let folder else { return nil }
    let path = "\(folder)/models/\(name).onnx"
    return unsafe access(path, R_OK) == 0 ? path : nil
  }
}
