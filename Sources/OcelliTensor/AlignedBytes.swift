import Glibc

/// Memory of a fixed size, aligned to 64 bytes, zeroed, with 64 bytes of read slack behind it.
@safe package final class AlignedBytes: @unchecked Sendable {
  // @unchecked: the pointer is fixed; who may write is the owner's business (`Tensor` copies on
  // write, the engine's context belongs to whoever runs).
  package let count: Int
  private let base: UnsafeMutableRawPointer

  package static let alignment = 64

  /// Errors: `.outOfMemory`.
  package init(count: Int) throws(TensorError) {
    precondition(count >= 0)
    var pointer: UnsafeMutableRawPointer?
    let total = (count + 2 * Self.alignment - 1) / Self.alignment * Self.alignment
    guard unsafe posix_memalign(&pointer, Self.alignment, total) == 0, let p = unsafe pointer
    else { throw .outOfMemory(bytes: count) }
    unsafe p.initializeMemory(as: UInt8.self, repeating: 0, count: total)
    unsafe base = p
    self.count = count
  }

  deinit { unsafe free(base) }

  /// The address; valid while this object lives.
  @unsafe package var pointer: UnsafeMutableRawPointer { unsafe base }

  package var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let span = unsafe RawSpan(_unsafeStart: base, byteCount: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}
