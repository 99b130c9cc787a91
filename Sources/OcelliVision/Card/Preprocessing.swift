/// The order of a tensor's axes behind the batch.
package enum TensorLayout: String, Sendable, Encodable, CaseIterable { case nchw, nhwc }

/// The order of the colours in a model's input.
package enum ColorOrder: String, Sendable, Encodable, CaseIterable {
  case rgb, bgr
  /// One channel of brightness.
  case grey

  var channels: Int { self == .grey ? 1 : 3 }
}

/// How a picture is brought to the size of the input.
package enum ResizeMode: String, Sendable, Encodable, CaseIterable {
  /// Scaled to fit, the rest padded evenly on both sides.
  case center = "letterbox-center"
  /// Scaled to fit, put top left, the rest padded right and below.
  case topLeft = "letterbox-top-left"
  /// Both sides scaled on their own; nothing is padded.
  case stretch
  /// The middle of the picture in the input's shape, seven eighths of what would fit; the rest is
  /// not seen. ImageNet's classifiers are evaluated so.
  case crop = "crop-center"

  /// Whether a part of the input may stay empty.
  var pads: Bool { self == .center || self == .topLeft }
}

/// The extent of a picture input. Units: pixels.
package struct InputSize: Sendable, Equatable, CustomStringConvertible {
  package var width: Int
  package var height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  package var description: String { "\(width)×\(height)" }
}

/// What is done to a picture before the model sees it.
package struct Preprocessing: Sendable {
  package var size: Conclusion<InputSize>
  package var layout: Conclusion<TensorLayout>
  package var color: Conclusion<ColorOrder>
  /// Subtracted from each colour in the input's own order. Units: grey levels, 0…255.
  package var mean: Conclusion<[Float]>
  /// Multiplied with each colour after the mean is gone, in the input's own order.
  package var scale: Conclusion<[Float]>
  package var resize: Conclusion<ResizeMode>
  /// What fills the rest of a letterbox, before mean and scale. Units: grey levels.
  package var pad: Conclusion<Float>
  /// A letterbox's scaled size is cut to whole pixels where the family's own tools do so; else rounded.
  package var cutsSize: Bool
}

/// What a family of models is known to want of its pictures.
struct PictureConvention: Sendable, Equatable {
  var color: ColorOrder
  var mean: [Float]
  var scale: [Float]
  var resize: ResizeMode
  var pad: Float
  var cutsSize = false

  /// Values 0…255 as they are.
  static func plain(
    _ color: ColorOrder, _ resize: ResizeMode, pad: Float, cutsSize: Bool = false
  ) -> PictureConvention {
    PictureConvention(
      color: color, mean: [0, 0, 0], scale: [1, 1, 1], resize: resize, pad: pad,
      cutsSize: cutsSize)
  }

  /// Values 0…1.
  static func unit(_ color: ColorOrder, _ resize: ResizeMode, pad: Float) -> PictureConvention {
    PictureConvention(
      color: color, mean: [0, 0, 0], scale: [1 / 255, 1 / 255, 1 / 255], resize: resize, pad: pad)
  }

  /// Values −1…1.
  static func signed(
    _ color: ColorOrder, _ resize: ResizeMode, pad: Float = 0
  ) -> PictureConvention {
    PictureConvention(
      color: color, mean: [127.5, 127.5, 127.5], scale: [1 / 127.5, 1 / 127.5, 1 / 127.5],
      resize: resize, pad: pad)
  }

  /// The statistics that ImageNet classifiers are trained with, at R, G, B.
  static let imageNet = PictureConvention(
    color: .rgb, mean: [123.675, 116.28, 103.53],
    scale: [1 / 58.395, 1 / 57.12, 1 / 57.375], resize: .stretch, pad: 0)
}
