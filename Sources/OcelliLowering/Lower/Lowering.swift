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
  /// For each value the nodes that read it.
  let readers: [[Int]]
  /// First outputs of nodes that an earlier node's kernel computes too.
  var absorbed: Set<ValueID> = []
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
    readers = graph.consumers()
  }

  /// Lowers a node. Returns false where it has no lowered form: the reference operator runs it.
  mutating func lower(_ node: Node) -> Bool {
    if let first = node.outputs.first ?? nil, absorbed.contains(first) { return true }
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
