import COcelliFFmpeg
import OcelliPicture

/// Makes a `Picture` of each frame: as it is where the fast path knows it, else through swscale.
/// Size and format may change with every frame.
struct PictureMaker: ~Copyable {
  private var scaler = Scaler()
  private let pool = PictureBufferPool()
  /// As the container has it, or as the last picture said that had a word of its own.
  private var orientation: Orientation?

  /// Errors: `.unsupported` for a format that swscale does not read, and for sides beyond all reason.
  mutating func picture(
    from frame: consuming Frame, stream: UnsafePointer<AVStream>
  ) throws(MediaError) -> Picture {
    let sides = unsafe (Int(frame.pointer.pointee.width), Int(frame.pointer.pointee.height))
    guard (1...MediaLimits.longestSide).contains(sides.0),
      (1...MediaLimits.longestSide).contains(sides.1)
    else { throw .unsupported("a picture of \(sides.0)×\(sides.1)") }
    let orientation = unsafe turn(frame, stream)
    let storage: any PictureStorage
    if let layout = FramePicture.Layout(of: frame) {
      storage = FramePicture(consume frame, layout: layout)
    } else {
      storage = try scaler.rgb(from: frame, pool: pool)
    }
    guard orientation != .upright else { return Picture(storage) }
    return Picture(storage.withView { $0.upright(from: orientation, pool: pool) })
  }

  /// A video says how it is held at its key pictures, and that holds until the next one.
  private mutating func turn(
    _ frame: borrowing Frame, _ stream: UnsafePointer<AVStream>
  ) -> Orientation {
    let own = unsafe ocelli_frame_matrix(frame.pointer)
    if unsafe own == nil && ocelli_frame_is_key(frame.pointer) == 0, let orientation {
      return orientation
    }
    let held = unsafe Orientation(matrix: own ?? ocelli_stream_matrix(stream))
    orientation = held
    return held
  }
}

/// A frame of FFmpeg's, lent without a copy; the last reference returns it to the decoder.
@safe final class FramePicture: PictureStorage {
  /// How the frame's planes are to be read.
  struct Layout {
    let format: PixelFormat
    let matrix: ColorMatrix
    let range: ColorRange

    /// nil for what the fused pass does not read. Untagged means BT.601, as swscale takes it.
    init?(of frame: borrowing Frame) {
      let raw = unsafe frame.pointer
      var range: ColorRange = unsafe raw.pointee.color_range == AVCOL_RANGE_JPEG ? .full : .limited
      switch unsafe AVPixelFormat(raw.pointee.format) {
      case AV_PIX_FMT_YUV420P: format = .i420
      case AV_PIX_FMT_YUVJ420P:
        format = .i420
        range = .full
      case AV_PIX_FMT_NV12: format = .nv12
      default: return nil
      }
      switch unsafe raw.pointee.colorspace {
      case AVCOL_SPC_BT709: matrix = .bt709
      case AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: matrix = .bt601
      default: return nil
      }
      self.range = range
      let data = unsafe raw.pointee.data
      guard unsafe raw.pointee.width > 0, unsafe raw.pointee.height > 0, unsafe data.0 != nil,
        unsafe data.1 != nil, unsafe format == .nv12 || data.2 != nil
      else { return nil }
    }
  }

  private let frame: Frame
  private let layout: Layout
  let width: Int
  let height: Int

  init(_ frame: consuming Frame, layout: Layout) {
    width = unsafe Int(frame.pointer.pointee.width)
    height = unsafe Int(frame.pointer.pointee.height)
    self.layout = layout
    self.frame = frame
  }

  func withView<R, E: Error>(
    _ body: (borrowing PictureView) throws(E) -> R
  ) throws(E) -> R {
    let data = unsafe frame.pointer.pointee.data
    let sizes = unsafe frame.pointer.pointee.linesize
    // `Layout` has seen that the planes are there.
    let view = unsafe PictureView(
      width: width, height: height, format: layout.format, matrix: layout.matrix,
      range: layout.range,
      planes: (
        UnsafePointer(data.0!), UnsafePointer(data.1!), UnsafePointer(data.2)
      ),
      pitches: (Int(sizes.0), Int(sizes.1), Int(sizes.2)))
    return try body(view)
  }
}

/// swscale, for every format that the fused pass does not read: to RGB of the same size.
@safe struct Scaler: ~Copyable {
  private struct Key: Equatable {
    var width: Int32 = 0
    var height: Int32 = 0
    var format: Int32 = -1
    var matrix: Int32 = 0
    var isFull = false

    init() {}

