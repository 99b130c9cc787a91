import OcelliKernels

extension ProgramBuilder {
  /// Adds a chain of one link.
  mutating func emit(_ link: Link) { program.steps.append(.chain([link])) }

  /// The rows of an NHWC view as an operand.
  func rows(_ view: StridedView) -> Operand {
    Operand(buffer: view.buffer, offset: view.offset, pitch: view.strides[2])
  }

  /// What a link must fill around the NHWC view that it writes.
  func border(_ view: StridedView) -> ock_border {
    let buffer = program[view.buffer]
    let halo = buffer.halo
    guard !halo.isEmpty else { return ock_border() }
    return ock_border(
      top: Int32(halo.top), bottom: Int32(halo.bottom), left: Int32(halo.left),
      right: Int32(halo.right), width: Int32(view.dimensions[3]),
      channels: Int32(view.dimensions[1]), pixel: Int32(view.strides[3]),
      bytes: buffer.element == .byte ? 1 : 0, value: buffer.padding)
  }

  /// Copies elements from view to view of the same extents.
  mutating func emitCopy(_ from: StridedView, to: StridedView, label: String) {
    let name = "copy of \(label)"
    switch program[to.buffer].element {
    case .float:
      emitMap(OCK_MAP_COPY, [from], to: to, activations: ock_activations(), label: name)
    case .byte: emitByteMap(ByteMap(OCK_Q8_COPY), [from], to: to, label: name)
    }
  }

  /// y = activations(f(inputs)), elementwise; inputs broadcast to the output's extents already.
  mutating func emitMap(
    _ function: ock_map_function, _ inputs: [StridedView], to output: StridedView,
    activations: ock_activations, label: String
  ) {
    let form = mapForm(inputs, to: output)
    var arguments = ock_f32_map_args()
    arguments.function = Int32(function.rawValue)
    arguments.rank = Int32(form.sizes.count)
    arguments.activations = activations
    unsafe withInner(&arguments.size) { unsafe form.fill($0) }
    unsafe withInner(&arguments.stride) { unsafe form.fillStrides($0, operands: 3) }
    emitMap(.map(arguments), form, inputs, to: output, label: label)
  }

  /// The rows of an elementwise kernel, of floats or bytes.
  func mapForm(_ inputs: [StridedView], to output: StridedView) -> RowForm {
    RowForm(
      output.dimensions, [output.strides] + inputs.map(\.strides),
      rowAxis: output.isChannelsLast ? 2 : nil)
  }

  /// Adds an elementwise kernel. `constants`: what it reads beside its inputs, as operand 3.
  mutating func emitMap(
    _ arguments: KernelArguments, _ form: RowForm, _ inputs: [StridedView], to output: StridedView,
    constants: BufferID? = nil, label: String
  ) {
    var operands = form.operands([output] + inputs)
    if let constants {
      while operands.count < 3 { operands.append(nil) }
      operands.append(Operand(buffer: constants, offset: 0, pitch: 0))
    }
    var link = Link(
      arguments: arguments, operands: operands, rows: form.rows, cost: output.count, label: label)
    if !program[output.buffer].halo.isEmpty { link.border = border(output) }
    emit(link)
  }
}

/// Lends a C array of ints.
@unsafe func withInner<T>(_ array: inout T, _ body: (UnsafeMutableBufferPointer<Int32>) -> Void) {
  unsafe withUnsafeMutableBytes(of: &array) { unsafe body($0.bindMemory(to: Int32.self)) }
}

/// An iteration over strided operands as rows and inner axes: axes of one element dropped, the rest
/// in the order of the output's strides, neighbours joined where every operand allows it.
struct RowForm {
  private(set) var rows = 1
  /// Units: elements from row to row, for each operand.
  private(set) var pitches: [Int]
  private(set) var sizes: [Int] = []
  /// For each operand, for each inner axis.
  private(set) var strides: [[Int]]

  /// `rowAxis`: the axis whose elements are the rows, whatever its size; else the outermost.
  init(_ dimensions: [Int], _ operands: [[Int]], rowAxis: Int? = nil) {
    pitches = [Int](repeating: 0, count: operands.count)
    strides = [[Int]](repeating: [], count: operands.count)
    let axes = dimensions.indices.filter { dimensions[$0] != 1 && $0 != rowAxis }
      .sorted { (operands[0][$0], dimensions[$1], $1) > (operands[0][$1], dimensions[$0], $0) }
    var inner = axes[...]
    if let first = rowAxis ?? (axes.count >= 2 ? inner.popFirst() : nil) {
      rows = dimensions[first]
      pitches = operands.map { $0[first] }
    }
    for axis in inner {
      let size = dimensions[axis]
      if let last = sizes.last,
        operands.indices.allSatisfy({
          strides[$0][strides[$0].count - 1] == size * operands[$0][axis]
        })
      {
        sizes[sizes.count - 1] = last * size
        for operand in operands.indices {
          strides[operand][strides[operand].count - 1] = operands[operand][axis]
        }
      } else {
        sizes.append(size)
        for operand in operands.indices { strides[operand].append(operands[operand][axis]) }
      }
    }
    if sizes.isEmpty {
      sizes = [1]
      for operand in operands.indices { strides[operand] = [0] }
    }
    lengthenInnermost()
  }

  /// Makes the longest axis the innermost one where that would be short: kernels pay for each run.
  private mutating func lengthenInnermost() {
    guard let last = sizes.last, last < 8,
      let longest = sizes.indices.max(by: { sizes[$0] < sizes[$1] }), sizes[longest] >= 2 * last
    else { return }
    sizes.append(sizes.remove(at: longest))
    for operand in strides.indices {
      strides[operand].append(strides[operand].remove(at: longest))
    }
  }

  @unsafe func fill(_ target: UnsafeMutableBufferPointer<Int32>) {
    for (axis, size) in sizes.enumerated() { unsafe target[axis] = Int32(size) }
  }
}
