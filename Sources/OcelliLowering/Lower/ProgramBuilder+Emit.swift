import OcelliKernels

extension ProgramBuilder {
  /// What moving an element costs, to share the work out. Units: multiplications.
  static let elementCost = 8

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

  /// Copies elements into a picture whose channels are split into several axes there: `view` is the whole
  /// picture, `from` and `to` have its rows as axis `rowAxis`.
  mutating func emitCopy(
    _ from: StridedView, to: StridedView, of view: StridedView, rowAxis: Int, label: String
  ) {
    let form = RowForm(
      to.dimensions, [to.strides, from.strides], rowAxis: rowAxis, pairs: true)
    let name = "copy of \(label)"
    switch program[to.buffer].element {
    case .float:
      emitMap(
        .map(mapArguments(OCK_MAP_COPY, form, ock_activations())), form, [from], to: view,
        label: name)
    case .byte:
      emitByteMap(ByteMap(OCK_Q8_COPY), form, [from], to: view, label: name)
    }
  }

  /// Two pictures' channels in turn. `form`: of the first channel of each pair.
  mutating func emitInterleaving(
    _ form: RowForm, _ inputs: [StridedView], to output: StridedView, label: String
  ) {
    switch program[output.buffer].element {
    case .float:
      emitMap(
        .map(mapArguments(OCK_MAP_INTERLEAVE, form, ock_activations())), form, inputs, to: output,
        label: label)
    case .byte:
      emitByteMap(ByteMap(OCK_Q8_INTERLEAVE), form, inputs, to: output, label: label)
    }
  }

  /// y = activations(f(inputs)), elementwise; inputs broadcast to the output's extents already.
  mutating func emitMap(
    _ function: ock_map_function, _ inputs: [StridedView], to output: StridedView,
    activations: ock_activations, label: String
  ) {
    let form = mapForm(inputs, to: output)
    emitMap(
      .map(mapArguments(function, form, activations)), form, inputs, to: output,
      weight: 1 + Int(activations.count), label: label)
  }

  private func mapArguments(
    _ function: ock_map_function, _ form: RowForm, _ activations: ock_activations
  ) -> ock_f32_map_args {
    var arguments = ock_f32_map_args()
    arguments.function = Int32(function.rawValue)
    arguments.rank = Int32(form.sizes.count)
    arguments.activations = activations
    unsafe withInner(&arguments.size) { unsafe form.fill($0) }
    unsafe withInner(&arguments.stride) { unsafe form.fillStrides($0, operands: 3) }
    return arguments
  }

  /// The rows of an elementwise kernel, of floats or bytes. A picture's rows stay rows: its halo is
  /// filled with them.
  func mapForm(_ inputs: [StridedView], to output: StridedView) -> RowForm {
    RowForm(
      output.dimensions, [output.strides] + inputs.map(\.strides),
      rowAxis: output.isChannelsLast ? 2 : nil, pairs: true)
  }

  /// Adds an elementwise kernel. `constants`: what it reads beside its inputs, as operand 3.
  mutating func emitMap(
    _ arguments: KernelArguments, _ form: RowForm, _ inputs: [StridedView], to output: StridedView,
    constants: BufferID? = nil, weight: Int = 1, label: String
  ) {
    var operands = form.operands([output] + inputs)
    if let constants {
      while operands.count < 3 { operands.append(nil) }
      operands.append(Operand(buffer: constants, offset: 0, pitch: 0))
    }
    var link = Link(
      arguments: arguments, operands: operands, rows: form.rows,
      cost: output.count * Self.elementCost * weight, label: label)
    if !program[output.buffer].halo.isEmpty { link.border = border(output) }
    emit(link)
  }
}

/// Lends a C array of ints.
@unsafe func withInner<T>(_ array: inout T, _ body: (UnsafeMutableBufferPointer<Int32>) -> Void) {
  unsafe withUnsafeMutableBytes(of: &array) { unsafe body($0.bindMemory(to: Int32.self)) }
}
