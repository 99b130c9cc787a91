import OcelliONNX
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// libFuzzer's own change of bytes.
@_silgen_name("LLVMFuzzerMutate")
private func mutateBytes(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int) -> Int

/// Changes models as models most of the time: bytes at random mostly stop being one.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32
) -> Int {
  var dice = Dice(state: UInt64(seed) | 1 << 40)
  let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: size))
  guard dice.next(8) != 0,
    var model = try? ONNXModel(serializedBytes: bytes, partial: true)
  else { return unsafe mutateBytes(data, size, limit) }
  for _ in 0...dice.next(4) { change(&model, &dice) }
  guard let changed: [UInt8] = try? model.serializedBytes(partial: true), changed.count <= limit
  else { return unsafe mutateBytes(data, size, limit) }
  for (index, byte) in changed.enumerated() { unsafe data[index] = byte }
  return changed.count
}

/// Small and cheap numbers at random.
struct Dice {
  var state: UInt64

  /// 0 ..< bound; 0 for a bound of 0.
  mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return bound > 0 ? Int(state >> 33) % bound : 0
  }

  mutating func pick<T>(_ list: [T]) -> T? { list.isEmpty ? nil : list[next(list.count)] }

  /// Numbers at which something happens.
  mutating func number() -> Int64 {
    let edges: [Int64] = [
      0, 1, -1, 2, -2, 3, 4, 5, 7, 8, 16, 64, 255, 1000, 1 << 16, 1 << 31, -(1 << 31), 1 << 32,
      1 << 40, .max, .min, .max - 1,
    ]
    return edges[next(edges.count)]
  }

  mutating func float() -> Float {
    let edges: [Float] = [
      0, 1, -1, 0.5, 2, 1e-38, 1e30, .infinity, -.infinity, .nan, 1e9, -0.0, 3, 255,
    ]
    return edges[next(edges.count)]
  }
}

private let operators = ONNXImporter.operatorNames
private let attributes = [
  "axis", "axes", "pads", "strides", "kernel_shape", "dilations", "group", "perm", "to", "mode",
  "keepdims", "alpha", "beta", "epsilon", "size", "blocksize", "auto_pad", "ceil_mode", "k",
  "num_outputs", "split", "batch_dims", "direction", "hidden_size", "block_size", "output_padding",
  "output_shape", "equation", "reduction", "sampling_ratio", "coordinate_transformation_mode",
]
private let words = [
  "", "constant", "reflect", "edge", "wrap", "linear", "nearest", "cubic", "SAME_UPPER", "VALID",
  "NOTSET", "bidirectional", "reverse", "add", "mul", "CRD", "ij,jk->ik", "...i->i", "asymmetric",
]

private func change(_ model: inout ONNXModel, _ dice: inout Dice) {
  switch dice.next(16) {
  case 0:
    if !model.opsetImport.isEmpty { model.opsetImport[0].version = Int64(dice.next(22) + 7) }
  case 1, 2: changeInput(&model.graph, &dice)
  case 3, 4, 5: changeConstant(&model.graph, &dice)
  case 6: addNode(&model.graph, &dice)
  default: changeNode(&model.graph, &dice)
  }
}

private func changeNode(_ graph: inout ONNXGraphBody, _ dice: inout Dice) {
  guard !graph.node.isEmpty else { return }
  let index = dice.next(graph.node.count)
  switch dice.next(8) {
  case 0: graph.node[index].opType = dice.pick(operators) ?? ""
  case 1:
    let names = values(graph)
    guard !graph.node[index].input.isEmpty else { return }
    let place = dice.next(graph.node[index].input.count)
    graph.node[index].input[place] = dice.next(4) == 0 ? "" : dice.pick(names) ?? ""
  case 2: graph.node[index].input.append(dice.pick(values(graph)) ?? "")
  case 3: _ = graph.node[index].input.popLast()
  case 4:
    var entry = ONNXAttributeEntry()
    entry.name = dice.pick(attributes) ?? ""
    setValue(&entry, &dice)
    graph.node[index].attribute.removeAll { $0.name == entry.name }
    graph.node[index].attribute.append(entry)
  default:
    guard !graph.node[index].attribute.isEmpty else { return }
    let place = dice.next(graph.node[index].attribute.count)
    changeAttribute(&graph.node[index].attribute[place], &dice)
  }
}

private func changeAttribute(_ entry: inout ONNXAttributeEntry, _ dice: inout Dice) {
  if dice.next(8) == 0 { return setValue(&entry, &dice) }
  switch entry.type {
  case 1: entry.f = dice.float()
  case 2: entry.i = dice.number()
  case 3: entry.s = Data((dice.pick(words) ?? "").utf8)
  case 4: changeTensor(&entry.t, &dice)
  case 6: if !entry.floats.isEmpty { entry.floats[dice.next(entry.floats.count)] = dice.float() }
  case 7: changeNumbers(&entry.ints, &dice)
  default: setValue(&entry, &dice)
  }
}

