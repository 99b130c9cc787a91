import COcelliKernels

/// A letterbox for pictures of one size and format: tables and colour constants, immutable and
/// shared. Any rows can be made by any thread.
package final class LetterboxPlan: Sendable {
  /// What a plan is made for.
  struct Key: Sendable, Equatable {
    let width: Int
    let height: Int
    let format: PixelFormat
    let matrix: ColorMatrix
    let range: ColorRange

    init(_ view: borrowing PictureView) {
      width = view.width
      height = view.height
      format = view.format
      matrix = view.matrix
      range = view.range
    }
  }

  let key: Key
  package let geometry: LetterboxGeometry
  private let specification: LetterboxSpecification
  private let columns: (AxisTable, AxisTable)
  private let rows: (AxisTable, AxisTable)
  private let colors: ChannelConstants
  private let tier: LetterboxTier

  init(_ specification: LetterboxSpecification, key: Key, tier: LetterboxTier) {
    self.key = key
    self.specification = specification
    geometry = LetterboxGeometry(
      sourceWidth: key.width, sourceHeight: key.height, width: specification.width,
      height: specification.height, fit: specification.fit, rounding: specification.rounding)
    // Chroma samples stand between pairs of luma samples, in both directions.
    let halves = key.format == .rgb24 ? 1.0 : 0.5
    func axis(_ side: Int, _ inner: Int, share: Double) -> AxisTable {
      let samples = share == 1 ? side : (side + 1) / 2
      return AxisTable(extent: Double(side) * share, samples: samples, count: inner)
    }
    columns = (
      axis(key.width, geometry.innerWidth, share: 1),
      axis(key.width, geometry.innerWidth, share: halves)
    )
    rows = (
      axis(key.height, geometry.innerHeight, share: 1),
      axis(key.height, geometry.innerHeight, share: halves)
    )
    colors = ChannelConstants(specification, key: key)
    self.tier = tier == .best ? LetterboxPlan.chosenTier : tier
  }

  /// As the engine's kernels choose, so that `OCELLI_ISA` forces both.
  private static let chosenTier: LetterboxTier = ock_isa() == OCK_ISA_SCALAR ? .scalar : .best

  /// Fills some rows of the input. The picture must be of the plan's size and format.
  /// Traps: where it is not, for rows outside the input, and where the target is too small.
  package func fill(
    _ target: inout MutableSpan<Float>, rows: Range<Int>, from view: borrowing PictureView
  ) {
    precondition(target.count >= specification.count)
    unsafe target.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe fill(base, rows: rows, from: view)
    }
  }

  /// The same into memory that other threads write other rows of.
  @unsafe package func fill(
    _ target: UnsafeMutablePointer<Float>, rows: Range<Int>, from view: borrowing PictureView
  ) {
    precondition(Key(view) == key && rows.lowerBound >= 0 && rows.upperBound <= geometry.height)
    unsafe columns.0.withTable { c0, cw0, _ in
      unsafe columns.1.withTable { c1, cw1, _ in
        unsafe self.rows.0.withTable { r0, _, rw0 in
          unsafe self.rows.1.withTable { r1, _, rw1 in
            var job = unsafe describe(view, target: target)
            unsafe job.column = (c0, c1)
            unsafe job.column_weight = (cw0, cw1)
            unsafe job.row = (r0, r1)
            unsafe job.row_weight = (rw0, rw1)
            let kernel = unsafe ock_letterbox_for(tier.rawValue)!
            unsafe kernel(&job, Int32(rows.lowerBound), Int32(rows.upperBound))
          }
        }
      }
    }
  }

  @unsafe private func describe(
    _ view: borrowing PictureView, target: UnsafeMutablePointer<Float>
  ) -> ock_letterbox {
    var job = unsafe ock_letterbox()
    let planes = unsafe view.planePointers
    unsafe job.plane = (planes.0, planes.1, planes.2)
    unsafe job.pitch = view.planePitches
    unsafe job.format =
      switch view.format {
      case .i420: Int32(OCK_I420)
      case .nv12: Int32(OCK_NV12)
      case .rgb24: Int32(OCK_RGB24)
      }
    unsafe job.width = Int32(view.width)
    unsafe job.height = Int32(view.height)
    unsafe job.target = target
    unsafe job.target_width = Int32(geometry.width)
    unsafe job.target_height = Int32(geometry.height)
    unsafe job.channels = Int32(specification.channelCount)
    unsafe job.nhwc = specification.layout == .nhwc ? 1 : 0
    unsafe job.left = Int32(geometry.left)
    unsafe job.top = Int32(geometry.top)
    unsafe job.inner_width = Int32(geometry.innerWidth)
    unsafe job.inner_height = Int32(geometry.innerHeight)
    unsafe colors.write(to: &job)
    return unsafe job
  }
}

