import OcelliEngine
import OcelliPicture
import OcelliTensor
import OcelliVocabulary

/// The way of a picture into a context, and of boxes back. It remembers the picture it saw last.
struct PictureInput {
  private let size: InputSize
  /// The layout that the context's input has, which need not be the model's.
  private let layout: TensorLayout
  private var letterbox: Letterbox
  private var geometry: LetterboxGeometry?

  init(_ preprocessing: Preprocessing, layout: TensorLayout) {
    size = preprocessing.size.value
    self.layout = layout
    let fit: LetterboxFit =
      switch preprocessing.resize.value {
      case .center: .center
      case .topLeft: .topLeft
      case .stretch: .stretch
      }
    letterbox = Letterbox(
      LetterboxSpecification(
        width: size.width, height: size.height, fit: fit,
        rounding: preprocessing.cutsSize ? .down : .nearest,
        layout: layout == .nchw ? .nchw : .nhwc,
        channels: preprocessing.color.value == .rgb ? .rgb : .bgr,
        mean: preprocessing.mean.value, scale: preprocessing.scale.value,
        pad: preprocessing.pad.value))
  }

  /// Fills the context's input.
  mutating func load(_ picture: borrowing PictureView, into context: Context) {
    let plan = letterbox.plan(for: picture)
    let rows = 0..<size.height
    context.withInput(0, of: Float.self) { plan.fill(&$0, rows: rows, from: picture) }
    geometry = plan.geometry
  }

  /// A copy of what the context's input holds. Shape: `[1, 3, H, W]`. Errors: without memory.
  func copy(of context: Context) throws(VisionError) -> Tensor {
    let plane = size.width * size.height
    let values = context.withInput(0, of: Float.self) { input in
      let input = input.span
      return (0..<3 * plane).map { index in
        layout == .nchw ? input[index] : input[index % plane * 3 + index / plane]
      }
    }
    do {
      return try Tensor(values, shape: [1, 3, size.height, size.width])
    } catch {
      throw .picture("the input cannot be copied: \(error)")
    }
  }

  /// A box of the input in pixels of the picture, clipped to it.
  func place(_ box: PixelBox) -> PixelBox { geometry?.toSource(box) ?? box }

  /// A point of the input in pixels of the picture.
  func place(_ point: Keypoint) -> Keypoint {
    guard let place = geometry?.toSource(x: point.x, y: point.y) else { return point }
    return Keypoint(x: place.x, y: place.y, confidence: point.confidence)
  }
}
