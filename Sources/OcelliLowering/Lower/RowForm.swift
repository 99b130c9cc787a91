/// An iteration over strided operands as rows and inner axes: axes of one element dropped, the rest in the
/// order of the output's strides, neighbours joined where every operand allows it.
struct RowForm {
  private(set) var rows = 1
  /// Units: elements from row to row, for each operand.
  private(set) var pitches: [Int]
  /// Of the inner axes, outermost first.
  var sizes: [Int] { axes.map(\.size) }
  /// For each operand, for each inner axis.
  var strides: [[Int]] { pitches.indices.map { operand in axes.map { $0.strides[operand] } } }

  private var axes: [Axis] = []

  private struct Axis {
    var size: Int
    /// Of each operand.
    var strides: [Int]
  }

  /// Rows that whatever is not a picture is cut into, to be shared out.
  private static let rowLimit = 16
  /// The shortest row that is one of many. Units: elements.
  private static let rowLength = 1024
  /// The shortest piece of an axis that is cut into rows. Units: elements.
  private static let pieceLength = 64

  /// `rowAxis`: the axis whose elements are the rows, whatever its size; nil: as suits.
  /// `pairs`: the kernel takes the two innermost axes together; else the innermost is made a long one.
  init(_ dimensions: [Int], _ operands: [[Int]], rowAxis: Int? = nil, pairs: Bool = false) {
    pitches = [Int](repeating: 0, count: operands.count)
    let order = dimensions.indices.filter { dimensions[$0] != 1 && $0 != rowAxis }
      .sorted { (operands[0][$0], dimensions[$1], $1) > (operands[0][$1], dimensions[$0], $0) }
    for axis in order {
      let next = Axis(size: dimensions[axis], strides: operands.map { $0[axis] })
      if let last = axes.last,
        zip(last.strides, next.strides).allSatisfy({ $0 == next.size * $1 })
      {
        axes[axes.count - 1] = Axis(size: last.size * next.size, strides: next.strides)
      } else {
        axes.append(next)
      }
    }
    let crossing = pairs ? crossingAxis : nil
    if let rowAxis {
      rows = dimensions[rowAxis]
      pitches = operands.map { $0[rowAxis] }
    } else {
      takeRows(crossing: crossing)
    }
    if axes.isEmpty { axes = [Axis(size: 1, strides: [Int](repeating: 0, count: operands.count))] }
    if pairs { placePair() } else { lengthenInnermost() }
  }

  /// The axis along which the first input is contiguous where the output is along another one: both are
  /// walked together.
  private var crossingAxis: Int? {
    guard let last = axes.last, last.strides.count > 1, last.strides[1] != 1 else { return nil }
    return axes.indices.dropLast().last { axes[$0].strides[1] == 1 }
  }

  /// Makes rows of the outermost axis that may be cut. `crossing`: an axis to be left whole.
  private mutating func takeRows(crossing: Int?) {
    guard var at = axes.indices.first(where: { $0 != crossing }) else { return }
    // Of two axes that are walked together, the longer one is cut.
    if let crossing, at == axes.count - 1, axes[crossing].size > axes[at].size { at = crossing }
    let axis = axes[at]
    let others = axes.indices.reduce(1) { $1 == at ? $0 : $0 * axes[$1].size }
    let isInnermost = at == axes.count - 1 || at == crossing
    var count = axis.size
    if isInnermost || (count > Self.rowLimit && others < Self.rowLength) {
      let most = isInnermost ? min(Self.rowLimit, axis.size / Self.pieceLength) : Self.rowLimit
      count = (1...max(1, most)).last { axis.size % $0 == 0 } ?? 1
    }
    rows = count
    let piece = axis.size / count
    pitches = axis.strides.map { $0 * piece }
    if piece == 1 { axes.remove(at: at) } else { axes[at].size = piece }
  }

  /// The axis before the innermost one is that along which the first input is contiguous, or the longest
  /// where the innermost is short.
  private mutating func placePair() {
    guard axes.count > 2, let last = axes.last else { return }
    let longest = axes.indices.dropLast().max { axes[$0].size < axes[$1].size }
    if let axis = crossingAxis ?? (last.size < 8 ? longest : nil) {
      axes.insert(axes.remove(at: axis), at: axes.count - 1)
    }
  }

  /// Makes the longest axis the innermost one where that would be short: kernels pay for each run.
  private mutating func lengthenInnermost() {
    guard let last = axes.last, last.size < 8,
      let longest = axes.indices.max(by: { axes[$0].size < axes[$1].size }),
      axes[longest].size >= 2 * last.size
    else { return }
    axes.append(axes.remove(at: longest))
  }

  @unsafe func fill(_ target: UnsafeMutableBufferPointer<Int32>) {
    for (axis, size) in sizes.enumerated() { unsafe target[axis] = Int32(size) }
  }
}
