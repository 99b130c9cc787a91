import OcelliGraph
import OcelliTensor

extension RoiAlign: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    if x.type == .float32 { return [try run(inputs, try facts.shape(), Float.self)] }
    guard let type = x.type.float else { throw unsupported(x.type) }
    return [try run(inputs, try facts.shape(), type)]
  }

  private func run<E: FloatElement>(
    _ inputs: [Tensor?], _ shape: Shape, _ type: E.Type
  ) throws -> Tensor {
    let x = try inputs.required(0)
    let regions = try inputs.required(1).array(of: E.self)
    let pictures = try inputs.required(2).integers("batch_indices")
    var result = try Tensor(x.type, shape)
    let input = x.span(of: E.self)
    var y = result.mutableSpan(of: E.self)
    let (channels, plane, cells) = (shape[1], x.shape[2] * x.shape[3], height * width)
    var budget = Self.maximumSamplesInAll
    for r in 0..<shape[0] {
      guard 0..<x.shape[0] ~= pictures[r] else {
        throw OperatorError("picture \(pictures[r]) of \(x.shape[0])")
      }
      let region = try Region(self, Array(regions[4 * r..<4 * r + 4]))
      guard region.rows <= budget, region.columns <= budget / max(region.rows, 1),
        cells <= budget / max(region.rows * region.columns, 1)
      else { throw OperatorError("regions of too many elements") }
      budget -= cells * region.rows * region.columns
      for cell in 0..<cells {
        let samples = region.samples(cell, height: x.shape[2], width: x.shape[3])
        let count = E(max(region.rows * region.columns, 1))
        for c in 0..<channels {
          let source = (pictures[r] * channels + c) * plane
          var total: E = mode == .average ? 0 : samples.isEmpty ? 0 : -.infinity
          for sample in samples {
            for tap in sample {
              let part = tap.weight * input[source + tap.position]
              total = mode == .average ? total + part : max(total, part)
            }
          }
          y[(r * channels + c) * cells + cell] = mode == .average ? total / count : total
        }
      }
    }
    return result
  }

  /// A region in elements of the picture, cut into cells.
  private struct Region<E: FloatElement> {
    private let op: RoiAlign
    private let top: E
    private let left: E
    private let cellHeight: E
    private let cellWidth: E
    /// Samples of a cell.
    let rows: Int
    let columns: Int

    /// Errors: corners that are not finite.
    init(_ op: RoiAlign, _ corners: [E]) throws {
      self.op = op
      let scale = E(op.scale)
      let shift: E = op.halfPixel ? 0.5 : 0
      let scaled = corners.map { $0 * scale - shift }
      guard scaled.allSatisfy({ abs($0) < 0x1p24 }) else {
        throw OperatorError("a region of \(corners)")
      }
      (left, top) = (scaled[0], scaled[1])
      // Without the half element a region has at least one.
      let least: E = op.halfPixel ? -.infinity : 1
      cellWidth = max(scaled[2] - left, least) / E(op.width)
      cellHeight = max(scaled[3] - top, least) / E(op.height)
      rows = op.samples > 0 ? op.samples : max(Int(cellHeight.rounded(.up)), 0)
      columns = op.samples > 0 ? op.samples : max(Int(cellWidth.rounded(.up)), 0)
    }

    /// The elements around each sample of a cell, with their weights; samples outside have none.
    func samples(_ cell: Int, height: Int, width: Int) -> [[(position: Int, weight: E)]] {
      let (row, column) = (cell / op.width, cell % op.width)
      var samples: [[(position: Int, weight: E)]] = []
      for i in 0..<rows {
        let y = top + (E(row) + (E(i) + 0.5) / E(rows)) * cellHeight
        let vertical = around(y, height)
        for j in 0..<columns {
          let x = left + (E(column) + (E(j) + 0.5) / E(columns)) * cellWidth
          let horizontal = around(x, width)
          samples.append(
            vertical.flatMap { v in
              horizontal.map { (v.position * width + $0.position, v.weight * $0.weight) }
            })
        }
      }
      return op.mode == .maximum ? samples.map { $0.isEmpty ? [(0, 0)] : $0 } : samples
    }

    private func around(_ place: E, _ extent: Int) -> [(position: Int, weight: E)] {
      guard place >= -1, place <= E(extent) else { return [] }
      let inside = min(max(place, 0), E(extent - 1))
      let first = Int(inside)
      let t = inside - E(first)
      return [(first, 1 - t), (min(first + 1, extent - 1), t)]
    }
  }
}
