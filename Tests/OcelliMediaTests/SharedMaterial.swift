import Glibc

/// Clips that are too large for the repository: `OCELLI_SHARED`, else `../shared` beside it.
enum SharedMaterial {
  static let videos: String? = {
    let root =
      unsafe getenv("OCELLI_SHARED").map { unsafe String(cString: $0) } ?? "../shared"
    let path = root + "/videos"
    return unsafe access(path, R_OK) == 0 ? path : nil
  }()

  static var hasVideos: Bool { videos != nil }
  static var hasOddFiles: Bool { videos.map { unsafe access($0 + "/odd", R_OK) == 0 } ?? false }
}
