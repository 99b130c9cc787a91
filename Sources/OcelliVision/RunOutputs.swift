import OcelliEngine
import OcelliTensor

/// A context's outputs as a head sees them. The session gives every output as float32; one whose
/// shape depends on data is copied after each run.
final class RunOutputs: HeadOutputs {
  private let context: Context
  private let name: String
  private let reads: [(output: Int, count: Int)]
  private var copies: [Tensor?]

  /// Errors: `.model` where an output cannot have the elements that the head reads.
  init(_ context: Context, _ session: Session, _ card: ModelCard) throws(VisionError) {
    self.context = context
    name = card.name
    let all = card.head.value.family?.reads ?? []
    copies = session.outputs.map { _ in nil }
    reads = all.filter { session.outputs[$0.output] == nil }
    for (output, count) in all where count > 0 {
      guard let port = session.outputs[output] else { continue }
      guard port.type == .float32, port.shape.count == count else {
        throw .model(
          "\(card.name): output \(port.name) is \(port.type.rawValue) \(port.shape); "
            + "the head \(card.head.value.name) reads \(count) numbers there")
      }
    }
  }

  /// Copies what depends on data after a run.
  /// Errors: `.inference` without memory, and where an output has not the elements that are read.
  func refresh() throws(VisionError) {
    for (output, count) in reads {
      let tensor: Tensor
      do {
        tensor = try context.output(output)
      } catch {
        throw .inference("\(name): output \(output): \(error)")
      }
      guard tensor.type == .float32, count == 0 || tensor.count == count else {
        throw .inference(
          "\(name): output \(output) has \(tensor.count) elements of \(tensor.type.rawValue); "
            + "the head reads \(count) of float32")
      }
      copies[output] = tensor
    }
  }

  func withOutput<R>(_ index: Int, _ body: (Span<Float>) -> R) -> R {
    if let copy = copies[index] { return body(copy.span(of: Float.self)) }
    return context.withOutput(index, of: Float.self, body)
  }
}
