import OcelliEngine
import OcelliGraph
import OcelliONNX
import OcelliReference
import OcelliTensor

/// What became of a case at one stage.
package enum ConformanceOutcome: Sendable, Equatable {
  case passed
  /// Not run, and why: an operator, a type, a kind of value by name.
  case refused(String)
  /// Run, and not what is due.
  case wrong(String)

  package var word: String {
    switch self {
    case .passed: "passed"
    case .refused: "refused"
    case .wrong: "wrong"
    }
  }

  package var reason: String? {
    switch self {
    case .passed: nil
    case .refused(let reason), .wrong(let reason): reason
    }
  }
}

/// How far a case is taken: each stage includes those before it.
package enum ConformanceStage: String, Sendable, CaseIterable {
  /// The graph as imported, by the reference operators.
  case reference
  /// The simplified graph, by the reference operators.
  case simplify
  /// A plan on the engine.
  case engine
}

/// Runs cases.
package struct ConformanceRun {
  private let stage: ConformanceStage
  private let crew: Crew

  package init(stage: ConformanceStage, threads: Int = 1) {
    self.stage = stage
    crew = Crew(threadCount: threads)
  }

  /// The outcome of a case: wrong where any stage is, else refused where any is.
  /// Errors: files that cannot be read.
  package func outcome(of test: ConformanceCase) throws(ToolError) -> ConformanceOutcome {
    let graph: Graph
    do { graph = try ONNXImporter.importModel(path: "\(test.path)/model.onnx") } catch {
      if case .unreadable = error { throw ToolError(.inputMissing, "\(test.path): \(error)") }
      return .refused(error.description)
    }
    guard !test.dataSets.isEmpty else { return .refused("the case has no test_data_set_0") }
    var refusal: ConformanceOutcome?
    for folder in test.dataSets {
      let data: (inputs: [Tensor], outputs: [Tensor])
      do throws(ONNXError) {
        data = (try tensors("input", folder), try tensors("output", folder))
      } catch { return .refused(error.description) }
      for stage in ConformanceStage.allCases {
        switch judge(graph, data.inputs, data.outputs, test.tolerance, at: stage) {
        case .passed: break
        case .refused(let reason):
          refusal = refusal ?? .refused(stage == .reference ? reason : "\(stage): \(reason)")
        case .wrong(let reason): return .wrong("\(stage): \(reason)")
        }
        if stage == self.stage { break }
      }
    }
    return refusal ?? .passed
  }

  private func tensors(_ kind: String, _ folder: String) throws(ONNXError) -> [Tensor] {
    let paths: [String]
    do { paths = try ConformanceCase.files(kind, in: folder) } catch {
      throw .unreadable(path: folder, reason: error.description)
    }
    var tensors: [Tensor] = []
    for path in paths { tensors.append(try TensorFile.decode(ONNXImporter.read(path)).tensor) }
    return tensors
  }

  private func judge(
    _ graph: Graph, _ inputs: [Tensor], _ due: [Tensor], _ tolerance: ConformanceCase.Tolerance,
    at stage: ConformanceStage
  ) -> ConformanceOutcome {
    do {
      let found = try run(graph, inputs, at: stage)
      guard found.count == due.count else {
        return .wrong("\(found.count) outputs where \(due.count) are due")
      }
      for (index, (found, due)) in zip(found, due).enumerated() {
        let allowed = Self.widened(tolerance, for: due.type, at: stage)
        guard let difference = try TensorComparison.difference(found, due: due, allowed) else {
          continue
        }
        return .wrong("output \(graph[graph.outputs[index]].name.debugDescription): \(difference)")
      }
      return .passed
    } catch { return .refused("\(error)") }
  }

  /// As ONNX's own runner: of bfloat16 nothing finer than two steps is asked. Where halves are rounded
  /// after every node, as reference operators do one by one, the same goes for float16.
  private static func widened(
    _ tolerance: ConformanceCase.Tolerance, for type: ElementType, at stage: ConformanceStage
  ) -> ConformanceCase.Tolerance {
    var tolerance = tolerance
    if type == .bfloat16 { tolerance.relative = max(tolerance.relative, 0x1p-6) }
    if type == .float16, stage == .reference {
      tolerance.relative = max(tolerance.relative, 0x1p-9)
    }
    return tolerance
  }

  private func run(
    _ graph: Graph, _ inputs: [Tensor], at stage: ConformanceStage
  ) throws -> [Tensor] {
    if stage == .reference { return try ReferenceRunner(graph).run(inputs) }
    let options = SessionOptions(inputShapes: inputs.map(\.shape.dimensions))
    let simplified = try Session.simplified(graph, options: options)
    if stage == .simplify { return try ReferenceRunner(simplified).run(inputs) }
    let session = try Session(simplified: simplified, options: options)
    let context = try session.makeContext()
    for (index, tensor) in inputs.enumerated() { try context.setInput(index, to: tensor) }
    try session.run(context, crew: crew)
    return try graph.outputs.indices.map { try context.output($0) }
  }
}
