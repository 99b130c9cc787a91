import OcelliGraph
import OcelliKernels

/// What a step of a plan is and has to do, for profiles.
package struct StepFacts: Sendable, Equatable {
  /// Its kernels, in the order of the chain; the operator where the reference operator runs.
  package var kernels: [String]
  /// The model's nodes, likewise.
  package var labels: [String]
  /// nil where the reference operator runs.
  package var tiles: Tiles?
  /// Multiplications with addition of its matrix products and convolutions, counted directly also
  /// where a kernel needs fewer.
  package var multiplications = 0
  /// Whether the products are of bytes.
  package var isByteArithmetic = false
  /// What it reads from and writes to tensors and weights at least: each element once, nothing for
  /// what stays in a chain's rings. Units: bytes.
  package var bytesRead = 0
  package var bytesWritten = 0

  package init(kernels: [String], labels: [String], tiles: Tiles? = nil) {
    self.kernels = kernels
    self.labels = labels
    self.tiles = tiles
  }

  package var isInterpreted: Bool { tiles == nil }

  package struct Tiles: Sendable, Equatable {
    /// Rows of a tile of the last link's output, how many tiles, and rows that a chain makes at once.
    package var rows: Int
    package var count: Int
    package var stripe: Int

    package init(rows: Int, count: Int, stripe: Int) {
      self.rows = rows
      self.count = count
      self.stripe = stripe
    }
  }
}

extension Plan {
  /// The facts of every step of the program, in order.
  package var stepFacts: [StepFacts] {
    program.steps.indices.map { index in
      switch program.steps[index] {
      case .interpreted(let node):
        return StepFacts(kernels: [node.node.op.name], labels: [node.node.name])
      case .chain(let links): return facts(links, step: index)
      }
    }
  }

  private func facts(_ links: [Link], step: Int) -> StepFacts {
    let height = links.last?.rows ?? 0
    let tile = Self.tileRows(links, rows: height)
    var facts = StepFacts(
      kernels: links.map(\.arguments.name), labels: links.map(\.label),
      tiles: StepFacts.Tiles(
        rows: tile, count: (height + tile - 1) / max(tile, 1), stripe: memory.stripeRows[step]))
    for link in links {
      facts.multiplications += link.multiplications
      if link.arguments.isByteArithmetic { facts.isByteArithmetic = true }
      for (place, operand) in link.operands.enumerated() {
        guard let operand, memory.rings[operand.buffer.index] == nil else { continue }
        let bytes = bytes(operand, at: place, of: link)
        if place == 0 { facts.bytesWritten += bytes } else { facts.bytesRead += bytes }
      }
    }
    return facts
  }

  private func bytes(_ operand: Operand, at place: Int, of link: Link) -> Int {
    let buffer = program[operand.buffer]
    let elements = min(link.elements(of: place, pitch: operand.pitch), buffer.count)
    return elements * buffer.element.size
  }
}

extension KernelArguments {
  /// Whether the kernel multiplies bytes.
  var isByteArithmetic: Bool {
    switch self {
    case .byteConvolution, .byteDepthwise: true
    default: false
    }
  }
}

extension Link {
  /// Multiplications with addition, of matrix products and convolutions alone.
  var multiplications: Int {
    switch arguments {
    case .convolution(let a), .depthwise(let a), .winograd(let a):
      return a.shape.multiplications(rows: rows)
    case .byteConvolution(let a), .byteDepthwise(let a):
      return a.shape.multiplications(rows: rows)
    case .matmul(let a): return rows * Int(a.m) * Int(a.n) * Int(a.k)
    case .pool, .resize, .map, .reduce, .softmax, .byteMap, .bytePool, .byteResize: return 0
    }
  }

  /// Different elements of operand `place` that all rows together touch; weights are touched whole.
  func elements(of place: Int, pitch: Int) -> Int {
    switch arguments {
    case .convolution(let a), .depthwise(let a), .winograd(let a):
      return a.shape.elements(of: place, rows: rows)
    case .byteConvolution(let a), .byteDepthwise(let a):
      return a.shape.elements(of: place, rows: rows)
    case .pool(let a), .bytePool(let a):
      let pixels = place == 0 ? rows * Int(a.width) : Int(a.x_height) * Int(a.x_width)
      return pixels * Int(a.channels)
    case .resize(let a), .byteResize(let a): return rows * Int(a.width) * Int(a.channels)
    case .map(var a):
      return (pitch == 0 ? 1 : rows)
        * (place == 0 && a.function == Int32(OCK_MAP_INTERLEAVE.rawValue) ? 2 : 1)
        * Self.inner(Self.list(&a.size), Self.list(&a.stride), rank: Int(a.rank), place: place)
    case .byteMap(var a):
      if place == 3 { return .max }
      return (pitch == 0 ? 1 : rows)
        * (place == 0 && a.function == Int32(OCK_Q8_INTERLEAVE.rawValue) ? 2 : 1)
        * Self.inner(Self.list(&a.size), Self.list(&a.stride), rank: Int(a.rank), place: place)
    case .reduce(var a):
      let kept = rows * Self.list(&a.size).prefix(Int(a.rank)).reduce(1, *)
      let folded = Self.list(&a.folded_size).prefix(Int(a.folded_rank)).reduce(1, *)
      return place == 0 ? kept : kept * folded
    case .softmax(var a):
      return rows * Self.list(&a.size).prefix(Int(a.rank)).reduce(1, *) * Int(a.length)
    case .matmul(let a):
      let matrix =
        place == 0 ? Int(a.m) * Int(a.n) : place == 1 ? Int(a.m) * Int(a.k) : Int(a.k) * Int(a.n)
      return (pitch == 0 ? 1 : rows) * matrix
    }
  }

  /// Different elements of a row of a strided operand: axes that repeat count once.
  private static func inner(_ sizes: [Int], _ strides: [Int], rank: Int, place: Int) -> Int {
    (0..<rank).reduce(1) { total, axis in
      let isRepeated = strides[min(place, 2) * Int(OCK_INNER) + axis] == 0
      return total * (isRepeated ? 1 : sizes[axis])
    }
  }

  /// A C array of ints.
  private static func list<T>(_ array: inout T) -> [Int] {
    var result: [Int] = []
    unsafe withInner(&array) { inner in
      for index in inner.indices { result.append(Int(unsafe inner[index])) }
    }
    return result
  }
}

extension ock_conv_shape {
  func multiplications(rows: Int) -> Int {
    let inner = Int(in_channels) * Int(kernel_h) * Int(kernel_w)
    return rows * Int(width) * Int(groups) * Int(out_channels) * inner
  }

  /// As `Link.elements`: of weights all, of x those under the windows, halo and what strides pass over
  /// included, of the rest those of the output.
  func elements(of place: Int, rows: Int) -> Int {
    switch place {
    case 3: return .max
    case 1:
      let high = (rows - 1) * Int(stride_h) + Int(kernel_h - 1) * Int(dilation_h) + 1
      let wide = (Int(width) - 1) * Int(stride_w) + Int(kernel_w - 1) * Int(dilation_w) + 1
      return high * wide * Int(groups) * Int(in_channels)
    default: return rows * Int(width) * Int(groups) * Int(out_channels)
    }
  }
}
