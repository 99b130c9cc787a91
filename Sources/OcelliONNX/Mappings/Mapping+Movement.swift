import OcelliGraph
import OcelliTensor

extension OperatorList {
  static func concat(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    guard let axis = try node.integer("axis") else {
      throw OperatorError("attribute axis is missing")
    }
    return Concat(axis: axis)
  }

  static func gather(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    Gather(axis: try node.integer("axis") ?? 0)
  }

  static func flatten(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    Flatten(axis: try node.integer("axis") ?? 1)
  }

  static func reshape(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    Reshape(allowZero: try node.flag("allowzero", default: false))
  }

  static func transpose(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    Transpose(try node.integers("perm"))
  }

  static func shapeOf(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    ShapeOf(start: try node.integer("start") ?? 0, end: try node.integer("end"))
  }

  static func importConstant(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    if let tensor = try node.tensor("value") {
      try builder.emit(constant: tensor, node)
    } else if let value = try node.float("value_float") {
      try builder.emit(constant: builder.tensor([value], shape: []), node)
    } else if let values = try node.floats("value_floats") {
      try builder.emit(constant: builder.tensor(values, shape: [values.count]), node)
    } else if let value = try node.integer("value_int") {
      try builder.emit(constant: builder.tensor([Int64(value)], shape: []), node)
    } else if let values = try node.integers("value_ints") {
      let elements = values.map(Int64.init)
      try builder.emit(constant: builder.tensor(elements, shape: [values.count]), node)
    } else if node.has("sparse_value") {
      throw OperatorError("sparse tensors are not supported")
    } else if node.has("value_string") || node.has("value_strings") {
      throw OperatorError("strings are not supported")
    } else {
      throw OperatorError("it has no value")
    }
  }

  static func importConstantOfShape(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let zero = try builder.tensor([Float(0)], shape: [1])
    builder.emit(ConstantOfShape(value: try node.tensor("value") ?? zero), node)
  }

  /// Before opset 13 axes stood in an attribute.
  static func axesAsInput(_ op: any Operator) -> Mapping {
    { (node, builder) throws(OperatorError) in
      guard let axes = try node.integers("axes") else { return builder.emit(op, node) }
      builder.emit(op, node, inputs: [node.input(0), try builder.constant(axes, node)])
    }
  }

  /// Before opset 10 everything stood in attributes.
  static func importSlice(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    guard builder.opset < 10 else { return builder.emit(Slice(), node) }
    guard let starts = try node.integers("starts"), let ends = try node.integers("ends") else {
      throw OperatorError("starts or ends are missing")
    }
    let axes = try node.integers("axes") ?? Array(starts.indices)
    builder.emit(
      Slice(), node,
      inputs: [
        node.input(0), try builder.constant(starts, node), try builder.constant(ends, node),
        try builder.constant(axes, node),
      ])
  }

  /// Before opset 13 sizes stood in an attribute.
  static func importSplit(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    if let wanted = try node.integer("num_outputs"), wanted != node.outputs.count {
      throw OperatorError("num_outputs \(wanted) with \(node.outputs.count) outputs")
    }
    let op = Split(axis: try node.integer("axis") ?? 0, outputCount: node.outputs.count)
    var inputs = node.inputs
    if let sizes = try node.integers("split") {
      inputs = [node.input(0), try builder.constant(sizes, node)]
    }
    builder.emit(op, node, inputs: inputs, outputs: node.outputs)
  }

  /// Before opset 11 pads and value stood in attributes.
  static func importPad(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let text = try node.string("mode") ?? "constant"
    guard let mode = Pad.Mode(rawValue: text) else {
      throw OperatorError("mode \(text.debugDescription)")
    }
    var inputs = node.inputs
    if builder.opset < 11 {
      guard let pads = try node.integers("pads") else {
        throw OperatorError("attribute pads is missing")
      }
      let value = try builder.constant(scalar: try node.float("value") ?? 0, node)
      inputs = [node.input(0), try builder.constant(pads, node), value]
    }
    builder.emit(Pad(mode: mode), node, inputs: inputs)
  }
}
