import OcelliGraph
import OcelliKernels
import OcelliTensor

extension ProgramBuilder {
  mutating func lowerConvolution(_ op: Convolution, _ node: Node) -> Bool {
    guard let w = constant(node.inputs[1]), w.type == .float32, w.shape.rank == 4,
      let spatial = node.spatialWindow(graph),
      let activations = Self.activations(op.activation),
      let output = node.outputs[0], let shape = floatShape(output), shape[0] == 1,
      let source = view(node.inputs[0])
    else { return false }
    let (kernelHeight, kernelWidth) = (w.shape[2], w.shape[3])
    guard kernelHeight * kernelWidth <= Int(OCK_TAPS_MAX) else { return false }
    var bias: [Float] = []
    if let id = node.input(2) {
      guard let tensor = constant(id), tensor.type == .float32 else { return false }
      bias = tensor.array()
    }
    var residual: StridedView?
    if let id = node.input(3) {
      guard let view = view(id) else { return false }
      residual = channelsLast(view, halo: Halo(), label: graph[id].name)
    }
    let window = spatial.window
    let pads = window.pads
    let x = channelsLast(source, halo: spatial.halo, label: graph[node.inputs[0]!].name)
    let y = makeOutput(output, .channelsLast)

    let inChannels = x.dimensions[1]
    let depthwise = op.groups == inChannels && w.shape[0] == op.groups && w.shape[1] == 1
    var arguments = ock_f32_conv_args()
    arguments.shape = ock_conv_shape(spatial.window, w.shape, groups: op.groups, x: x, y: y)
    arguments.residual_pixel = Int32(residual?.strides[3] ?? 0)
    arguments.activations = activations
    let taps = kernelHeight * kernelWidth
    let form = Winograd(arguments.shape, height: shape[2])
    let rearranged = options.winograd && form.isFaster
    let packed: [Float]
    if depthwise {
      packed = PackedWeights.depthwise(
        w.span(of: Float.self), bias: bias, channels: shape[1], taps: taps)
    } else if rearranged {
      arguments.x_rows = Int32(shape[2] + 2 - pads[0])
      arguments.block = Int32(form.block)
      packed = PackedWeights.winograd(
        w.span(of: Float.self), bias: bias, outChannels: shape[1], inChannels: inChannels,
        panel: panel)
    } else {
      packed = PackedWeights.dense(
        w.span(of: Float.self), bias: bias, groups: op.groups,
        outChannels: shape[1] / op.groups, inChannels: inChannels / op.groups, taps: taps,
        panel: panel)
    }
    let weights = addWeights(packed, label: graph[node.inputs[1]!].name)
    var link = Link(
      arguments: depthwise
        ? .depthwise(arguments) : rearranged ? .winograd(arguments) : .convolution(arguments),
      operands: [
        rows(y), rows(x), residual.map { rows($0) },
        Operand(buffer: weights, offset: 0, pitch: 0),
      ],
      rows: shape[2], cost: shape[1] * shape[2] * shape[3] * taps * inChannels / op.groups,
      label: node.name)
    if rearranged {
      link.granularity = Winograd.rows
      link.scratchBytes = form.scratchBytes
    }
    setWindow(window, kernelHeight: kernelHeight, of: &link)
    link.border = border(y)
    emit(link)
    return true
  }

  /// What a window asks of the rows of its input (`Link.stride`, `before`, `after`).
  func setWindow(_ window: Window, kernelHeight: Int, of link: inout Link) {
    link.stride = window.strides[0]
    link.before = window.pads[0]
    link.after = (kernelHeight - 1) * window.dilations[0] - window.pads[0]
  }