private func setValue(_ entry: inout ONNXAttributeEntry, _ dice: inout Dice) {
  switch dice.next(5) {
  case 0: (entry.type, entry.f) = (1, dice.float())
  case 1: (entry.type, entry.i) = (2, dice.number())
  case 2: (entry.type, entry.s) = (3, Data((dice.pick(words) ?? "").utf8))
  case 3: (entry.type, entry.floats) = (6, (0..<dice.next(4)).map { _ in dice.float() })
  default: (entry.type, entry.ints) = (7, (0..<dice.next(5)).map { _ in dice.number() })
  }
}

private func changeNumbers(_ numbers: inout [Int64], _ dice: inout Dice) {
  switch dice.next(5) {
  case 0: numbers.append(dice.number())
  case 1: _ = numbers.popLast()
  default: if !numbers.isEmpty { numbers[dice.next(numbers.count)] = dice.number() }
  }
}

private func changeInput(_ graph: inout ONNXGraphBody, _ dice: inout Dice) {
  guard !graph.input.isEmpty else { return }
  let index = dice.next(graph.input.count)
  if dice.next(3) == 0 {
    graph.input[index].type.tensorType.elemType = Int32(dice.next(26) + 1)
    return
  }
  var dims = graph.input[index].type.tensorType.shape.dim
  switch dice.next(5) {
  case 0: _ = dims.popLast()
  case 1: dims.append(extent(&dice))
  default: if !dims.isEmpty { dims[dice.next(dims.count)] = extent(&dice) }
  }
  graph.input[index].type.tensorType.shape.dim = dims
}

private func extent(_ dice: inout Dice) -> ONNXDimension {
  var extent = ONNXDimension()
  if dice.next(8) > 0 {
    extent.dimValue = dice.next(4) == 0 ? dice.number() : Int64(dice.next(9))
  }
  return extent
}

private func changeConstant(_ graph: inout ONNXGraphBody, _ dice: inout Dice) {
  guard !graph.initializer.isEmpty else { return }
  changeTensor(&graph.initializer[dice.next(graph.initializer.count)], &dice)
}

/// Mostly keeps what there is of bytes right for the extents.
private func changeTensor(_ tensor: inout ONNXTensorEntry, _ dice: inout Dice) {
  let widths: [Int32: Int] = [
    1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2,
  ]
  switch dice.next(6) {
  case 0: tensor.dims = tensor.dims.reversed()
  case 1: tensor.dims.insert(1, at: dice.next(tensor.dims.count + 1))
  case 2:
    tensor.dims = (0..<dice.next(5)).map { _ in Int64(dice.next(5)) }
    fit(&tensor, widths)
  case 3:
    tensor.dataType = Int32(dice.next(26) + 1)
    fit(&tensor, widths)
  default:
    guard let width = widths[tensor.dataType], tensor.rawData.count >= width else { return }
    let place = dice.next(tensor.rawData.count / width) * width
    let isFloat = [1, 10, 11, 16].contains(tensor.dataType)
    var bits = isFloat ? UInt64(dice.float().bitPattern) : UInt64(bitPattern: dice.number())
    for i in 0..<width {
      tensor.rawData[tensor.rawData.startIndex + place + i] = UInt8(truncatingIfNeeded: bits)
      bits >>= 8
    }
  }
}

private func fit(_ tensor: inout ONNXTensorEntry, _ widths: [Int32: Int]) {
  let count = tensor.dims.reduce(1) { $0 &* Int(clamping: $1) }
  let due = count &* (widths[tensor.dataType] ?? 1)
  guard due >= 0, due <= 4096 else { return }
  var bytes = tensor.rawData.prefix(due)
  while bytes.count < due { bytes.append(UInt8(truncatingIfNeeded: bytes.count / 7)) }
  tensor.rawData = Data(bytes)
}

private func addNode(_ graph: inout ONNXGraphBody, _ dice: inout Dice) {
  guard graph.node.count < 12 else { return }
  var node = ONNXNodeEntry()
  node.opType = dice.pick(operators) ?? ""
  let names = values(graph)
  node.input = (0...dice.next(3)).map { _ in dice.pick(names) ?? "" }
  let output = "m\(graph.node.count)"
  node.output = [output]
  graph.node.append(node)
  var info = ONNXValueInfo()
  info.name = output
  graph.output.append(info)
}

private func values(_ graph: ONNXGraphBody) -> [String] {
  graph.input.map(\.name) + graph.initializer.map(\.name) + graph.node.flatMap(\.output)
}
