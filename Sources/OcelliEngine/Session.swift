package import OcelliGraph
package import OcelliKernels
package import OcelliLowering
import OcelliReference
package import OcelliTensor

/// A port of a model as a caller sees it: name, element type, shape; row-major in the model's own layout.
package struct Port: Sendable, Equatable {
  package let name: String
  package let type: ElementType
  package let shape: Shape
}

/// What a caller may choose when a session is made.
package struct SessionOptions: Sendable {
  /// Extents of the inputs in the model's own layout, from the first one on, where the file leaves them
  /// open; nil keeps the file's.
  package var inputShapes: [[Int?]]
  /// Input 0 is filled by the caller as NHWC although the model declares NCHW: no layout change is run.
  /// It counts for an input that takes float32.
  package var channelsLastInput: Bool
  /// The caller fills floating and 8-bit inputs with float32 and reads every output as float32,
  /// whatever types the file declares; what it quantised is dequantised.
  package var floatPorts: Bool
  package var chains: ChainPolicy
  package var tier: KernelTier
  /// Every sum is that of the operator's definition: no convolution is rearranged.
  package var exact: Bool

  package init(
    inputShapes: [[Int?]] = [], channelsLastInput: Bool = false, floatPorts: Bool = false,
    chains: ChainPolicy = .above(512 << 10), tier: KernelTier = .current, exact: Bool = false
  ) {
    self.inputShapes = inputShapes
    self.channelsLastInput = channelsLastInput
    self.floatPorts = floatPorts
    self.chains = chains
    self.tier = tier
    self.exact = exact
  }

  /// Options for a model whose one picture input has these extents; empty keeps the file's.
  package init(
    inputShape: [Int?], channelsLastInput: Bool = false, floatPorts: Bool = false,
    chains: ChainPolicy = .above(512 << 10), tier: KernelTier = .current, exact: Bool = false
  ) {
    self.init(
      inputShapes: inputShape.isEmpty ? [] : [inputShape], channelsLastInput: channelsLastInput,
      floatPorts: floatPorts, chains: chains, tier: tier, exact: exact)
  }
}

/// The stages that a model passes on its way to a plan. Each can be stopped at and dumped.
package enum Stage: String, Sendable, CaseIterable {
  case `import`, simplify, lower, plan
}

/// A model made ready: the immutable plan, shared by all who run it.
package final class Session: Sendable {
  package let inputs: [Port]
  /// nil where the shape of an output depends on what the model sees; `Context.output` tells it then.
  package let outputs: [Port?]
  package let plan: Plan

  /// Errors: `.invalid` where a node cannot be right or cannot be run, `.tensor` without memory.
  package convenience init(_ graph: Graph, options: SessionOptions = SessionOptions())
    throws(EngineError)
  {
    try self.init(simplified: Self.simplified(graph, options: options), options: options)
  }

  /// From a graph whose facts are known and whose passes have run. Errors: as above.
  package init(simplified graph: Graph, options: SessionOptions) throws(EngineError) {
    let program = try Self.program(graph, options: options)
    do {
      plan = try Plan(program, tier: options.tier)
    } catch {
      throw .tensor(error)
    }
    guard plan.memory.arenaBytes <= Self.arenaLimit else {
      throw .invalid(
        OperatorError(
          "the model's activations need \(plan.memory.arenaBytes >> 20) MiB; at most"
            + " \(Self.arenaLimit >> 20) are given (a smaller --size needs less)"))
    }
    func port(_ id: ValueID) -> Port? {
      let value = graph[id]
      guard let fact = value.fact, let shape = fact.shape else { return nil }
      return Port(name: value.name, type: fact.type, shape: shape)
    }
    inputs = graph.inputs.compactMap(port)
    outputs = graph.outputs.map(port)
  }

  /// What the activations of one run may take. Units: bytes.
  package static let arenaLimit = 1 << 30

  /// The graph with its shapes bound and simplified: the second stage.
  package static func simplified(_ graph: Graph, options: SessionOptions) throws(EngineError)
    -> Graph
  {
    do {
      var graph = graph
      try graph.bindInputs(options.inputShapes)
      if options.floatPorts { graph = try graph.withFloatPorts() }
      return try Simplify.run(graph, evaluator: ReferenceEvaluator())
    } catch {
      throw .invalid(error)
    }
  }

  /// The kernels, chains formed: the third stage.
  package static func program(_ graph: Graph, options: SessionOptions) throws(EngineError)
    -> Program
  {
    do {
      let lowered = try Lowering.lower(
        graph,
        options: LoweringOptions(
          tier: options.tier, channelsLastInput: options.channelsLastInput,
          winograd: !options.exact))
      return Chains.form(lowered, policy: options.chains)
    } catch {
      throw .invalid(error)
    }
  }

  /// What stands after a stage, as text.
  package static func dump(_ graph: Graph, stage: Stage, options: SessionOptions)
    throws(EngineError) -> String
  {
    if stage == .import { return graph.dump() }
    let graph = try simplified(graph, options: options)
    if stage == .simplify { return graph.dump() }
    let program = try program(graph, options: options)
    if stage == .lower { return program.dump() }
    do {
      return try Plan(program, tier: options.tier).dump()
    } catch {
      throw .tensor(error)
    }
  }

  /// What tensors outside of the arena may take at one time, those whose shape depends on data.
  /// Units: bytes.
  package static let dataLimit = arenaLimit

  /// Memory for one run at a time: arena and scratch. It belongs to whoever runs. `dataLimit`: of what
  /// depends on data. Errors: `.tensor` without memory.
  package func makeContext(dataLimit: Int = Session.dataLimit) throws(EngineError) -> Context {
    do {
      return try Context(plan, inputs: inputs, dataLimit: dataLimit)
    } catch {
      throw .tensor(error)
    }
  }

  /// Runs the plan on the crew's threads and the caller's: the context's inputs → its outputs.
  /// Errors: `.invalid` where a node that depends on data fails or runs too long, `.tensor` without
  /// memory for what it makes. The context can be run again after either.
  package func run(_ context: Context, crew: Crew) throws(EngineError) {
    precondition(context.plan === plan, "a context of another session")
    try context.run(crew: crew)
  }
}
