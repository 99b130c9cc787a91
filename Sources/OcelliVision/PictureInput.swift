import OcelliEngine
import OcelliPicture
import OcelliTensor
import OcelliVocabulary

/// The way of a picture into a context. It remembers where the last picture lies in the input.
struct PictureInput {
  private let size: InputSize
  private let channels: Int
  private let resize: ResizeMode
  /// Of the context's input: float32, but for int32, which the engine leaves to the caller.
  private let type: ElementType
  /// The layout that the context's input has, which need not be the model's.
  private let layout: TensorLayout
  private var letterbox: Letterbox
  /// The numbers of an input of int32 before they are rounded.
  private var staged: [Float] = []
  /// Where the last picture lies; nil before the first.
  private(set) var place: Placement?

  init(_ preprocessing: Preprocessing, type: ElementType, layout: TensorLayout) {
    size = preprocessing.size.value
    channels = preprocessing.color.value.channels
    resize = preprocessing.resize.value
    self.type = type == .int32 ? .int32 : .float32
    self.layout = layout
    let fit: LetterboxFit =
      switch resize {
      case .center: .center
      case .topLeft: .topLeft
      case .stretch, .crop: .stretch
      }
    letterbox = Letterbox(
      LetterboxSpecification(
        width: size.width, height: size.height, fit: fit,
        rounding: preprocessing.cutsSize ? .down : .nearest,
        layout: layout == .nchw ? .nchw : .nhwc,
        channels: LetterboxSpecification.Channels(preprocessing.color.value),
        mean: preprocessing.mean.value, scale: preprocessing.scale.value,
        pad: preprocessing.pad.value))
    if type == .int32 {
      staged = [Float](repeating: 0, count: size.width * size.height * channels)
    }
  }

  /// Fills the context's first input.
  mutating func load(_ picture: borrowing PictureView, into context: Context) {
    guard resize == .crop else {
      place = fill(context, from: picture).map(Placement.init)
      return
    }
    let part = CropRectangle(
      width: picture.width, height: picture.height, aspect: (size.width, size.height))
    let cropped = picture.cropped(
      left: part.left, top: part.top, width: part.width, height: part.height)
    place = fill(context, from: cropped).map {
      Placement(
        $0, left: part.left, top: part.top, width: picture.width, height: picture.height)
    }
  }

  private mutating func fill(
    _ context: Context, from picture: borrowing PictureView
  ) -> LetterboxGeometry? {
    let plan = letterbox.plan(for: picture)
    let rows = 0..<size.height
    guard type != .float32 else {
      context.withInput(0, of: Float.self) { plan.fill(&$0, rows: rows, from: picture) }
      return plan.geometry
    }
    var target = staged.mutableSpan
    plan.fill(&target, rows: rows, from: picture)
    copyStaged(into: context)
    return plan.geometry
  }

  private func copyStaged(into context: Context) {
    context.withInput(0, of: Int32.self) { input in
      for index in staged.indices {
        // Float holds no larger whole numbers exactly than these.
        let value = min(max(staged[index].rounded(.toNearestOrEven), -16_777_216), 16_777_216)
        input[index] = Int32(value)
      }
    }
  }

  /// A copy of the last picture's numbers in the model's own layout. What the model takes as 8-bit or
  /// half floats is rounded by the engine, behind this. Errors: without memory.
  func copy(of context: Context, layout wanted: TensorLayout) throws(VisionError) -> Tensor {
    let shape: Shape =
      wanted == .nchw
      ? [1, channels, size.height, size.width] : [1, size.height, size.width, channels]
    let plane = size.width * size.height
    let isSame = wanted == layout || channels == 1
    func place(_ index: Int) -> Int { isSame ? index : index % plane * channels + index / plane }
    let indices = 0..<channels * plane
    do {
      guard type == .int32 else {
        let values = context.withInput(0, of: Float.self) { input in
          let input = input.span
          return indices.map { input[place($0)] }
        }
        return try Tensor(values, shape: shape)
      }
      return try Tensor(indices.map { Int32(staged[place($0)]) }, shape: shape)
    } catch {
      throw .picture("the input cannot be copied: \(error)")
    }
  }
}

extension LetterboxSpecification.Channels {
  init(_ color: ColorOrder) {
    switch color {
    case .rgb: self = .rgb
    case .bgr: self = .bgr
    case .grey: self = .grey
    }
  }
}
