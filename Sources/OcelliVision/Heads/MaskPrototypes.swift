import OcelliPicture
import OcelliVocabulary

/// Masks as sums of prototypes, weighted by each box's coefficients. Source: YOLACT (Bolya, 2019).
package struct MaskPrototypes: Sendable, Equatable {
  package var output: Int
  package var channels: Int
  package var rows: Int
  package var columns: Int
  /// `[1, rows, columns, channels]` instead of `[1, channels, rows, columns]`.
  package var isChannelsLast: Bool

  package init(output: Int, channels: Int, rows: Int, columns: Int, isChannelsLast: Bool) {
    self.output = output
    self.channels = channels
    self.rows = rows
    self.columns = columns
    self.isChannelsLast = isChannelsLast
  }

  var count: Int { channels * rows * columns }

  /// The one other output of three axes behind the batch whose maps are larger than it has channels.
  static func find(_ facts: ModelFacts, besides output: Int) -> MaskPrototypes? {
    guard facts.outputs.count == 2, let extents = facts.trailing(1 - output), extents.count == 3
    else { return nil }
    let isLast = extents[2] < extents[0] && extents[2] < extents[1]
    let (channels, rows, columns) =
      isLast ? (extents[2], extents[0], extents[1]) : (extents[0], extents[1], extents[2])
    guard channels > 0, channels <= 256, rows >= channels, columns >= channels else { return nil }
    return MaskPrototypes(
      output: 1 - output, channels: channels, rows: rows, columns: columns, isChannelsLast: isLast)
  }

  /// The picture's pixels within `box` where the bilinear sum is above zero (a sigmoid above ½).
  func mask(
    _ coefficients: [Float], in box: PixelBox, _ place: Placement, _ size: InputSize,
    _ outputs: some HeadOutputs
  ) -> RunLengthMask? {
    guard coefficients.count == channels, coefficients.allSatisfy(\.isFinite) else { return nil }
    let (scaleX, scaleY) = (
      Float(columns) / Float(size.width), Float(rows) / Float(size.height)
    )
    // The part of the prototypes under the box, one more on each side.
    let first = place.toInput(x: box.left, y: box.top)
    let last = place.toInput(x: box.right, y: box.bottom)
    func cell(_ x: Float, _ limit: Int) -> Int { Int(min(max(x, 0), Float(limit - 1))) }
    let left = cell(first.x * scaleX - 1.5, columns)
    let top = cell(first.y * scaleY - 1.5, rows)
    let width = cell(last.x * scaleX + 1.5, columns) - left + 1
    let height = cell(last.y * scaleY + 1.5, rows) - top + 1
    let sums = outputs.withOutput(output) { values in
      weigh(values, coefficients, left: left, top: top, width: width, height: height)
    }
    return RunLengthMask(width: place.width, height: place.height, within: box) { x, y in
      let point = place.toInput(x: Float(x) + 0.5, y: Float(y) + 0.5)
      let u = min(max(point.x * scaleX - 0.5 - Float(left), 0), Float(width - 1))
      let v = min(max(point.y * scaleY - 0.5 - Float(top), 0), Float(height - 1))
      let (column, row) = (min(Int(u), max(width - 2, 0)), min(Int(v), max(height - 2, 0)))
      let (right, down) = (min(column + 1, width - 1), min(row + 1, height - 1))
      let (shareX, shareY) = (u - Float(column), v - Float(row))
      let upper =
        sums[row * width + column] * (1 - shareX) + sums[row * width + right] * shareX
      let lower =
        sums[down * width + column] * (1 - shareX) + sums[down * width + right] * shareX
      return upper * (1 - shareY) + lower * shareY > 0
    }
  }

  private func weigh(
    _ values: Span<Float>, _ coefficients: [Float], left: Int, top: Int, width: Int, height: Int
  ) -> [Float] {
    var sums = [Float](repeating: 0, count: width * height)
    for row in 0..<height {
      for column in 0..<width {
        let pixel = (top + row) * columns + left + column
        var sum: Float = 0
        for channel in 0..<channels {
          let at = isChannelsLast ? pixel * channels + channel : channel * rows * columns + pixel
          sum += coefficients[channel] * values[at]
        }
        sums[row * width + column] = sum
      }
    }
    return sums
  }
}
