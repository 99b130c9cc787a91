import OcelliEngine
import OcelliGraph
import OcelliTensor
import OcelliVision

/// A model made ready to be timed: its inputs are filled and stay as they are.
struct BenchCandidate {
  let name: String
  let session: Session
  let context: Context

  /// Inputs are a fixed pattern, or `tensors` from files, one for each input of the model.
  /// Errors: the model's, an input that is missing or wrong.
  init(
    _ model: ModelSource, _ notes: ModelNotes, size: InputSize?,
    tensors: [(name: String, path: String)] = [], exact: Bool = false
  ) throws(ToolError) {
    name = model.description
    if tensors.isEmpty {
      let (graph, shape) = try model.pictureGraph(size: size, notes: notes)
      do {
        session = try Session(graph, options: SessionOptions(inputShape: shape, exact: exact))
        context = try session.makeContext()
      } catch { throw ToolError(.badData, "\(model): \(error)") }
      fillWithPattern()
    } else {
      let graph = try model.graph()
      let inputs = try ModelRun.ordered(tensors, of: graph, model: model)
      do {
        session = try Session(
          graph,
          options: SessionOptions(
            inputShapes: inputs.map { $0.shape.dimensions }, exact: exact))
        context = try session.makeContext()
        for (index, tensor) in inputs.enumerated() { try context.setInput(index, to: tensor) }
      } catch { throw ToolError(.badData, "\(model): \(error)") }
    }
  }

  /// Inputs of other types than float32 stay zeros: numbers at random are no indices.
  private func fillWithPattern() {
    var numbers = Noise()
    for (index, port) in session.inputs.enumerated() where port.type == .float32 {
      context.withInput(index, of: Float.self) { input in
        for i in input.indices { input[i] = numbers.next() }
      }
    }
  }

  /// One inference. Returns: milliseconds. Errors: a node that fails on this input.
  func time(_ crew: Crew) throws(ToolError) -> Double {
    let start = Moment.now
    do { try session.run(context, crew: crew) } catch {
      throw ToolError(.badData, "\(name): \(error)")
    }
    return Double(Moment.now.wall - start.wall) / 1e6
  }
}
