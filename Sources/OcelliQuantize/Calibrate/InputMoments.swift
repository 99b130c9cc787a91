import OcelliONNX
import OcelliTensor

/// How the numbers that a convolution multiplies vary together, at places spread over the pictures.
struct InputMoments {
  private let channels: Int
  private let groups: Int
  /// Numbers that one output is made of.
  private let length: Int
  private let kernel: (rows: Int, columns: Int)
  private let dilations: [Int]
  private let pads: [Int]
  private var patch: [Float]
  private var sums: [Double]
  private var products: [Double]
  private var count = 0
  private var seen: UInt32 = 0

  /// Of each picture.
  private static let places = 48
  /// Beyond this the time is not worth what it gains.
  private static let longest = 640

  /// nil for layers of another form than convolutions over rows and columns, and for very long ones.
  init?(_ layer: Layer, in index: FileIndex) {
    guard layer.kind == .convolution, let weights = index.floats(layer.weights),
      weights.shape.rank == 4
    else { return nil }
    let node = index.nodes[layer.node]
    dilations = node.integers("dilations") ?? [1, 1]
    pads = node.integers("pads") ?? [0, 0, 0, 0]
    kernel = (weights.shape[2], weights.shape[3])
    groups = layer.groups
    channels = weights.shape[1] * groups
    length = weights.shape[1] * kernel.rows * kernel.columns
    guard dilations.count == 2, pads.count == 4, 1...Self.longest ~= length else { return nil }
    patch = [Float](repeating: 0, count: length)
    sums = [Double](repeating: 0, count: groups * length)
    products = [Double](repeating: 0, count: groups * length * length)
  }

  /// Shape: [1, channels, rows, columns]; others are passed over.
  mutating func add(_ elements: Span<Float>, _ shape: Shape) {
    guard shape.rank == 4, shape[0] == 1, shape[1] == channels else { return }
    let (height, width) = (shape[2], shape[3])
    let rows = height + pads[0] + pads[2] - dilations[0] * (kernel.rows - 1)
    let columns = width + pads[1] + pads[3] - dilations[1] * (kernel.columns - 1)
    guard rows > 0, columns > 0 else { return }
    for _ in 0..<Self.places {
      // Steps of the golden ratio: spread, and the same in every run.
      seen &+= 0x9E37_79B9
      let place = Int((UInt64(seen) * UInt64(rows * columns)) >> 32)
      let corner = (row: place / columns - pads[0], column: place % columns - pads[1])
      for group in 0..<groups {
        read(elements, group, corner, height, width)
        accumulate(group)
      }
      count += 1
    }
  }

  private mutating func read(
    _ elements: Span<Float>, _ group: Int, _ corner: (row: Int, column: Int), _ height: Int,
    _ width: Int
  ) {
    var k = 0
    let perGroup = channels / groups
    for channel in group * perGroup..<(group + 1) * perGroup {
      for i in 0..<kernel.rows {
        for j in 0..<kernel.columns {
          let y = corner.row + i * dilations[0]
          let x = corner.column + j * dilations[1]
          let isInside = y >= 0 && y < height && x >= 0 && x < width
          let value = isInside ? elements[(channel * height + y) * width + x] : 0
          patch[k] = value.isFinite ? value : 0
          k += 1
        }
      }
    }
  }

  private mutating func accumulate(_ group: Int) {
    for i in 0..<length where patch[i] != 0 {
      let value = Double(patch[i])
      sums[group * length + i] += value
      let row = (group * length + i) * length
      for j in 0...i { products[row + j] += value * Double(patch[j]) }
    }
  }

  /// For each group; nil where nothing was seen.
  var feedbacks: [ErrorFeedback]? {
    guard count > 0 else { return nil }
    let n = Double(count)
    return (0..<groups).map { group in
      var covariance = [Double](repeating: 0, count: length * length)
      for i in 0..<length {
        for j in 0...i {
          let mean = sums[group * length + i] * sums[group * length + j] / n
          let value = (products[(group * length + i) * length + j] - mean) / n
          covariance[i * length + j] = value
          covariance[j * length + i] = value
        }
      }
      return ErrorFeedback(covariance: covariance, count: length)
    }
  }
}
