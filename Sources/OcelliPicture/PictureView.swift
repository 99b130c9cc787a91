/// How the samples of a picture lie in memory.
package enum PixelFormat: String, Sendable {
  /// Three planes: Y at full size, U and V at half width and half height (rounded up).
  case i420
  /// Two planes: Y, then U and V interleaved at half width and half height.
  case nv12
  /// One plane, three bytes a pixel: R, G, B.
  case rgb24
}

/// The matrix between YUV and RGB.
package enum ColorMatrix: String, Sendable { case bt601, bt709 }

/// The range of YUV samples: limited 16…235, full 0…255.
package enum ColorRange: String, Sendable { case limited, full }

/// The quarter turns and the mirror that make a picture upright.
package enum Orientation: String, Sendable {
  case upright, rotate90, rotate180, rotate270
  case mirror, mirrorRotate90, mirrorRotate180, mirrorRotate270
}

/// A decoded picture, borrowed. Who lends it says how long it lasts: it never outlives a closure.
@safe package struct PictureView: ~Escapable {
  package let width: Int
  package let height: Int
  package let format: PixelFormat
  package let matrix: ColorMatrix
  package let range: ColorRange
  private let planes: (UnsafePointer<UInt8>, UnsafePointer<UInt8>?, UnsafePointer<UInt8>?)
  private let pitches: (Int, Int, Int)

  /// Borrows planes. Units: `pitches` in bytes a row; they may be negative.
  /// Traps: never; the caller answers for the pointers.
  @unsafe @_lifetime(immortal)
  package init(
    width: Int, height: Int, format: PixelFormat, matrix: ColorMatrix, range: ColorRange,
    planes: (UnsafePointer<UInt8>, UnsafePointer<UInt8>?, UnsafePointer<UInt8>?),
    pitches: (Int, Int, Int)
  ) {
    self.width = width
    self.height = height
    self.format = format
    self.matrix = matrix
    self.range = range
    unsafe self.planes = planes
    self.pitches = pitches
  }

  /// The planes' addresses, as many as the format has.
  @unsafe package var planePointers:
    (UnsafePointer<UInt8>, UnsafePointer<UInt8>?, UnsafePointer<UInt8>?)
  { unsafe planes }

  /// Units: bytes a row.
  package var planePitches: (Int, Int, Int) { pitches }
}
