import OcelliGraph
import OcelliReference
import OcelliTensor
import Testing

private func floats(_ elements: [Float], _ shape: Shape) throws -> Tensor {
  try Tensor(elements, shape: shape)
}

private func integers(_ elements: [Int64], _ shape: Shape? = nil) throws -> Tensor {
  try Tensor(elements, shape: shape ?? [elements.count])
}

private func run(_ op: any Operator, _ inputs: Tensor?...) throws -> Tensor {
  try ReferenceEvaluator().evaluate(op, inputs, outputCount: 1)[0]
}

/// The error that an operator gives; nil where it gives none.
private func refusal(_ op: any Operator, _ inputs: Tensor?...) -> String? {
  do {
    _ = try ReferenceEvaluator().evaluate(op, inputs, outputCount: 1)
    return nil
  } catch { return error.description }
}

@Suite struct IndexingTests {
  @Test func `an index beyond its axis is an error of every operator that takes one`() throws {
    let x = try floats([0, 1, 2, 3, 4, 5], [2, 3])
    let one = try floats([9], [1, 1])
    for index: Int64 in [3, -4, .max, .min] {
      let places = try integers([index], [1, 1])
      #expect(refusal(Gather(axis: 1), x, places)?.contains("index \(index)") == true)
      #expect(refusal(GatherElements(axis: 1), x, places)?.contains("index \(index)") == true)
      #expect(
        refusal(GatherND(batchAxes: 0), x, try integers([0, index], [1, 2])) != nil)
      #expect(refusal(ScatterElements(axis: 1, reduction: .none), x, places, one) != nil)
      #expect(
        refusal(
          ScatterND(reduction: .add), x, try integers([1, index], [1, 2]), try floats([9], [1]))
          != nil)
      #expect(
        refusal(
          MaxUnpool(kernel: [2], strides: [2], pads: []), try floats([1], [1, 1, 1]),
          try integers([index], [1, 1, 1])) != nil)
      #expect(
        refusal(
          TensorScatter(axis: 1, isCircular: false), try floats([0, 0], [1, 2]), one,
          try integers([index])) != nil)
      #expect(
        refusal(ReverseSequence(batchAxis: 0, timeAxis: 1), x, try integers([1, index])) != nil
          || index == 3)
      #expect(
        refusal(
          RoiAlign(mode: .average, height: 1, width: 1, samples: 1, scale: 1, halfPixel: true),
          try floats([0], [1, 1, 1, 1]), try floats([0, 0, 1, 1], [1, 4]), try integers([index]))
          != nil)
    }
  }

  @Test func `negative indices count from the end`() throws {
    let x = try floats([0, 1, 2, 3, 4, 5], [2, 3])
    #expect(
      try run(GatherElements(axis: 1), x, integers([-1, 0], [2, 1])).array(of: Float.self)
        == [2, 3])
    #expect(
      try run(GatherND(batchAxes: 0), x, integers([-1, -3], [1, 2])).array(of: Float.self) == [3])
    let y = try run(
      ScatterElements(axis: 1, reduction: .none), x, integers([-3], [1, 1]), floats([9], [1, 1]))
    #expect(y.array(of: Float.self) == [9, 1, 2, 3, 4, 5])
  }

  @Test func `of several updates of one element the last one stays, or all are taken in turn`()
    throws
  {
    let x = try floats([2, 2], [2])
    let places = try integers([0, 0])
    let updates = try floats([3, 5], [2])
    func scattered(_ reduction: ScatterReduction) throws -> [Float] {
      try run(ScatterElements(axis: 0, reduction: reduction), x, places, updates).array()
    }
    #expect(try scattered(.none) == [5, 2])
    #expect(try scattered(.add) == [10, 2])
    #expect(try scattered(.multiply) == [30, 2])
    #expect(try scattered(.minimum) == [2, 2])
    #expect(try scattered(.maximum) == [5, 2])
    let wrapped = try run(
      ScatterElements(axis: 0, reduction: .add), Tensor([120] as [Int8], shape: [1]),
      integers([0]), Tensor([10] as [Int8], shape: [1]))
    #expect(wrapped.array(of: Int8.self) == [-126])
  }

  @Test func `diagonals and depths of any size stay within the tensor`() throws {
    let x = try floats([1, 2, 3, 4], [2, 2])
    #expect(try run(Trilu(isUpper: true), x, integers([.max])).array() == [0, 0, 0, 0] as [Float])
    #expect(try run(Trilu(isUpper: false), x, integers([.max])).array() == [1, 2, 3, 4] as [Float])
    #expect(
      try run(EyeLike(diagonal: .min, type: .int8), x).array(of: Int8.self) == [0, 0, 0, 0])
    let values = try floats([0, 1], [2])
    #expect(
      try run(OneHot(axis: -1), integers([1, -2, 7]), integers([2], []), values).array()
        == [0, 1, 1, 0, 0, 0] as [Float])
    #expect(
      refusal(OneHot(axis: -1), try integers([1]), try integers([1 << 40], []), values) != nil)
    #expect(refusal(OneHot(axis: -1), try integers([1]), try integers([-1], []), values) != nil)
  }

  @Test func `what is compressed has as many elements as the condition is true`() throws {
    let x = try floats([0, 1, 2, 3, 4, 5], [2, 3])
    let mask = try Tensor([false, true], shape: [2])
    #expect(try run(Compress(axis: 0), x, mask).array() == [3, 4, 5] as [Float])
    #expect(try run(Compress(axis: nil), x, mask).array() == [1] as [Float])
    let all = try Tensor([Bool](repeating: true, count: 9), shape: [9])
    #expect(try run(Compress(axis: 1), x, all).shape == [2, 3])
  }

  @Test func `places of a max pooling, row by row or column by column, lead back`() throws {
    let x = try floats([1, 4, 2, 3, 0, 5], [1, 1, 2, 3])
    var op = Pool(
      kind: .max, kernel: [2, 2], strides: [1, 1], dilations: [1, 1], padding: .valid)
    let rows = try ReferenceEvaluator().evaluate(op, [x], outputCount: 2)
    #expect(rows[0].array() == [4, 5] as [Float])
    #expect(rows[1].array(of: Int64.self) == [1, 5])
    op.countsColumnMajor = true
    let columns = try ReferenceEvaluator().evaluate(op, [x], outputCount: 2)
    #expect(columns[1].array(of: Int64.self) == [2, 5])
    let back = try run(
      MaxUnpool(kernel: [2, 2], strides: [1, 1], pads: []), rows[0], rows[1])
    #expect(back.array() == [0, 4, 0, 0, 0, 5] as [Float])
  }
}
