package import OcelliGraph
package import OcelliTensor

/// A port of a model as a caller sees it: name, element type, shape; row-major in the model's own layout.
package struct Port: Sendable, Equatable {
  package let name: String
  package let type: ElementType
  package let shape: Shape
}

/// What a caller may choose when a session is made.
package struct SessionOptions: Sendable {
  /// Extents for the symbolic axes of input 0, in its own layout; 1 for a batch that is not given.
  package var inputShape: [Int?]
  /// Input 0 is filled by the caller as NHWC although the model declares NCHW: no layout change is run.
  package var channelsLastInput: Bool

  package init(inputShape: [Int?] = [], channelsLastInput: Bool = false) {
    self.inputShape = inputShape
    self.channelsLastInput = channelsLastInput
  }
}

/// Why a model cannot be made ready or run.
package enum EngineError: Error, CustomStringConvertible {
  /// A stage refused the graph: stage, node and reason in words.
  case invalid(String)
  /// Every node that cannot be run, one a line.
  case unsupported([String])
  case tensor(TensorError)
  case inputMismatch(String)

  package var description: String {
    switch self {
    case .invalid(let reason): reason
    case .unsupported(let nodes): "the model cannot run here: " + nodes.joined(separator: "; ")
    case .tensor(let error): error.description
    case .inputMismatch(let reason): reason
    }
  }
}

/// A model made ready: the immutable plan, shared by all who run it.
package final class Session: Sendable {
  package let inputs: [Port]
  package let outputs: [Port]

  package init(_ graph: Graph, options: SessionOptions = SessionOptions()) throws(EngineError) {
    preconditionFailure("TEMPORARY")
  }

  /// Memory for one run at a time: arena and scratch. It belongs to whoever runs.
  package func makeContext() throws(EngineError) -> Context { preconditionFailure("TEMPORARY") }

  /// Runs the plan on the crew's threads and the caller's. Context inputs → context outputs.
  package func run(_ context: Context, crew: Crew) throws(EngineError) {
    preconditionFailure("TEMPORARY")
  }
}

/// The memory of a run. Not shared: one thread at a time.
package final class Context {
  package init() {}

  /// Lends input `index` to be written. Shape: the port's; NHWC where the session was made so.
  package func withInput<E: TensorElement, R>(
    _ index: Int, of type: E.Type, _ body: (inout MutableSpan<E>) -> R
  ) -> R { preconditionFailure("TEMPORARY") }

  /// Lends output `index` of the last run. Shape: the port's, row-major.
  package func withOutput<E: TensorElement, R>(
    _ index: Int, of type: E.Type, _ body: (Span<E>) -> R
  ) -> R { preconditionFailure("TEMPORARY") }

  /// A copy of output `index` of the last run.
  package func output(_ index: Int) -> Tensor { preconditionFailure("TEMPORARY") }
}

/// The threads of inference: a fixed number, asleep between runs.
package final class Crew: Sendable {
  package let threadCount: Int

  /// `threadCount` 0: the cores that affinity and the cgroup quota leave us.
  package init(threadCount: Int = 0) { self.threadCount = max(1, threadCount) }
}
