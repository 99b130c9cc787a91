import Glibc
import Synchronization

/// A picture in memory of our own: converted, turned or drawn pictures, and those of tests.
/// It is written by whoever makes it, before it is lent to others as a `Picture`.
@safe package final class PictureBuffer: PictureStorage {
  package let width: Int
  package let height: Int
  package let format: PixelFormat
  package let matrix: ColorMatrix
  package let range: ColorRange
  private let layout: PlaneLayout
  nonisolated(unsafe) private let base: UnsafeMutablePointer<UInt8>
  private let pool: PictureBufferPool?

  /// Shape: planes as `format` says, undefined samples, rows padded to 64 bytes.
  /// Traps: for sides below 1 or above 65,535, and where memory runs out.
  package init(
    width: Int, height: Int, format: PixelFormat, matrix: ColorMatrix = .bt601,
    range: ColorRange = .full, pool: PictureBufferPool? = nil
  ) {
    precondition((1...65_535).contains(width) && (1...65_535).contains(height))
    self.width = width
    self.height = height
    self.format = format
    self.matrix = matrix
    self.range = range
    let layout = PlaneLayout(width: width, height: height, format: format)
    self.layout = layout
    self.pool = pool
    if let pool {
      unsafe base = pool.take(bytes: layout.bytes)
    } else {
      unsafe base = PictureBufferPool.allocate(bytes: layout.bytes)
    }
  }

  deinit {
    if let pool {
      unsafe pool.give(base, bytes: layout.bytes)
    } else {
      unsafe free(base)
    }
  }

  package func withView<R, E: Error>(
    _ body: (borrowing PictureView) throws(E) -> R
  ) throws(E) -> R {
    let view = unsafe PictureView(
      width: width, height: height, format: format, matrix: matrix, range: range,
      planes: (
        UnsafePointer(base), layout.offset1.map { unsafe UnsafePointer(base + $0) },
        layout.offset2.map { unsafe UnsafePointer(base + $0) }
      ), pitches: layout.pitches)
    return try body(view)
  }

  /// Lends the planes to be written. Units: pitches in bytes a row.
  @unsafe package func withPlanes<R, E: Error>(
    _ body: (
      (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?),
      (Int, Int, Int)
    ) throws(E) -> R
  ) throws(E) -> R {
    try unsafe body(
      (base, layout.offset1.map { unsafe base + $0 }, layout.offset2.map { unsafe base + $0 }),
      layout.pitches)
  }
}

/// Where the planes of a picture lie in one block.
private struct PlaneLayout {
  let pitches: (Int, Int, Int)
  let offset1: Int?
  let offset2: Int?
  let bytes: Int

  init(width: Int, height: Int, format: PixelFormat) {
    func padded(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
    let halfWidth = (width + 1) / 2
    let halfHeight = (height + 1) / 2
    // 64 bytes behind the last row: vector code may read a whole register there.
    switch format {
    case .i420:
      let luma = padded(width)
      let chroma = padded(halfWidth)
      pitches = (luma, chroma, chroma)
      offset1 = luma * height
      offset2 = luma * height + chroma * halfHeight
      bytes = luma * height + 2 * chroma * halfHeight + 64
    case .nv12:
      let luma = padded(width)
      let chroma = padded(2 * halfWidth)
      pitches = (luma, chroma, 0)
      offset1 = luma * height
      offset2 = nil
      bytes = luma * height + chroma * halfHeight + 64
    case .rgb24:
      pitches = (padded(3 * width), 0, 0)
      offset1 = nil
      offset2 = nil
      bytes = pitches.0 * height + 64
    }
  }
}

/// Keeps the blocks of dead pictures for the next ones of the same size, so that a stream whose
/// pictures are converted takes no new memory a picture.
@safe package final class PictureBufferPool: Sendable {
  @safe private struct Blocks: ~Copyable {
    nonisolated(unsafe) var free: [UnsafeMutablePointer<UInt8>] = unsafe []
    var bytes = 0
  }
  private let blocks = Mutex(Blocks())
  private let limit: Int

  /// `limit`: how many blocks wait at most; further ones go back to the system.
  package init(limit: Int = 8) { self.limit = limit }

  deinit {
    blocks.withLock { held in
      while let block = unsafe held.free.popLast() { unsafe Glibc.free(block) }
    }
  }

  fileprivate static func allocate(bytes: Int) -> UnsafeMutablePointer<UInt8> {
    guard let block = unsafe aligned_alloc(64, (bytes + 63) & ~63) else {
      preconditionFailure("no memory for a picture of \(bytes) bytes")
    }
    return unsafe block.assumingMemoryBound(to: UInt8.self)
  }

  fileprivate func take(bytes: Int) -> UnsafeMutablePointer<UInt8> {
    let held = unsafe blocks.withLock { held -> UnsafeMutablePointer<UInt8>? in
      guard held.bytes == bytes else { return nil }
      return unsafe held.free.popLast()
    }
    return unsafe held ?? Self.allocate(bytes: bytes)
  }

  fileprivate func give(_ block: UnsafeMutablePointer<UInt8>, bytes: Int) {
    nonisolated(unsafe) let block = unsafe block
    blocks.withLock { held in
      if held.bytes != bytes {
        while let old = unsafe held.free.popLast() { unsafe Glibc.free(old) }
        held.bytes = bytes
      }
      if unsafe held.free.count < limit {
        unsafe held.free.append(block)
      } else {
        unsafe Glibc.free(block)
      }
    }
  }
}
