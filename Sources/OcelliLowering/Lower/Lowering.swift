package import OcelliGraph
package import OcelliKernels
import OcelliTensor

/// What the lowering may choose.
package struct LoweringOptions: Sendable {
  package var tier: KernelTier
  /// Input 0 is filled as NHWC although the model declares NCHW.
  package var channelsLastInput: Bool
  /// Whether dense 3×3 convolutions may be rearranged (Winograd): faster, about three times the
  /// rounding error.
  package var winograd: Bool

  package init(
    tier: KernelTier = .current, channelsLastInput: Bool = false, winograd: Bool = true
  ) {
    self.winograd = winograd
    self.tier = tier
    self.channelsLastInput = channelsLastInput
  }
}

/// The third stage: a simplified graph with known facts becomes row kernels on views.
package enum Lowering {
  /// The largest tensor that is run. Units: elements, bytes.
  package static let elementLimit = 1 << 28
  package static let byteLimit = 1 << 30
  /// The longest run: minutes on one core. Units: multiplications of kernels.
  package static let workLimit = 1 << 42
  /// How many of them a multiplication of a reference operator takes the time of, at least.
  private static let plainWeight = 16
  /// The largest stride, dilation and pad with a lowered form.
  static let reachLimit = 1 << 12

  /// Errors: a node whose facts are unknown and that nothing can run, or a tensor beyond the limit.
  package static func lower(_ graph: Graph, options: LoweringOptions = LoweringOptions())
    throws(OperatorError) -> Program
  {
    try checkSizes(graph)
    var builder = ProgramBuilder(graph, options: options)
    try builder.placeInputs()
    var work = 0
    for node in graph.nodes {
      let isLowered = builder.lower(node)
      do { if !isLowered { try builder.interpret(node) } } catch {
        throw OperatorError("\(node.label): \(error)")
      }
      work = work.addingSaturating(Self.work(node, graph, isLowered: isLowered))
      guard work <= workLimit else {
        throw OperatorError(
          "\(node.label): one run would take more than \(workLimit >> 30) thousand million "
            + "multiplications (a smaller --size needs less)")
      }
    }
    try builder.placeOutputs()
    builder.noteLastReads()
    builder.program.work = work
    return builder.program
  }

  private static func checkSizes(_ graph: Graph) throws(OperatorError) {
    for value in graph.values {
      guard let fact = value.fact, let shape = fact.shape,
        shape.count > min(elementLimit, byteLimit / fact.type.size)
      else { continue }
      throw OperatorError(
        "\(value.name.debugDescription) is \(fact); at most \(byteLimit >> 20) MiB are run")
    }
  }

  /// Units: multiplications of kernels; 0 where shapes depend on data.
  private static func work(_ node: Node, _ graph: Graph, isLowered: Bool) -> Int {
    guard let inputs = graph.operatorInputs(of: node) else { return 0 }
    let outputs = node.outputs.compactMap { $0.flatMap { graph[$0].fact } }
    let work = max(node.op.work(inputs, outputs), 0)
    let (plain, overflow) = work.multipliedReportingOverflow(by: plainWeight)
    return isLowered ? work : overflow ? .max : plain
  }
}

