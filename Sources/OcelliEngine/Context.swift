import OcelliGraph
import OcelliKernels
import OcelliLowering
import OcelliPlumbing
import OcelliReference
package import OcelliTensor

/// The memory of a run. Not shared: one thread at a time.
@safe package final class Context {
  let plan: Plan
  private let ports: [Port]
  let arena: AlignedBytes
  /// One for each thread of the crew that ran last.
  var scratch: [AlignedBytes] = []
  var bases: [ock_bases] = []
  /// Inputs that no kernel reads: integers, halves, and what has no elements.
  var inputs: [ValueID: Tensor] = [:]
  /// What only reference operators read: integers, and tensors whose shape depends on data.
  var slots: [ValueID: Tensor] = [:]
  let evaluator: ReferenceEvaluator
  /// What the slots may take together. Units: bytes.
  let dataLimit: Int
  /// Nanoseconds of each step of the program, added up while `isProfiling`.
  package internal(set) var profile: [Int64]
  package var isProfiling = false
  let clock = SystemClock()

  init(_ plan: Plan, inputs ports: [Port], dataLimit: Int) throws(TensorError) {
    self.plan = plan
    self.ports = ports
    self.dataLimit = dataLimit
    evaluator = ReferenceEvaluator(byteLimit: dataLimit)
    arena = try AlignedBytes(count: plan.memory.arenaBytes + AlignedBytes.alignment)
    profile = [Int64](repeating: 0, count: plan.program.steps.count)
    for (place, port) in zip(plan.program.inputs, ports) {
      guard case .slot(let id) = place else { continue }
      inputs[id] = try Tensor(port.type, port.shape)
    }
  }

  /// Lends input `index` to be written. Shape: the port's; NHWC where the session was made so.
  /// Traps: where `E` is not the port's type.
  package func withInput<E: TensorElement, R>(
    _ index: Int, of type: E.Type, _ body: (inout MutableSpan<E>) -> R
  ) -> R {
    switch plan.program.inputs[index] {
    case .view(let view):
      precondition(E.elementType == plan.program.type(of: view), "the input is of another type")
      let address = unsafe arena.pointer + plan.arenaOffset(view)
      var span = unsafe MutableSpan<E>(
        _unsafeStart: address.assumingMemoryBound(to: E.self), count: view.count)
      return body(&span)
    case .slot(let id):
      // Taken out, so that nobody shares it while it is written.
      guard var tensor = inputs.removeValue(forKey: id) else {
        preconditionFailure("an input is written while it is written")
      }
      var span = tensor.mutableSpan(of: E.self)
      let result = body(&span)
      inputs[id] = tensor
      return result
    case .constant: preconditionFailure("an input is no constant")
    }
  }

  /// Copies a tensor into input `index`. Errors: `.inputMismatch` where type or shape are not the port's.
  package func setInput(_ index: Int, to tensor: Tensor) throws(EngineError) {
    let port = ports[index]
    guard tensor.type == port.type, tensor.shape == port.shape else {
      throw .inputMismatch(
        "input \(port.name.debugDescription) takes \(Fact(port.type, port.shape)), not "
          + "\(Fact(tensor.type, tensor.shape))")
    }
    switch plan.program.inputs[index] {
    case .slot(let id): inputs[id] = tensor
    case .constant: preconditionFailure("an input is no constant")
    case .view(let view):
      switch tensor.type {
      case .uint8: fill(index, view, tensor.span(of: UInt8.self))
      default: fill(index, view, tensor.span(of: Float.self))
      }
    }
  }

  /// Elements in the model's order to wherever the port has them.
  private func fill<E: TensorElement>(_ index: Int, _ view: StridedView, _ elements: Span<E>) {
    withInput(index, of: E.self) { input in
      view.forEachPlace { element, place in input[place] = elements[element] }
    }
  }

  /// Lends output `index` of the last run. Shape: the port's, row-major.
  /// Traps: where `E` is not the output's type, or the last run did not end well.
  package func withOutput<E: TensorElement, R>(
    _ index: Int, of type: E.Type, _ body: (Span<E>) -> R
  ) -> R {
    switch plan.program.outputs[index] {
    case .view(let view):
      precondition(E.elementType == plan.program.type(of: view), "the output is of another type")
      let address = unsafe arena.pointer + plan.arenaOffset(view)
      let span = unsafe Span<E>(
        _unsafeStart: address.assumingMemoryBound(to: E.self), count: view.count)
      return body(span)
    case .slot(let id):
      guard let tensor = slots[id] ?? inputs[id] else { preconditionFailure("no run yet") }
      return body(tensor.span(of: E.self))
    case .constant(let tensor):
      return body(tensor.span(of: E.self))
    }
  }

  /// A copy of output `index` of the last run, in the shape that it had there.
  /// Errors: `.tensor` without memory. Traps: where the last run did not end well.
  package func output(_ index: Int) throws(EngineError) -> Tensor {
    switch plan.program.outputs[index] {
    case .view(let view): return try tensor(view)
    case .slot(let id):
      guard let tensor = slots[id] ?? inputs[id] else { preconditionFailure("no run yet") }
      return tensor
    case .constant(let tensor): return tensor
    }
  }

  /// A copy of a row-major view.
  func tensor(_ view: StridedView) throws(EngineError) -> Tensor {
    let address = unsafe arena.pointer + plan.arenaOffset(view)
    let type = plan.program.type(of: view)
    let bytes = unsafe RawSpan(_unsafeStart: address, byteCount: view.count * type.size)
    do {
      return try Tensor(type, Shape(view.dimensions), bytes: bytes)
    } catch {
      throw .tensor(error)
    }
  }
}
