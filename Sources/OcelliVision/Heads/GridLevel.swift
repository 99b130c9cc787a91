/// One level of a pyramid: cells of `stride` pixels.
package struct GridLevel: Sendable, Equatable {
  package var stride: Int
  package var columns: Int
  package var rows: Int

  package var count: Int { columns * rows }

  package init(stride: Int, columns: Int, rows: Int) {
    self.stride = stride
    self.columns = columns
    self.rows = rows
  }

  /// The level over an input; a part of a cell counts as one.
  init(stride: Int, over size: InputSize) {
    self.init(
      stride: stride, columns: (size.width + stride - 1) / stride,
      rows: (size.height + stride - 1) / stride)
  }

  /// The strides 8, 16, 32 and, where that is too few cells, 64, whose cells add up to `count`.
  static func levels(adding count: Int, over size: InputSize, anchors: Int = 1) -> [GridLevel]? {
    for strides in [[8, 16, 32], [8, 16, 32, 64], [16, 32], [4, 8, 16, 32]] {
      let levels = strides.map { GridLevel(stride: $0, over: size) }
      if levels.reduce(0, { $0 + $1.count * anchors }) == count { return levels }
    }
    return nil
  }

  /// `52² + 26² + 13²` in words.
  static func describe(_ levels: [GridLevel]) -> String {
    levels.map { "\($0.columns)·\($0.rows)" }.joined(separator: " + ")
  }
}
