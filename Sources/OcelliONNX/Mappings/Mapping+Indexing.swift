import OcelliGraph
import OcelliTensor

extension OperatorList {
  static func gatherElements(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    GatherElements(axis: try node.integer("axis") ?? 0)
  }

  static func gatherND(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    GatherND(batchAxes: try node.integer("batch_dims") ?? 0)
  }

  private static func reduction(_ node: ImportedNode) throws(OperatorError) -> ScatterReduction {
    switch try node.string("reduction") ?? "none" {
    case "none": return .none
    case "add": return .add
    case "mul": return .multiply
    case "min": return .minimum
    case "max": return .maximum
    case let other: throw OperatorError("reduction \(other.debugDescription)")
    }
  }

  static func scatterElements(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    ScatterElements(axis: try node.integer("axis") ?? 0, reduction: try reduction(node))
  }

  static func scatterND(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    ScatterND(reduction: try reduction(node))
  }

  static func tensorScatter(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    let mode = try node.string("mode") ?? "linear"
    guard mode == "linear" || mode == "circular" else {
      throw OperatorError("mode \(mode.debugDescription)")
    }
    return TensorScatter(axis: try node.integer("axis") ?? -2, isCircular: mode == "circular")
  }

  static func compress(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    Compress(axis: try node.integer("axis"))
  }

  static func reverseSequence(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    ReverseSequence(
      batchAxis: try node.integer("batch_axis") ?? 1, timeAxis: try node.integer("time_axis") ?? 0)
  }

  static func oneHot(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    OneHot(axis: try node.integer("axis") ?? -1)
  }

  static func eyeLike(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    EyeLike(
      diagonal: try node.integer("k") ?? 0,
      type: try node.integer("dtype").map { (code) throws(OperatorError) in
        try elementType(code)
      })
  }

  static func triangle(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    Trilu(isUpper: try node.flag("upper", default: true))
  }

  static func centerCropPad(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    CenterCropPad(axes: try node.integers("axes"))
  }

  /// The product of the extents.
  static func importSize(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let shape = builder.step(ShapeOf(start: 0, end: nil), node, try node.required(0))
    builder.emit(Reduce(.product, axes: nil, keepDimensions: false), node, inputs: [shape])
  }

  /// Inference leaves everything in place; the mask says so.
  static func importDropout(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let x = try node.required(0)
    if builder.opset < 7, try !node.flag("is_test", default: false) {
      throw OperatorError("training (is_test 0) is not supported")
    }
    if let training = node.input(2) {
      guard let known = builder.graph[training].constant, known.type == .bool, known.count == 1
      else { throw OperatorError("whether it trains is not known before the model runs") }
      guard !known.array(of: Bool.self)[0] || dropsNothing(node, builder) else {
        throw OperatorError("training is not supported")
      }
    }
    builder.emit(Identity(), node, inputs: [x])
    guard node.outputs.count > 1, let mask = node.outputs[1] else { return }
    let shape = builder.step(ShapeOf(start: 0, end: nil), node, x)
    // Before opset 10 the mask had the data's type.
    var kept = try builder.tensor([true], shape: [1])
    if builder.opset < 10 {
      guard builder.graph[x].fact?.type == .float32 else {
        throw OperatorError("a mask of another type than float32 or bool")
      }
      kept = try builder.tensor([Float(1)], shape: [1])
    }
    builder.emit(ConstantOfShape(value: kept), node, inputs: [shape], outputs: [mask])
  }

  private static func dropsNothing(_ node: ImportedNode, _ builder: ImportBuilder) -> Bool {
    guard let ratio = node.input(1) else { return false }
    guard let known = builder.graph[ratio].constant, known.type == .float32, known.count == 1
    else { return false }
    return known.array(of: Float.self)[0] == 0
  }
}
