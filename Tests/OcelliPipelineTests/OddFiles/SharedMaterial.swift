import Glibc

/// Material that is too large for the repository: `OCELLI_SHARED`, else `../shared` beside it.
enum SharedMaterial {
  /// The folder of odd files; nil where there is none.
  static let oddFiles: String? = {
    let root =
      unsafe getenv("OCELLI_SHARED").map { unsafe String(cString: $0) } ?? "../shared"
    let path = root + "/videos/odd"
    return unsafe access(path + "/expect.json", R_OK) == 0 ? path : nil
  }()

  static var hasOddFiles: Bool { oddFiles != nil }
}
