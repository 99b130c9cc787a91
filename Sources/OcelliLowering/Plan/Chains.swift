import OcelliKernels

/// When neighbouring layers run in stripes, so that what lies between them stays in the cache.
package enum ChainPolicy: Sendable, Equatable {
  case never
  /// Wherever it can be; for tests.
  case always
  /// Where what lies between is larger. Units: bytes.
  case above(Int)
}

/// The first half of the fourth stage: joins single links into chains.
package enum Chains {
  /// Joins convolutions, pools and elementwise functions that follow one another where the tensor between
  /// them has one writer and one reader. The bits do not change: the same kernels compute the same rows.
  package static func form(_ program: Program, policy: ChainPolicy) -> Program {
    if policy == .never { return program }
    let uses = BufferUses(program)
    var result = program
    result.steps = []
    for step in program.steps {
      guard case .chain(let links) = step, links.count == 1,
        case .chain(let open)? = result.steps.last, open.count < Int(OCK_LINKS_MAX),
        canFollow(open, links[0], program, uses, policy)
      else {
        result.steps.append(step)
        continue
      }
      result.steps[result.steps.count - 1] = .chain(open + links)
    }
    return result
  }

  private static func canFollow(
    _ open: [Link], _ next: Link, _ program: Program, _ uses: BufferUses, _ policy: ChainPolicy
  ) -> Bool {
    guard let last = open.last, last.arguments.isWindow || last.arguments.isMap,
      let input = next.input(from: last)
    else { return false }
    let buffer = program[input.buffer]
    guard buffer.kind == .activation, last.rows > 1, uses.writers[input.buffer.index] == 1,
      uses.readers[input.buffer.index] == 1, input.offset == last.output.offset,
      input.pitch == buffer.pitch, last.output.pitch == buffer.pitch
    else { return false }
    // What a link reads beside must be whole: it is if no link of the chain makes it.
    let made = Set(open.map(\.output.buffer))
    if next.inputs.contains(where: { $0 != input && made.contains($0.buffer) }) { return false }
    if case .above(let bytes) = policy { return buffer.count * buffer.element.size > bytes }
    return true
  }
}

extension Link {
  /// The operand by which the link reads the rows that another one makes, row by row or in windows; nil
  /// where it does not.
  fileprivate func input(from other: Link) -> Operand? {
    let places = arguments.isWindow ? 1..<2 : arguments.isMap && rows == other.rows ? 1..<3 : 0..<0
    return places.lazy.compactMap { $0 < operands.count ? operands[$0] : nil }
      .first { $0.buffer == other.output.buffer }
  }
}

extension KernelArguments {
  /// Whether each row of the output comes from that row of every input.
  fileprivate var isMap: Bool {
    switch self {
    case .map, .byteMap: true
    default: false
    }
  }

  /// Whether rows of the output come from a window of rows of one input (`Link.before`, `after`).
  var isWindow: Bool {
    switch self {
    case .convolution, .depthwise, .winograd, .byteConvolution, .byteDepthwise, .pool, .bytePool:
      true
    default: false
    }
  }
}

/// How often each buffer is written and read.
struct BufferUses {
  private(set) var writers: [Int]
  private(set) var readers: [Int]

  init(_ program: Program) {
    writers = [Int](repeating: 0, count: program.buffers.count)
    readers = writers
    for step in program.steps {
      switch step {
      case .chain(let links):
        for link in links {
          writers[link.output.buffer.index] += 1
          for operand in link.inputs { readers[operand.buffer.index] += 1 }
        }
      case .interpreted(let node):
        for case .view(let view)?? in node.outputs { writers[view.buffer.index] += 1 }
        for case .view(let view)?? in node.inputs { readers[view.buffer.index] += 1 }
      }
    }
  }
}
