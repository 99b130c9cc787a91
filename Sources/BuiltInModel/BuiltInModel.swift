import CBuiltInModel

/// The detector that is part of the program, and what is to be said of it.
package enum BuiltInModel {
  package static let name = "ocelli-draft"
  package static let licence = "Apache-2.0"
  /// Of the embedded file, in hexadecimal.
  package static let sha256 = "e9b4f83e79cc280e8f7e54e854741308803901dc0569083cafa2a8072339958e"

  /// Where it comes from and what it can do.
  package static let card = """
    ocelli-draft 384×224, int8: finds person, bicycle, car, motorcycle, bus and truck.
    0.97 million parameters, 415 million multiplications a picture, one ONNX file (QDQ).
    Trained by this project from random weights on street scenes, in three hours on two CPU cores:
    dense 3×3 convolutions, linear attention at strides 16 and 32, no anchors, no objectness.
    Average precision on 459 held-out street pictures: 29.8 (47.6 at IoU 0.5), person 21.5 (42.6).
    Weak on small or crowded people and on bicycles. Licence of the weights: Apache-2.0.
    """

  /// A copy of the file, byte for byte.
  package static var bytes: [UInt8] {
    let size = ocelli_built_in_model_size()
    return unsafe [UInt8](UnsafeBufferPointer(start: ocelli_built_in_model(), count: size))
  }
}
