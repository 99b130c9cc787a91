import OcelliGraph
import OcelliKernels
import OcelliLowering
import OcelliPlumbing
import OcelliReference
import OcelliTensor

extension Context {
  func run(crew: Crew) throws(EngineError) {
    try prepare(threads: crew.threadCount)
    slots.removeAll(keepingCapacity: true)
    var step = 0
    for segment in plan.segments {
      switch segment {
      case .plan(let first, let count):
        let part = unsafe plan.cPlan(first: first, count: count)
        unsafe profile.withUnsafeMutableBufferPointer { counters in
          unsafe bases.withUnsafeBufferPointer { bases in
            let nanoseconds =
              unsafe isProfiling ? counters.baseAddress.map { unsafe $0 + step } : nil
            unsafe crew.run(part, bases: bases.baseAddress!, nanoseconds: nanoseconds)
          }
        }
        step += count
      case .interpreted(let node):
        let start = isProfiling ? clock.nanoseconds : 0
        do { try interpret(node) } catch {
          // Half a run has no outputs.
          slots.removeAll()
          throw error
        }
        if isProfiling { profile[step] += clock.nanoseconds - start }
        step += 1
      }
    }
  }

  /// Sets the profile to zero.
  package func resetProfile() {
    for step in profile.indices { profile[step] = 0 }
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
    var arguments: [Tensor?] = []
    for place in step.inputs {
      switch place {
      case nil: arguments.append(nil)
      case .view(let view): arguments.append(try tensor(view))
      case .slot(let id): arguments.append(slots[id] ?? inputs[id])
      case .constant(let tensor): arguments.append(tensor)
      }
    }
    let results: [Tensor]
    do {
      results = try evaluator.evaluate(
        step.node.op, arguments, outputCount: step.outputs.count)
    } catch {
      throw .invalid(OperatorError("\(step.node.label): \(error)"))
    }
    for (place, result) in zip(step.outputs, results) {
      switch place {
      case .view(let view): try store(result, view, step.node)
      case .slot(let id): slots[id] = result
      case nil, .constant: break
      }
    }
    for id in step.lastReads { slots[id] = nil }
    try checkSlots(step.node)
  }

  private func store(_ result: Tensor, _ view: StridedView, _ node: Node) throws(EngineError) {
    let type = plan.program.type(of: view)
    guard result.type == type, result.shape.dimensions == view.dimensions else {
      throw .invalid(
        OperatorError(
          "\(node.label) made \(Fact(result.type, result.shape)) where "
            + "\(Fact(type, Shape(view.dimensions))) is due"))
    }
    let target = unsafe arena.pointer + plan.arenaOffset(view)
    unsafe result.bytes.withUnsafeBytes {
      unsafe target.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
    }
  }

  private func checkSlots(_ node: Node) throws(EngineError) {
    let bytes = slots.values.reduce(0) { $0 + $1.byteCount }
    guard bytes <= dataLimit else {
      throw .invalid(
        OperatorError(
          "\(node.label): what depends on data takes \(bytes >> 20) MiB; at most "
            + "\(dataLimit >> 20) are given"))
    }
  }
}