    init(of frame: borrowing Frame) {
      unsafe width = frame.pointer.pointee.width
      unsafe height = frame.pointer.pointee.height
      unsafe format = frame.pointer.pointee.format
      matrix = unsafe Int32(frame.pointer.pointee.colorspace.rawValue)
      isFull =
        unsafe frame.pointer.pointee.color_range == AVCOL_RANGE_JPEG
        || FullRange.formats.contains(format)
    }
  }
  nonisolated(unsafe) private var context: OpaquePointer?
  private var key = Key()

  init() {}

  deinit { unsafe sws_freeContext(context) }

  mutating func rgb(
    from frame: borrowing Frame, pool: PictureBufferPool
  ) throws(MediaError) -> PictureBuffer {
    let wanted = Key(of: frame)
    try prepare(wanted)
    let buffer = PictureBuffer(
      width: Int(wanted.width), height: Int(wanted.height), format: .rgb24, pool: pool)
    let rows = unsafe buffer.withPlanes { planes, pitches in
      var targets: [UnsafeMutablePointer<UInt8>?] = unsafe [planes.0, nil, nil, nil]
      var steps = [Int32(pitches.0), 0, 0, 0]
      let data = unsafe frame.pointer.pointee.data
      let sizes = unsafe frame.pointer.pointee.linesize
      let sources: [UnsafePointer<UInt8>?] = unsafe [
        UnsafePointer(data.0), UnsafePointer(data.1), UnsafePointer(data.2), UnsafePointer(data.3),
      ]
      return unsafe sws_scale(
        context, sources, [sizes.0, sizes.1, sizes.2, sizes.3], 0, wanted.height, &targets, &steps)
    }
    guard rows == wanted.height else {
      throw .unsupported("a picture could not be converted to RGB")
    }
    return buffer
  }

  private mutating func prepare(_ wanted: Key) throws(MediaError) {
    guard unsafe key != wanted || context == nil else { return }
    let format = AVPixelFormat(wanted.format)
    guard sws_isSupportedInput(format) != 0 else {
      throw unsafe .unsupported(
        "pixel format \(av_get_pix_fmt_name(format).map { unsafe String(cString: $0) } ?? "?")")
    }
    // Chroma at full size, in and out: what differs from the fused pass is then rounding.
    let flags = SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP
    unsafe context = sws_getCachedContext(
      context, wanted.width, wanted.height, format, wanted.width, wanted.height, AV_PIX_FMT_RGB24,
      flags, nil, nil, nil)
    guard unsafe context != nil else {
      throw .unsupported("pictures of \(wanted.width)×\(wanted.height) in this pixel format")
    }
    // Between two kinds of RGB there is nothing to say, and saying it costs swscale its direct way.
    let isRGB = unsafe av_pix_fmt_desc_get(format).map {
      unsafe $0.pointee.flags & UInt64(AV_PIX_FMT_FLAG_RGB) != 0
    }
    if isRGB != true {
      unsafe sws_setColorspaceDetails(
        context, sws_getCoefficients(wanted.matrix), wanted.isFull ? 1 : 0,
        sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16)
    }
    key = wanted
  }
}

/// The YUV formats whose name says full range.
private enum FullRange {
  static let formats: Set<Int32> = [
    AV_PIX_FMT_YUVJ411P.rawValue, AV_PIX_FMT_YUVJ420P.rawValue, AV_PIX_FMT_YUVJ422P.rawValue,
    AV_PIX_FMT_YUVJ440P.rawValue, AV_PIX_FMT_YUVJ444P.rawValue,
  ]
}

extension Orientation {
  /// The turn that a display matrix asks for; anything but quarter turns and mirrors is left alone.
  /// Units: 16.16 fixed point, `[a b u c d v x y w]`.
  init(matrix: UnsafePointer<Int32>?) {
    guard let matrix = unsafe matrix else {
      self = .upright
      return
    }
    let (a, b, c, d) = unsafe (matrix[0], matrix[1], matrix[3], matrix[4])
    // A hundredth of one: below, it is rounding.
    let straight = b.magnitude < 656 && c.magnitude < 656
    let turned = a.magnitude < 656 && d.magnitude < 656
    switch (straight, turned) {
    case (true, false):
      switch (a < 0, d < 0) {
      case (false, false): self = .upright
      case (true, true): self = .rotate180
      case (true, false): self = .mirror
      case (false, true): self = .mirrorRotate180
      }
    case (false, true):
      switch (b > 0, c > 0) {
      case (true, false): self = .rotate90
      case (false, true): self = .rotate270
      case (true, true): self = .mirrorRotate270
      case (false, false): self = .mirrorRotate90
      }
    default: self = .upright
    }
  }
}
