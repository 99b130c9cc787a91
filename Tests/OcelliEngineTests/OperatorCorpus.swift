import Foundation
import OcelliEngine
import OcelliGraph
import OcelliLowering
import OcelliONNX
import OcelliTensor
import SwiftProtobuf

/// The smallest models of `Tests/Fuzzing/corpus`: one for every operator, and a few graphs.
enum OperatorCorpus {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fuzzing/corpus")

  static let names: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".onnx") }.sorted()

  static func model(_ name: String) throws -> ONNXModel {
    let data = try Data(contentsOf: folder.appendingPathComponent(name))
    return try ONNXModel(serializedBytes: [UInt8](data), partial: true)
  }
}

/// How a model ended that was imported, made ready and run once.
enum Fate: Equatable {
  case ran
  case refused(String)
  /// Beyond what a test takes the time for.
  case passedOver
}

extension Fate {
  /// What a test runs. Units: multiplications; bytes.
  private static let workLimit = 1 << 22
  private static let arenaLimit = 64 << 20

  /// Imports, makes ready and runs `model`. `fill` gives element `index` of a float input, and of one
  /// of integers. Errors: none but a failure of the test's own.
  init(
    of model: ONNXModel, crew: Crew,
    floats: (Int) -> Float = { Float($0 % 7) / 2 - 1 }, integers: (Int) -> Int = { $0 % 3 }
  ) throws {
    let bytes: [UInt8] = try model.serializedBytes(partial: true)
    do {
      let graph = try ONNXImporter.importModel(bytes: bytes)
      let shapes = graph.declaredInputs.map { declared in
        (declared ?? [1, 3, 8, 8]).enumerated().map { $1 ?? ($0 == 0 ? 1 : 8) as Int? }
      }
      let session = try Session(graph, options: SessionOptions(inputShapes: shapes))
      guard session.plan.program.work <= Self.workLimit,
        session.plan.memory.arenaBytes <= Self.arenaLimit
      else {
        self = .passedOver
        return
      }
      let context = try session.makeContext()
      for (index, port) in session.inputs.enumerated() {
        let tensor = try Tensor.filled(port.type, port.shape, floats, integers)
        try context.setInput(index, to: tensor)
      }
      try session.run(context, crew: crew)
      for (index, port) in session.outputs.enumerated() {
        let output = try context.output(index)
        if let port, output.type != port.type || output.shape != port.shape {
          throw WrongOutput(index: index)
        }
      }
      self = .ran
    } catch let error as WrongOutput { throw error } catch {
      self = .refused("\(error)")
    }
  }

  /// An output that is not what the session said.
  struct WrongOutput: Error { let index: Int }
}

extension Tensor {
  fileprivate static func filled(
    _ type: ElementType, _ shape: Shape, _ floats: (Int) -> Float, _ integers: (Int) -> Int
  ) throws -> Tensor {
    let places = 0..<shape.count
    switch type {
    case .float32: return try Tensor(places.map(floats), shape: shape)
    case .float64: return try Tensor(places.map { Double(floats($0)) }, shape: shape)
    case .float16: return try Tensor(places.map { Float16(floats($0)) }, shape: shape)
    case .bfloat16: return try Tensor(places.map { BFloat16(floats($0)) }, shape: shape)
    case .bool: return try Tensor(places.map { integers($0) & 1 == 1 }, shape: shape)
    case .int64: return try Tensor(places.map { Int64(integers($0)) }, shape: shape)
    case .int32:
      return try Tensor(places.map { Int32(truncatingIfNeeded: integers($0)) }, shape: shape)
    default:
      let bytes = places.flatMap { place in
        (0..<type.size).map { $0 == 0 ? UInt8(truncatingIfNeeded: integers(place)) & 3 : 0 }
      }
      return try Tensor(type, shape, bytes: bytes)
    }
  }
}
