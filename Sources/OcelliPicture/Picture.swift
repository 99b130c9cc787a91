/// A decoded picture that is owned: it goes back to who lent it when it dies.
/// FFmpeg's frames and the tests' buffers both come as this.
package struct Picture: ~Copyable, Sendable {
  /// What a picture rests on. `withView` lends the planes; `deinit` of the class gives them back.
  private let storage: any PictureStorage

  package init(_ storage: any PictureStorage) { self.storage = storage }

  package var width: Int { storage.width }
  package var height: Int { storage.height }

  /// Lends the planes for the length of `body`.
  package borrowing func withView<R, E: Error>(
    _ body: (borrowing PictureView) throws(E) -> R
  ) throws(E) -> R {
    try storage.withView(body)
  }
}

/// The memory behind a `Picture`. A reference type: the last reference returns the memory.
package protocol PictureStorage: AnyObject, Sendable {
  var width: Int { get }
  var height: Int { get }
  func withView<R, E: Error>(_ body: (borrowing PictureView) throws(E) -> R) throws(E) -> R
}