extension Int {
  fileprivate func addingSaturating(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

/// The state of a lowering: where each value lies so far.
struct ProgramBuilder {
  let graph: Graph
  let options: LoweringOptions
  /// Output channels of a packed panel in this tier.
  let panel: Int
  var program = Program()
  var places: [InterpretedNode.Place?]
  let layout: LayoutPlan
  /// NHWC copies made so far, by what they are copies of.
  var channelsLastCopies: [(source: StridedView, copy: StridedView)] = []
  /// Concatenations whose buffer exists already.
  var concatViews: [ValueID: StridedView] = [:]

  init(_ graph: Graph, options: LoweringOptions) {
    self.graph = graph
    self.options = options
    panel = unsafe Int(ock_f32(options.tier.cTier).pointee.panel)
    places = graph.values.map { $0.constant.map { .constant($0) } }
    layout = LayoutPlan(graph)
  }

  /// Lowers a node. Returns false where it has no lowered form: the reference operator runs it.
  mutating func lower(_ node: Node) -> Bool {
    guard node.outputs.allSatisfy({ $0.map { laidShape($0) != nil } ?? true }) else {
      return false
    }
    switch node.op {
    case let op as Convolution: return lowerConvolution(op, node)
    case let op as Pool: return lowerPool(op, node)
    case let op as Resize: return lowerResize(op, node)
    case let op as Unary: return lowerUnary(op, node)
    case let op as Binary: return lowerBinary(op, node)
    case let op as Softmax: return lowerSoftmax(op, node)
    case let op as Reduce: return lowerReduce(op, node)
    case is MatMul: return lowerMatMul(node)
    case let op as Gemm: return lowerGemm(op, node)
    case let op as Concat: return lowerConcat(op, node)
    case let op as Split: return lowerSplit(op, node)
    case is Slice: return lowerSlice(node)
    case let op as Gather: return lowerGather(op, node)
    case let op as Transpose: return lowerTranspose(op, node)
    case is Reshape, is Flatten, is Squeeze, is Unsqueeze: return lowerReshape(node)
    case is Expand: return lowerExpand(node)
    case let op as BlockMove: return lowerBlockMove(op, node)
    case let op as Pad: return lowerPad(op, node)
    case let op as QuantizedConvolution: return lowerByteConvolution(op, node)
    case let op as QuantizedBinary: return lowerByteBinary(op, node)
    case let op as ByteTable: return lowerByteTable(op, node)
    case is QuantizeLinear: return lowerQuantize(node)
    case is DequantizeLinear: return lowerDequantize(node)
    default: return false
    }
  }

  // MARK: Where values lie

  /// The extents of a value that lies in memory as kernels read it, floats or bytes, where they are known.
  func laidShape(_ id: ValueID) -> [Int]? {
    guard let fact = graph[id].fact, fact.type == .float32 || fact.type == .uint8,
      let shape = fact.shape, shape.count > 0
    else { return nil }
    return shape.dimensions
  }

  /// The extents of a float value, where they are known.
  func floatShape(_ id: ValueID) -> [Int]? {
    graph[id].fact?.type == .float32 ? laidShape(id) : nil
  }

  /// A value of floats as a view, constants included; nil where it is no such value, or known only when
  /// it runs.
  mutating func view(_ id: ValueID?) -> StridedView? {
    id.flatMap { graph[$0].fact?.type } == .float32 ? laidView(id) : nil
  }

  /// As `view`, of bytes.
  mutating func byteView(_ id: ValueID?) -> StridedView? {
    id.flatMap { graph[$0].fact?.type } == .uint8 ? laidView(id) : nil
  }

  /// As `view`, of floats or bytes.
  mutating func laidView(_ id: ValueID?) -> StridedView? {
    guard let id, let place = places[id.index] else { return nil }
    switch place {
    case .view(let view): return view
    case .slot: return nil
    case .constant(let tensor):
      guard tensor.count > 0 else { return nil }
      let view: StridedView
      switch tensor.type {
      case .float32:
        view = addConstant(
          tensor.array(of: Float.self), shape: tensor.shape.dimensions, label: graph[id].name)
      case .uint8:
        view = StridedView(
          buffer: addBytes(tensor.array(of: UInt8.self), label: graph[id].name),
          dimensions: tensor.shape.dimensions, strides: tensor.shape.strides)
      default: return nil
      }
      places[id.index] = .view(view)
      return view
    }
  }

  /// A constant's elements; nil where the value is none.
  func constant(_ id: ValueID?) -> Tensor? { id.flatMap { graph[$0].constant } }

  /// A constant's elements as integers, of one axis at most; nil where it is no such constant.
  func integers(_ id: ValueID?) -> [Int]? {
    constant(id).flatMap { try? $0.integers(graph[id!].name) }
  }

  mutating func place(_ id: ValueID?, _ view: StridedView) {
    if let id { places[id.index] = .view(view) }
  }

  /// Adds bytes to the weights. Returns the buffer.
  mutating func addBytes(_ bytes: [UInt8], label: String) -> BufferID {
    let id = addWeights(PackedWeights.words(bytes), label: label)
    program.buffers[id.index].element = .byte
    program.buffers[id.index].count = bytes.count
    program.buffers[id.index].pitch = bytes.count
    return id
  }

  /// Adds packed floats to the weights. Returns the buffer.
  mutating func addWeights(_ floats: [Float], label: String) -> BufferID {
    let aligned = (program.weights.count + 15) / 16 * 16
    program.weights.append(
      contentsOf: repeatElement(0, count: aligned - program.weights.count))
    program.weights.append(contentsOf: floats)
    program.buffers.append(
      Buffer(
        kind: .constant(offset: aligned * 4), element: .float, count: floats.count, origin: 0,
        halo: Halo(), pitch: floats.count, label: label))
    return BufferID(index: program.buffers.count - 1)
  }

  mutating func addConstant(_ floats: [Float], shape: [Int], label: String) -> StridedView {
    let buffer = addWeights(floats, label: label)
    return StridedView(buffer: buffer, dimensions: shape, strides: Shape(shape).strides)
  }

  /// A new row-major buffer.
  mutating func makeRowMajor(
    _ shape: [Int], _ element: Buffer.Element = .float, label: String,
    kind: Buffer.Kind = .activation
  ) -> StridedView {
    let count = shape.reduce(1, *)
    program.buffers.append(
      Buffer(
        kind: kind, element: element, count: count, origin: 0, halo: Halo(), pitch: count,
        label: label))
    return StridedView(
      buffer: BufferID(index: program.buffers.count - 1), dimensions: shape,
      strides: Shape(shape).strides)
  }

  /// A new NHWC buffer for `[1, C, H, W]`, with a halo.
  mutating func makeChannelsLast(
    _ shape: [Int], _ element: Buffer.Element = .float, halo: Halo = Halo(), padding: Float = 0,
    label: String, kind: Buffer.Kind = .activation
  ) -> StridedView {
    let (c, h, w) = (shape[1], shape[2], shape[3])
    let pitch = (halo.left + w + halo.right) * c
    program.buffers.append(
      Buffer(
        kind: kind, element: element, count: (halo.top + h + halo.bottom) * pitch,
        origin: halo.top * pitch + halo.left * c, halo: halo, padding: padding, pitch: pitch,
        label: label))
    return StridedView(
      buffer: BufferID(index: program.buffers.count - 1), dimensions: shape,
      strides: [h * pitch, 1, pitch, c])
  }

  enum Order { case channelsLast, rowMajor }

  /// The view that a node writes its output to: a slice of a concatenation's buffer where it is the
  /// value's only place, else a buffer of its own with the halo that its readers want.
  mutating func makeOutput(_ id: ValueID, _ order: Order) -> StridedView {
    let shape = laidShape(id)!
    let view: StridedView
    if order == .channelsLast, let target = layout.targets[id] {
      view = concatView(target.concat).sliced(axis: 1, start: target.channel, count: shape[1])
    } else if order == .channelsLast, shape.count == 4, shape[0] == 1 {
      view = makeChannelsLast(
        shape, element(id), halo: layout.halo(id), padding: layout.padding(id),
        label: graph[id].name)
    } else {
      view = makeRowMajor(shape, element(id), label: graph[id].name)
    }
    place(id, view)
    return view
  }

  /// What a value that lies in memory is made of.
  func element(_ id: ValueID) -> Buffer.Element {
    graph[id].fact?.type == .uint8 ? .byte : .float
  }

  /// A buffer of the value's own, without a halo: for writers that know no rows of a picture.
  mutating func makePlainOutput(_ id: ValueID, _ order: Order) -> StridedView {
    let shape = laidShape(id)!
    let view =
      order == .channelsLast
      ? makeChannelsLast(shape, element(id), label: graph[id].name)
      : makeRowMajor(shape, element(id), label: graph[id].name)
    place(id, view)
    return view
  }

  /// The NHWC buffer of a concatenation of channels, made when its first part is.
  mutating func concatView(_ id: ValueID) -> StridedView {
    if let view = concatViews[id] { return view }
    let view = makeOutput(id, .channelsLast)
    concatViews[id] = view
    return view
  }

  /// NHWC where the input is, row-major else.
  func order(like view: StridedView, shape: [Int]) -> Order {
    shape.count == 4 && shape[0] == 1 && view.isChannelsLast && !isPlainRowMajor(view)
      ? .channelsLast : .rowMajor
  }

  private func isPlainRowMajor(_ view: StridedView) -> Bool {
    view.isContiguous && view.dimensions[1] != 1
  }

  // MARK: Ports

  mutating func placeInputs() throws(OperatorError) {
    for (index, id) in graph.inputs.enumerated() {
      let name = graph[id].name
      guard graph[id].fact?.shape != nil else {
        throw OperatorError("the shape of input \(name.debugDescription) is not known")
      }
      guard let shape = laidShape(id) else {
        // What kernels do not read is kept as a tensor for the reference operators.
        places[id.index] = .slot(id)
        program.inputs.append(.slot(id))
        continue
      }
      let view =
        index == 0 && options.channelsLastInput && shape.count == 4 && shape[0] == 1
          && element(id) == .float
        ? makeChannelsLast(shape, label: name, kind: .port)
        : makeRowMajor(shape, element(id), label: name, kind: .port)
      place(id, view)
      program.inputs.append(.view(view))
    }
  }

  mutating func placeOutputs() throws(OperatorError) {
    for id in graph.outputs {
      switch places[id.index] {
      case nil: throw OperatorError("output '\(graph[id].name)' is made by no node")
      case .slot(let value): program.outputs.append(.slot(value))
      case .constant(let tensor): program.outputs.append(.constant(tensor))
      case .view(let view):
        let buffer = program[view.buffer]
        if view.isContiguous && buffer.kind == .activation && buffer.halo.isEmpty {
          program.buffers[view.buffer.index].kind = .port
          program.outputs.append(.view(view))
        } else {
          let copy = makeRowMajor(
            view.dimensions, element(id), label: graph[id].name, kind: .port)
          emitCopy(view, to: copy, label: graph[id].name)
          program.outputs.append(.view(copy))
        }
      }
    }
  }

  // MARK: Interpreted nodes

  mutating func interpret(_ node: Node) throws(OperatorError) {
    var inputs: [InterpretedNode.Place?] = []
    for id in node.inputs {
      guard let id else {
        inputs.append(nil)
        continue
      }
      if let tensor = graph[id].constant {
        inputs.append(.constant(tensor))
      } else if case .view(let view) = places[id.index] {
        inputs.append(.view(contiguous(view, label: graph[id].name)))
      } else {
        guard let place = places[id.index] else {
          throw OperatorError("input '\(graph[id].name)' is made by no node")
        }
        inputs.append(place)
      }
    }
    var outputs: [InterpretedNode.Place?] = []
    for id in node.outputs {
      guard let id else {
        outputs.append(nil)
        continue
      }
      if let shape = laidShape(id) {
        let view = makeRowMajor(shape, element(id), label: graph[id].name)
        place(id, view)
        outputs.append(.view(view))
      } else {
        places[id.index] = .slot(id)
        outputs.append(.slot(id))
      }
    }
    program.steps.append(
      .interpreted(InterpretedNode(node: node, inputs: inputs, outputs: outputs)))
  }

  /// Tells every interpreted node which slots are of no use after it.
  mutating func noteLastReads() {
    var wanted = Set(graph.outputs + graph.inputs)
    for index in program.steps.indices.reversed() {
      guard case .interpreted(var node) = program.steps[index] else { continue }
      for case .slot(let id)?? in node.inputs + node.outputs where wanted.insert(id).inserted {
        node.lastReads.append(id)
      }
      program.steps[index] = .interpreted(node)
    }
  }

  /// The view itself where its elements stand in logical order, else a row-major copy.
  mutating func contiguous(_ view: StridedView, label: String) -> StridedView {
    if view.isContiguous { return view }
    let copy = makeRowMajor(view.dimensions, program[view.buffer].element, label: label)
    emitCopy(view, to: copy, label: label)
    return copy
  }
}
