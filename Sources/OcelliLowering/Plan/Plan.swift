package import OcelliKernels
package import OcelliTensor

/// The fourth stage's result: what the run loop executes. Immutable and shared; memory that is written
/// belongs to whoever runs.
@safe package final class Plan: @unchecked Sendable {
  // @unchecked: the C structures are written in `init` and only read afterwards.

  /// What runs one after another: plans in C, and nodes that the reference operator runs between them.
  package enum Segment: Sendable {
    /// Steps `first ..< first + count` of the program's chains.
    case plan(first: Int, count: Int)
    case interpreted(InterpretedNode)
  }

  package let program: Program
  package let memory: MemoryPlan
  package let segments: [Segment]
  package let tier: KernelTier
  /// Packed constants.
  package let weights: AlignedBytes
  private let arguments: AlignedBytes
  private let links: UnsafeMutablePointer<ock_link>
  private let steps: UnsafeMutablePointer<ock_step>

  /// Errors: no memory.
  package init(_ program: Program, tier: KernelTier) throws(TensorError) {
    self.program = program
    self.tier = tier
    memory = MemoryPlan(program)
    let weights = try AlignedBytes(count: program.weights.count * 4)
    unsafe program.weights.withUnsafeBytes { source in
      if let base = source.baseAddress {
        unsafe weights.pointer.copyMemory(from: base, byteCount: source.count)
      }
    }
    self.weights = weights
    var chains: [(step: Int, links: [Link])] = []
    var segments: [Segment] = []
    for (index, step) in program.steps.enumerated() {
      switch step {
      case .interpreted(let node): segments.append(.interpreted(node))
      case .chain(let chain):
        if case .plan(let first, let count)? = segments.last {
          segments[segments.count - 1] = .plan(first: first, count: count + 1)
        } else {
          segments.append(.plan(first: chains.count, count: 1))
        }
        chains.append((index, chain))
      }
    }
    self.segments = segments
    let all = chains.flatMap(\.links)
    var temporaries: [Int] = []
    for chain in chains {
      temporaries += [Int](repeating: memory.temporaries[chain.step], count: chain.links.count)
    }
    arguments = try AlignedBytes(count: all.count * Self.argumentStride)
    unsafe links = .allocate(capacity: max(all.count, 1))
    unsafe steps = .allocate(capacity: max(chains.count, 1))
    let kernels = unsafe ock_f32(tier.cTier).pointee
    let byteKernels = unsafe ock_q8(tier.cTier).pointee
    for (index, link) in all.enumerated() {
      let slot = unsafe arguments.pointer + index * Self.argumentStride
      unsafe encode(link, temporaries: temporaries[index], at: slot)
      unsafe (links + index).initialize(
        to: ock_link(
          fn: unsafe link.arguments.function(kernels, byteKernels), args: UnsafeRawPointer(slot),
          border: link.border,
          rows: Int32(link.rows), stride: Int32(link.stride), before: Int32(link.before),
          after: Int32(link.after), granularity: Int32(link.granularity)))
    }
    var at = 0
    for (index, chain) in chains.enumerated() {
      let rows = chain.links[chain.links.count - 1].rows
      let tile = Self.tileRows(chain.links, rows: rows)
      unsafe (steps + index).initialize(
        to: ock_step(
          links: UnsafePointer(links + at), link_count: Int32(chain.links.count),
          tile_rows: Int32(tile), tile_count: Int32((rows + tile - 1) / tile),
          stripe_rows: Int32(memory.stripeRows[chain.step])))
      at += chain.links.count
    }
  }

  deinit {
    unsafe links.deallocate()
    unsafe steps.deallocate()
  }

  /// A segment's steps as the run loop takes them; valid while this object lives.
  @unsafe package func cPlan(first: Int, count: Int) -> ock_plan {
    unsafe ock_plan(steps: UnsafePointer(steps + first), step_count: Int32(count))
  }

  /// Where a view's elements stand in the arena. Units: bytes.
  package func arenaOffset(_ view: StridedView) -> Int {
    let buffer = program[view.buffer]
    return memory.offsets[view.buffer.index]!
      + (buffer.origin + view.offset) * buffer.element.size
  }

  // MARK: Encoding

  private static let argumentStride = 512

  /// Multiplications that a tile is worth at least: some tens of microseconds.
  private static let tileCost = 500_000
  private static let tileLimit = 16
  private static let tilePixels = 24

  /// Rows of a tile. It depends on the layer alone, never on the number of threads.
  static func tileRows(_ links: [Link], rows: Int) -> Int {
    let cost = links.reduce(0) { $0 + $1.cost }
    // A chain computes the rows around a tile twice, so it is cut less.
    let limit = links.count > 1 ? (rows >= 32 ? 4 : rows >= 6 ? 2 : 1) : tileLimit
    let count = min(max(1, cost / tileCost), max(1, limit), rows)
    let granularity = links.last?.granularity ?? 1
    let height = max((rows + count - 1) / count, leastRows(links))
    return min(rows, (height + granularity - 1) / granularity * granularity)
  }

  /// Rows below which a dense convolution spends its time reading weights: they serve one tile's pixels.
  private static func leastRows(_ links: [Link]) -> Int {
    guard case .convolution(let a) = links.last?.arguments else { return 1 }
    return (tilePixels + Int(a.shape.width) - 1) / max(1, Int(a.shape.width))
  }

  @unsafe private func encode(
    _ link: Link, temporaries: Int, at slot: UnsafeMutableRawPointer
  ) {
    switch link.arguments {
    case .convolution(let a), .depthwise(let a): unsafe put(a, at: slot)
    case .winograd(var a):
      a.scratch = Int64(temporaries)
      unsafe put(a, at: slot)
    case .pool(let a): unsafe put(a, at: slot)
    case .resize(let a): unsafe put(a, at: slot)
    case .map(let a): unsafe put(a, at: slot)
    case .reduce(let a): unsafe put(a, at: slot)
    case .softmax(let a): unsafe put(a, at: slot)
    case .matmul(let a): unsafe put(a, at: slot)
    case .byteConvolution(var a):
      a.scratch = Int64(temporaries)
      unsafe put(a, at: slot)
    case .byteDepthwise(let a): unsafe put(a, at: slot)
    case .byteMap(let a): unsafe put(a, at: slot)
    case .bytePool(let a): unsafe put(a, at: slot)
    case .byteResize(let a): unsafe put(a, at: slot)
    }
    // Every kernel's arguments begin with its operands.
    let views = unsafe slot.assumingMemoryBound(to: ock_view.self)
    for index in 0..<Int(OCK_OPERANDS) {
      let operand = index < link.operands.count ? link.operands[index] : nil
      unsafe views[index] =
        operand.map(view) ?? ock_view(offset: 0, pitch: 0, ring: 0, first: 0, space: -1)
    }
  }

  @unsafe private func put<A: BitwiseCopyable>(_ arguments: A, at slot: UnsafeMutableRawPointer) {
    precondition(MemoryLayout<A>.size <= Self.argumentStride)
    unsafe slot.storeBytes(of: arguments, as: A.self)
  }

  private func view(_ operand: Operand) -> ock_view {
    let buffer = program[operand.buffer]
    let size = buffer.element.size
    if case .constant(let offset) = buffer.kind {
      return ock_view(
        offset: Int64(offset + operand.offset * size), pitch: Int64(operand.pitch * size), ring: 0,
        first: 0, space: Int32(OCK_SPACE_WEIGHTS))
    }
    if let ring = memory.rings[operand.buffer.index] {
      // The origin without the halo's rows: a ring has none, its slots stand for them.
      let left = buffer.origin - buffer.halo.top * buffer.pitch
      return ock_view(
        offset: Int64(ring.offset + (left + operand.offset) * size),
        pitch: Int64(buffer.pitch * size),
        ring: Int32(ring.rows), first: Int32(buffer.halo.top),
        space: Int32(OCK_SPACE_SCRATCH))
    }
    return ock_view(
      offset: Int64(
        memory.offsets[operand.buffer.index]! + (buffer.origin + operand.offset) * size),
      pitch: Int64(operand.pitch * size), ring: 0, first: 0,
      space: Int32(OCK_SPACE_ARENA))
  }
}

extension KernelArguments {
  @unsafe func function(_ kernels: ock_f32_kernels, _ bytes: ock_q8_kernels) -> ock_rows_fn {
    switch self {
    case .convolution: unsafe kernels.conv
    case .depthwise: unsafe kernels.depthwise
    case .winograd: unsafe kernels.winograd
    case .pool: unsafe kernels.pool
    case .resize: unsafe kernels.resize
    case .map: unsafe kernels.map
    case .reduce: unsafe kernels.reduce
    case .softmax: unsafe kernels.softmax
    case .matmul: unsafe kernels.matmul
    case .byteConvolution: unsafe bytes.conv
    case .byteDepthwise: unsafe bytes.depthwise
    case .byteMap: unsafe bytes.map
    case .bytePool: unsafe bytes.pool
    case .byteResize: unsafe bytes.resize
    }
  }
}
