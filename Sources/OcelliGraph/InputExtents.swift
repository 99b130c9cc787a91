import OcelliTensor

/// Finds the extents of a graph's inputs: what the file declares, what the caller gives, and that axes
/// of one name are one.
struct InputExtents {
  private let graph: Graph
  private let given: [[Int?]]
  /// What names stand for, as far as it is known.
  private var symbols: [String: Int] = [:]

  /// Errors: more shapes than inputs.
  init(_ graph: Graph, _ given: [[Int?]]) throws(OperatorError) {
    guard given.count <= graph.inputs.count else {
      throw OperatorError("\(given.count) shapes for \(graph.inputs.count) inputs")
    }
    self.graph = graph
    self.given = given
    for (index, extents) in given.enumerated() {
      for (axis, extent) in extents.enumerated() {
        guard let extent, let name = symbol(index, axis), symbols[name] == nil else { continue }
        symbols[name] = extent
      }
    }
    // A batch is one picture where nobody says otherwise.
    for index in graph.inputs.indices {
      guard let name = symbol(index, 0), symbols[name] == nil else { continue }
      symbols[name] = 1
    }
  }

  /// The shape of every input. Errors: an axis that stays open, extents that cannot be.
  func shapes() throws(OperatorError) -> [Shape] {
    var shapes: [Shape] = []
    for (index, input) in graph.inputs.enumerated() {
      do { shapes.append(try shape(index)) } catch {
        throw OperatorError("input \(graph[input].name.debugDescription): \(error)")
      }
    }
    return shapes
  }

  private func declared(_ index: Int) -> [Int?]? {
    index < graph.declaredInputs.count ? graph.declaredInputs[index] : nil
  }

  private func symbol(_ index: Int, _ axis: Int) -> String? {
    guard index < graph.inputSymbols.count, axis < graph.inputSymbols[index].count else {
      return nil
    }
    return graph.inputSymbols[index][axis]
  }

  private func wanted(_ index: Int) -> [Int?] { index < given.count ? given[index] : [] }

  private func shape(_ index: Int) throws(OperatorError) -> Shape {
    let wanted = wanted(index)
    guard let declared = declared(index) ?? (wanted.isEmpty ? nil : wanted) else {
      throw OperatorError("the model does not tell its number of axes; give its extents")
    }
    guard wanted.isEmpty || wanted.count == declared.count else {
      throw OperatorError("\(wanted.count) extents for \(declared.count) axes")
    }
    var dimensions: [Int] = []
    for (axis, extent) in declared.enumerated() {
      let given = axis < wanted.count ? wanted[axis] : nil
      if let extent, let given, extent != given {
        throw OperatorError("axis \(axis) is \(extent) in the model, not \(given)")
      }
      let name = symbol(index, axis)
      let bound = extent ?? given ?? name.flatMap { symbols[$0] } ?? (axis == 0 ? 1 : nil)
      guard let bound else {
        let word = name.map { " (\($0.debugDescription))" } ?? ""
        throw OperatorError("axis \(axis)\(word) has no extent in the model; give one")
      }
      dimensions.append(bound)
    }
    return try Shape.checked(dimensions)
  }
}