/// One axis of a bilinear resize: which sample, and how much of its neighbour.
struct AxisTable: Sendable {
  /// Columns come eight at a time, so the last entry is repeated up to a multiple of eight.
  private let index: [Int32]
  /// 14 bits: the sample's weight in the low half, its neighbour's in the high half.
  private let pairs: [UInt32]
  /// 15 bits: the neighbour's weight.
  private let weights: [Int16]

  /// `extent`: the side in samples, which may end in the middle of the last one.
  init(extent: Double, samples: Int, count: Int) {
    let step = extent / Double(count)
    let last = samples - 1
    var index: [Int32] = []
    var pairs: [UInt32] = []
    var weights: [Int16] = []
    for place in 0..<((count + 7) & ~7) {
      let position = (Double(min(place, count - 1)) + 0.5) * step - 0.5
      let left = min(max(position.rounded(.down), 0), Double(last))
      // Beyond the outermost centres the border counts alone.
      let share = left == Double(last) ? 0 : min(max(position - left, 0), 1)
      let weight = UInt32((share * 16_384).rounded())
      index.append(Int32(left))
      pairs.append((16_384 - weight) | weight << 16)
      weights.append(Int16(min((share * 32_768).rounded(), 32_767)))
    }
    self.index = index
    self.pairs = pairs
    self.weights = weights
  }

  @unsafe func withTable(
    _ body: (UnsafePointer<Int32>?, UnsafePointer<UInt32>?, UnsafePointer<Int16>?) -> Void
  ) {
    unsafe index.withUnsafeBufferPointer { index in
      unsafe pairs.withUnsafeBufferPointer { pairs in
        unsafe weights.withUnsafeBufferPointer { weights in
          unsafe body(index.baseAddress, pairs.baseAddress, weights.baseAddress)
        }
      }
    }
  }
}

/// From blended samples to a channel's value.
struct ChannelConstants: Sendable {
  /// Three rows in the input's order (R, G, B for grey): weights of Y, U, V (or R, G, B) and what is added.
  private let rows: [[Float]]
  private let scale: [Float]
  private let bias: [Float]
  private let pad: [Float]

  init(_ specification: LetterboxSpecification, key: LetterboxPlan.Key) {
    let rgb =
      key.format == .rgb24
      ? [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] : Self.yuvToRGB(key.matrix, key.range)
    let wanted: [[Double]] =
      switch specification.channels {
      case .rgb, .grey: rgb
      case .bgr: [rgb[2], rgb[1], rgb[0]]
      }
    // Blended samples carry 21 bits behind the point.
    rows = wanted.map { row in
      [Float(row[0] / 2_097_152), Float(row[1] / 2_097_152), Float(row[2] / 2_097_152)]
        + [Float(row[3])]
    }
    scale = specification.scale
    bias = zip(specification.mean, specification.scale).map { -$0 * $1 }
    pad = zip(specification.scale, bias).map { specification.pad * $0 + $1 }
  }

  /// Source: ITU-R BT.601 and BT.709, 8 bit.
  private static func yuvToRGB(_ matrix: ColorMatrix, _ range: ColorRange) -> [[Double]] {
    let (red, blue) = matrix == .bt709 ? (0.2126, 0.0722) : (0.299, 0.114)
    let green = 1 - red - blue
    let (luma, chroma, black) =
      range == .full ? (1.0, 1.0, 0.0) : (255.0 / 219.0, 255.0 / 224.0, 16.0)
    let fromV = 2 * (1 - red) * chroma
    let fromU = 2 * (1 - blue) * chroma
    func row(_ u: Double, _ v: Double) -> [Double] { [luma, u, v, -luma * black - 128 * (u + v)] }
    return [row(0, fromV), row(-fromU * blue / green, -fromV * red / green), row(fromU, 0)]
  }

  @unsafe func write(to job: inout ock_letterbox) {
    func row(_ c: Int) -> (Float, Float, Float, Float) {
      let row = rows[c]
      return (row[0], row[1], row[2], row[3])
    }
    func three(_ values: [Float]) -> (Float, Float, Float) {
      (values[0], values.count > 1 ? values[1] : 0, values.count > 2 ? values[2] : 0)
    }
    unsafe job.matrix = (row(0), row(1), row(2))
    unsafe job.scale = three(scale)
    unsafe job.bias = three(bias)
    unsafe job.pad = three(pad)
  }
}
