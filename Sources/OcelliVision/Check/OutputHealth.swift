package import OcelliEngine
import OcelliGraph
package import OcelliTensor

/// What the numbers of one output are like.
package struct OutputHealth: Sendable, Equatable {
  package var name: String
  package var shape: [Int]
  /// Of the finite numbers; 0 where there are none.
  package var minimum: Double
  package var maximum: Double
  /// How many are no finite numbers.
  package var strange: Int

  package init(name: String, _ tensor: Tensor) {
    self.name = name
    shape = tensor.shape.dimensions
    var (low, high) = (Double.infinity, -Double.infinity)
    var count = 0
    tensor.forEach { value in
      if value.isFinite {
        low = min(low, value)
        high = max(high, value)
      } else {
        count += 1
      }
    }
    minimum = low.isFinite ? low : 0
    maximum = high.isFinite ? high : 0
    strange = count
  }
}

extension VisionModel {
  /// Runs the model on tensors instead of pictures: floats are `fill`, other inputs zeros.
  /// For models that take no pictures. Errors: `.inference`.
  package func outputs(
    crew: Crew, fill: () -> Float
  ) throws(VisionError) -> [(name: String, tensor: Tensor)] {
    do {
      let context = try session.makeContext()
      for (index, port) in session.inputs.enumerated() where port.type == .float32 {
        context.withInput(index, of: Float.self) { input in
          for place in input.indices { input[place] = fill() }
        }
      }
      try session.run(context, crew: crew)
      var outputs: [(name: String, tensor: Tensor)] = []
      for (index, value) in graph.outputs.enumerated() {
        outputs.append((graph[value].name, try context.output(index)))
      }
      return outputs
    } catch {
      throw .inference("\(card.name): \(error)")
    }
  }
}