  /// The view itself where a window with `halo` around it can read it in place, else an NHWC copy.
  /// `padding`: what the halo is filled with.
  mutating func channelsLast(
    _ view: StridedView, halo: Halo, padding: Float = 0, label: String
  ) -> StridedView {
    if view.isChannelsLast {
      if halo.isEmpty { return view }
      let buffer = program[view.buffer]
      let pixel = view.strides[3]
      let whole =
        view.strides[2] == buffer.pitch && view.offset < pixel
        && (view.dimensions[3] + buffer.halo.left + buffer.halo.right) * pixel == buffer.pitch
      if whole && buffer.halo.covers(halo) && buffer.padding == padding { return view }
    }
    for made in channelsLastCopies where made.source == view {
      let buffer = program[made.copy.buffer]
      if buffer.halo.covers(halo) && (buffer.padding == padding || halo.isEmpty) {
        return made.copy
      }
    }
    let copy = makeChannelsLast(
      view.dimensions, program[view.buffer].element, halo: halo, padding: padding, label: label)
    emitCopy(view, to: copy, label: label)
    channelsLastCopies.append((view, copy))
    return copy
  }

  /// A graph's activation as the kernels' list; nil where they have no such function.
  static func activations(_ activation: Activation?) -> ock_activations? {
    var list = ock_activations()
    guard let activation else { return list }
    var flat: [UnaryFunction] = []
    var open = [activation]
    while let next = open.popLast() {
      switch next {
      case .unary(let function): flat.append(function)
      case .chain(let first, let second): open += [second, first]
      }
    }
    guard flat.count <= Int(OCK_ACTIVATIONS) else { return nil }
    list.count = Int32(flat.count)
    for (index, function) in flat.enumerated() {
      guard let entry = entry(function) else { return nil }
      unsafe withUnsafeMutableBytes(of: &list.list) {
        unsafe $0.bindMemory(to: ock_activation.self)[index] = entry
      }
    }
    return list
  }

  private static func entry(_ function: UnaryFunction) -> ock_activation? {
    func make(
      _ kind: ock_activation_kind, _ a: Float = 0, _ b: Float = 0, _ c: Float = 0, _ d: Float = 0
    ) -> ock_activation {
      ock_activation(kind: Int32(kind.rawValue), a: a, b: b, c: c, d: d)
    }
    switch function {
    case .relu: return make(OCK_ACT_RELU)
    case .leakyRelu(let alpha): return make(OCK_ACT_LEAKY_RELU, alpha)
    case .sigmoid: return make(OCK_ACT_SIGMOID)
    case .hardSigmoid(let alpha, let beta): return make(OCK_ACT_HARD_SIGMOID, alpha, beta)
    case .hardSwish: return make(OCK_ACT_HARD_SWISH)
    case .silu: return make(OCK_ACT_SILU)
    case .tanh: return make(OCK_ACT_TANH)
    case .exp: return make(OCK_ACT_EXP)
    case .sqrt: return make(OCK_ACT_SQRT)
    case .negate: return make(OCK_ACT_NEGATE)
    case .absolute: return make(OCK_ACT_ABSOLUTE)
    case .reciprocal: return make(OCK_ACT_RECIPROCAL)
    case .clip(let low, let high): return make(OCK_ACT_CLIP, low, high)
    case .quantizeRound(let scale, let zero, let low, let high):
      return make(OCK_ACT_QUANTIZE_ROUND, scale, zero, low, high)
    default: return nil
    }
  }
}

extension ock_conv_shape {
  /// Shape: `w` `[m, c, kh, kw]`; x and y are NHWC.
  init(_ window: Window, _ w: Shape, groups: Int, x: StridedView, y: StridedView) {
    self.init(
      width: Int32(y.dimensions[3]), x_pixel: Int32(x.strides[3]), y_pixel: Int32(y.strides[3]),
      groups: Int32(groups), in_channels: Int32(x.dimensions[1] / groups),
      out_channels: Int32(y.dimensions[1] / groups), kernel_h: Int32(w[2]), kernel_w: Int32(w[3]),
      stride_h: Int32(window.strides[0]), stride_w: Int32(window.strides[1]),
      dilation_h: Int32(window.dilations[0]), dilation_w: Int32(window.dilations[1]),
      pad_top: Int32(window.pads[0]), pad_left: Int32(window.pads[1]))
  }
}
