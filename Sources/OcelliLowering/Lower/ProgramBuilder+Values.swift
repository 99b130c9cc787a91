import OcelliGraph
import OcelliKernels
import OcelliTensor

// Where values lie: views of buffers, made as their readers want them.
extension ProgramBuilder {
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
    if let target = layout.targets[id], target.order == order {
      let whole = concatView(target)
      if shape.count == whole.dimensions.count {
        view = whole.sliced(
          axis: target.axis, start: target.start, count: shape[target.axis])
      } else {
        // A picture whose pixels are places of one axis there.
        view = whole.sliced(
          axis: target.axis, start: target.start, count: shape[2] * shape[3]
        ).reshaped(shape)!
      }
    } else if order == .channelsLast, shape.count == 3 {
      view = makeRowMajor([shape[0], shape[2], shape[1]], element(id), label: graph[id].name)
        .permuted([0, 2, 1])
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

  /// The buffer of a concatenation, made when its first part is.
  private mutating func concatView(_ target: LayoutPlan.Target) -> StridedView {
    if let view = concatViews[target.concat] { return view }
    let view = makeOutput(target.concat, target.order)
    concatViews[target.concat] = view
    return view
  }

  /// A buffer of the value's own that has the elements in the order in which `view` has them, of the same
  /// extents.
  mutating func makePlainOutput(_ id: ValueID, like view: StridedView) -> StridedView {
    let order = view.dimensions.indices.sorted {
      (view.strides[$0], $1) > (view.strides[$1], $0)
    }
    var place = [Int](repeating: 0, count: order.count)
    for (index, axis) in order.enumerated() { place[axis] = index }
    let dense = makeRowMajor(order.map { view.dimensions[$0] }, label: graph[id].name)
    let output = dense.permuted(place)
    self.place(id, output)
    return output
  }

  /// As `order(like:shape:)`; NHWC too where windows read the value, which would else be copied for them.
  func order(of id: ValueID, like view: StridedView) -> Order {
    let shape = laidShape(id) ?? []
    guard shape.count == 4, shape[0] == 1,
      readers[id.index].contains(where: { graph.nodes[$0].spatialWindow(graph) != nil })
    else { return order(like: view, shape: shape) }
    return .channelsLast
  }

  /// NHWC where the input is, row-major else.
  func order(like view: StridedView, shape: [Int]) -> Order {
    shape.count == 4 && shape[0] == 1 && view.isChannelsLast && !isPlainRowMajor(view)
      ? .channelsLast : .rowMajor
  }

  private func isPlainRowMajor(_ view: StridedView) -> Bool {
    view.isContiguous && view.dimensions[1] != 1
  }
}
