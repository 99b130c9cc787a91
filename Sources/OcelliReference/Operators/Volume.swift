import OcelliGraph
import OcelliTensor

/// A window over three spatial axes; those that a tensor has not are 1.
struct Volume {
  let input: [Int]
  let output: [Int]
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  let pads: [Int]
  let endPads: [Int]

  /// Errors: more than three spatial axes.
  init(_ window: Window, input: [Int]) throws(OperatorError) {
    let missing = 3 - input.count
    guard missing >= 0 else {
      throw OperatorError("windows of \(input.count) axes have no reference")
    }
    func filled(_ list: some Sequence<Int>, _ value: Int) -> [Int] {
      [Int](repeating: value, count: missing) + list
    }
    self.input = filled(input, 1)
    output = filled(window.output, 1)
    kernel = filled(window.kernel, 1)
    strides = filled(window.strides, 1)
    dilations = filled(window.dilations, 1)
    pads = filled(window.pads.prefix(input.count), 0)
    endPads = filled(window.pads.suffix(input.count), 0)
  }

  var inputCount: Int { input.reduce(1, *) }
  var outputCount: Int { output.reduce(1, *) }
  var kernelCount: Int { kernel.reduce(1, *) }

  /// Where the window of output `position` begins; may be negative.
  func begin(_ axis: Int, _ position: Int) -> Int { position * strides[axis] - pads[axis] }

  /// The taps of the window that lie within the input.
  func taps(_ axis: Int, _ position: Int) -> Swift.Range<Int> {
    let begin = begin(axis, position)
    let step = dilations[axis]
    let first = begin < 0 ? (-begin + step - 1) / step : 0
    let left = input[axis] - begin
    let last = left <= 0 ? 0 : min(kernel[axis], (left + step - 1) / step)
    return first..<max(first, last)
  }

  /// The taps that lie within the input and its padding.
  func paddedTaps(_ axis: Int, _ position: Int) -> Int {
    let left = input[axis] + endPads[axis] - begin(axis, position)
    return min(kernel[axis], (left + dilations[axis] - 1) / dilations[axis])
  }

  /// The outputs whose window sees the input through one tap.
  func outputs(_ axis: Int, tap: Int) -> Swift.Range<Int> {
    let shift = pads[axis] - tap * dilations[axis]
    let first = shift > 0 ? (shift + strides[axis] - 1) / strides[axis] : 0
    let reach = input[axis] - 1 + shift
    let last = reach < 0 ? 0 : min(output[axis], reach / strides[axis] + 1)
    return first..<max(first, last)
  }

  /// One row of outputs as a tap sees it. Units: elements of a plane.
  struct Row {
    /// Where the row's output column 0 stands.
    let output: Int
    /// Where the input of output column 0 stands; each further column is a stride on.
    let input: Int
    /// The output columns whose input is there.
    let columns: Swift.Range<Int>
  }

  /// The rows of outputs that see the input through one tap.
  func rows(tap: Int) -> [Row] {
    let (tz, ty, tx) = (
      tap / (kernel[1] * kernel[2]), tap / kernel[2] % kernel[1], tap % kernel[2]
    )
    let columns = outputs(2, tap: tx)
    guard !columns.isEmpty else { return [] }
    var rows: [Row] = []
    for z in outputs(0, tap: tz) {
      let depth = (begin(0, z) + tz * dilations[0]) * input[1]
      for y in outputs(1, tap: ty) {
        let line = (depth + begin(1, y) + ty * dilations[1]) * input[2]
        rows.append(
          Row(
            output: (z * output[1] + y) * output[2],
            input: line + tx * dilations[2] - pads[2], columns: columns))
      }
    }
    return rows
  }
}
