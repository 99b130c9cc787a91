import OcelliGraph
import OcelliKernels
import OcelliLowering
import OcelliReference
package import OcelliTensor

/// The memory of a run. Not shared: one thread at a time.
@safe package final class Context {
  let plan: Plan
  private let outputPorts: [Port?]
  private let arena: AlignedBytes
  /// One for each thread of the crew that ran last.
  private var scratch: [AlignedBytes] = []
  private var bases: [ock_bases] = []
  /// What only reference operators read: integers, and tensors whose shape depends on data.
  private var slots: [ValueID: Tensor] = [:]
  private let evaluator = ReferenceEvaluator()
  /// Nanoseconds a step, added up, while `isProfiling`.
  package private(set) var profile: [Int64] = []
  package var isProfiling = false

  init(_ plan: Plan, outputs: [Port?]) throws(TensorError) {
    self.plan = plan
    outputPorts = outputs
    arena = try AlignedBytes(count: plan.memory.arenaBytes + AlignedBytes.alignment)
    profile = [Int64](repeating: 0, count: plan.stepLabels.count)
  }

  /// Lends input `index` to be written. Shape: the port's; NHWC where the session was made so.
  /// Traps: where `E` is not the input's type.
  package func withInput<E: TensorElement, R>(
    _ index: Int, of type: E.Type, _ body: (inout MutableSpan<E>) -> R
  ) -> R {
    precondition(E.elementType == .float32, "inputs are float32")
    let view = plan.program.inputs[index]
    let address = unsafe arena.pointer + plan.arenaOffset(view)
    var span = unsafe MutableSpan<E>(
      _unsafeStart: address.assumingMemoryBound(to: E.self), count: view.count)
    return body(&span)
  }

  /// Lends output `index` of the last run. Shape: the port's, row-major.
  /// Traps: where `E` is not the output's type.
  package func withOutput<E: TensorElement, R>(
    _ index: Int, of type: E.Type, _ body: (Span<E>) -> R
  ) -> R {
    switch plan.program.outputs[index] {
    case .view(let view):
      precondition(E.elementType == .float32, "the output is float32")
      let address = unsafe arena.pointer + plan.arenaOffset(view)
      let span = unsafe Span<E>(
        _unsafeStart: address.assumingMemoryBound(to: E.self), count: view.count)
      return body(span)
    case .slot(let id):
      guard let tensor = slots[id] else { preconditionFailure("no run yet") }
      return body(tensor.span(of: E.self))
    case .constant(let tensor):
      return body(tensor.span(of: E.self))
    }
  }

  /// A copy of output `index` of the last run.
  package func output(_ index: Int) throws(EngineError) -> Tensor {
    switch plan.program.outputs[index] {
    case .view(let view): return try tensor(view)
    case .slot(let id):
      guard let tensor = slots[id] else { preconditionFailure("no run yet") }
      return tensor
    case .constant(let tensor): return tensor
    }
  }

  // MARK: Running

  func run(crew: Crew) throws(EngineError) {
    try prepare(threads: crew.threadCount)
    slots.removeAll(keepingCapacity: true)
    for segment in plan.segments {
      switch segment {
      case .plan(let first, let count):
        let part = unsafe plan.cPlan(first: first, count: count)
        unsafe profile.withUnsafeMutableBufferPointer { counters in
          unsafe bases.withUnsafeBufferPointer { bases in
            let nanoseconds =
              unsafe isProfiling ? counters.baseAddress.map { unsafe $0 + first } : nil
            unsafe crew.run(part, bases: bases.baseAddress!, nanoseconds: nanoseconds)
          }
        }
      case .interpreted(let node): try interpret(node)
      }
    }
  }

  /// Scratch for as many threads as run. Allocates only when their number grows.
  private func prepare(threads: Int) throws(EngineError) {
    if bases.count >= threads { return }
    do {
      while scratch.count < threads {
        let bytes = try AlignedBytes(count: plan.memory.scratchBytes)
        scratch.append(bytes)
        unsafe bases.append(
          ock_bases(
            base: (
              arena.pointer.assumingMemoryBound(to: UInt8.self),
              plan.weights.pointer.assumingMemoryBound(to: UInt8.self),
              bytes.pointer.assumingMemoryBound(to: UInt8.self)
            )))
      }
    } catch {
      throw .tensor(error)
    }
  }

  private func interpret(_ step: InterpretedNode) throws(EngineError) {
    var inputs: [Tensor?] = []
    for place in step.inputs {
      switch place {
      case nil: inputs.append(nil)
      case .view(let view): inputs.append(try tensor(view))
      case .slot(let id): inputs.append(slots[id])
      case .constant(let tensor): inputs.append(tensor)
      }
    }
    let results: [Tensor]
    do {
      results = try evaluator.evaluate(step.node.op, inputs, outputCount: step.outputs.count)
    } catch {
      throw .invalid(OperatorError("\(step.node.op.name) '\(step.node.name)': \(error)"))
    }
    for (index, place) in step.outputs.enumerated() {
      switch place {
      case .view(let view):
        let result = results[index]
        guard result.type == .float32, result.count == view.count else {
          throw .invalid(
            OperatorError(
              "\(step.node.op.name) '\(step.node.name)' gave \(result.shape), not \(view.dimensions)"
            ))
        }
        let target = unsafe arena.pointer + plan.arenaOffset(view)
        unsafe result.bytes.withUnsafeBytes {
          unsafe target.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
        }
      case .slot(let id): slots[id] = results[index]
      case nil, .constant: break
      }
    }
  }

  /// A copy of a row-major view.
  private func tensor(_ view: StridedView) throws(EngineError) -> Tensor {
    let address = unsafe arena.pointer + plan.arenaOffset(view)
    let bytes = unsafe RawSpan(_unsafeStart: address, byteCount: view.count * 4)
    do {
      return try Tensor(.float32, Shape(view.dimensions), bytes: bytes)
    } catch {
      throw .tensor(error)
    }
  }
}
