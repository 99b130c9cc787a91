import OcelliKernels

/// Where each buffer lies: the arena is shared by what lives at different times, rings stand in a
/// worker's scratch. Units: bytes.
package struct MemoryPlan: Sendable {
  /// For each buffer its offset in the arena; nil: a constant, a ring, or unused.
  package private(set) var offsets: [Int?]
  /// Rings by buffer: what lies between the links of a chain.
  package private(set) var rings: [Int: Ring] = [:]
  package private(set) var arenaBytes = 0
  package private(set) var scratchBytes = 0
  /// Rows of a stripe, for each step.
  package private(set) var stripeRows: [Int]
  /// Where in the scratch the kernels' temporaries of each step lie: behind its rings.
  package private(set) var temporaries: [Int]

  package struct Ring: Sendable {
    package var offset: Int
    package var rows: Int
  }

  static let alignment = 64
  /// A core's second-level cache.
  private static let secondCache = ock_second_cache()
  /// Rings of one chain may take this much; weights and the chain's ends want the rest of the cache.
  private static let ringBudget = secondCache / 4

  static func aligned(_ bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }

  package init(_ program: Program) {
    offsets = [Int?](repeating: nil, count: program.buffers.count)
    stripeRows = [Int](repeating: 0, count: program.steps.count)
    temporaries = stripeRows
    for (index, step) in program.steps.enumerated() {
      guard case .chain(let links) = step, let last = links.last else { continue }
      stripeRows[index] = Self.wholeStripe(last, program)
      if links.count > 1 { placeRings(links, index, program) }
      let needed = links.map(\.scratchBytes).max() ?? 0
      scratchBytes = max(scratchBytes, temporaries[index] + needed)
    }
    placeArena(program)
  }

  /// Rows of a stripe of a link of its own: all, but where a convolution passes over its input several
  /// times and it is larger than the cache.
  private static func wholeStripe(_ link: Link, _ program: Program) -> Int {
    guard case .convolution(let a) = link.arguments, let input = link.inputs.first,
      a.shape.out_channels > 16
    else { return link.rows }
    let buffer = program[input.buffer]
    let rowBytes = max(1, buffer.pitch * buffer.element.size * link.stride)
    let weights = Int(
      a.shape.kernel_h * a.shape.kernel_w * a.shape.in_channels * a.shape.out_channels)
    guard weights * 4 < secondCache / 4 else { return link.rows }
    return min(link.rows, max(4, secondCache / 2 / rowBytes))
  }

  // MARK: Rings

  /// Chooses the height of a stripe so that the rings stay small, and places them.
  private mutating func placeRings(_ links: [Link], _ step: Int, _ program: Program) {
    var stripe = 8
    let smallest = links.map(\.granularity).max() ?? 1
    while stripe > smallest, Self.ringBytes(links, stripe, program) > Self.ringBudget {
      stripe /= 2
    }
    stripeRows[step] = stripe
    var offset = 0
    let heights = Self.ringRows(links, stripe)
    for (link, rows) in zip(links.dropLast(), heights) {
      let buffer = link.output.buffer
      rings[buffer.index] = Ring(offset: offset, rows: rows)
      offset += Self.aligned(
        rows * program[buffer].pitch * program[buffer].element.size + Self.alignment)
    }
    temporaries[step] = offset
    scratchBytes = max(scratchBytes, offset)
  }

  /// Rows of each ring but the last link's output: those that one stripe needs at once.
  static func ringRows(_ links: [Link], _ stripe: Int) -> [Int] {
    let last = links[links.count - 1]
    var need = stripe + last.granularity - 1 + Int(last.border.top + last.border.bottom)
    var heights = [Int](repeating: 0, count: links.count - 1)
    for i in stride(from: links.count - 1, to: 0, by: -1) {
      need = (need - 1) * links[i].stride + links[i].before + links[i].after + 1
      // A range may be widened at both ends.
      need += 2 * (links[i - 1].granularity - 1)
      heights[i - 1] = need
    }
    return heights
  }

  private static func ringBytes(_ links: [Link], _ stripe: Int, _ program: Program) -> Int {
    zip(links, ringRows(links, stripe)).reduce(0) {
      let buffer = program[$1.0.output.buffer]
      return $0 + $1.1 * buffer.pitch * buffer.element.size
    }
  }

  // MARK: Arena

  private struct Life {
    var buffer: Int
    var bytes: Int
    var first: Int
    var last: Int
  }

  private mutating func placeArena(_ program: Program) {
    var placed: [(life: Life, offset: Int)] = []
    // Largest first, each into the lowest gap among those that live at the same time.
    for life in lives(program).sorted(by: { ($0.bytes, $1.buffer) > ($1.bytes, $0.buffer) }) {
      let busy = placed.filter { $0.life.first <= life.last && life.first <= $0.life.last }
        .sorted { $0.offset < $1.offset }
      var offset = 0
      for other in busy {
        if offset + life.bytes <= other.offset { break }
        offset = max(offset, other.offset + other.life.bytes)
      }
      offsets[life.buffer] = offset
      placed.append((life, offset))
      arenaBytes = max(arenaBytes, offset + life.bytes)
    }
  }

  private func lives(_ program: Program) -> [Life] {
    var first = [Int?](repeating: nil, count: program.buffers.count)
    var last = [Int](repeating: -1, count: program.buffers.count)
    func use(_ buffer: BufferID, _ step: Int) {
      first[buffer.index] = first[buffer.index] ?? step
      last[buffer.index] = step
    }
    for (index, step) in program.steps.enumerated() {
      switch step {
      case .chain(let links):
        for link in links { for case let operand? in link.operands { use(operand.buffer, index) } }
      case .interpreted(let node):
        for case .view(let view)?? in node.inputs + node.outputs { use(view.buffer, index) }
      }
    }
    return program.buffers.enumerated().compactMap { index, buffer in
      if case .constant = buffer.kind { return nil }
      if rings[index] != nil { return nil }
      let bytes = Self.aligned(buffer.count * buffer.element.size + Self.alignment)
      if buffer.kind == .port {
        return Life(buffer: index, bytes: bytes, first: -1, last: program.steps.count)
      }
      guard let start = first[index] else { return nil }
      return Life(buffer: index, bytes: bytes, first: start, last: last[index])
    }
  }
}
