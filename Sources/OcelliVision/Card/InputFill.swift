package import OcelliTensor

/// What an input that is no picture gets, the same for every picture.
package struct InputFill: Sendable, Equatable {
  package var name: String
  package var type: ElementType
  package var shape: [Int]
  /// Repeated over the tensor.
  package var values: [Float]
  package var reason: String

  package init(name: String, type: ElementType, shape: [Int], values: [Float], reason: String) {
    self.name = name
    self.type = type
    self.shape = shape
    self.values = values
    self.reason = reason
  }

  /// `zeros`, or the numbers.
  var words: String {
    values.allSatisfy { $0 == 0 } ? "zeros" : values.map { "\($0)" }.joined(separator: " ")
  }

  /// The filling of an input by its name; nil where nobody knows what belongs there.
  /// `size`: of the picture's input. An extent that the file leaves open is 1, or the picture's.
  static func conclude(_ port: ModelFacts.Port, size: InputSize) -> InputFill? {
    let name = port.name.lowercased()
    guard let extents = port.extents else { return nil }
    var shape = extents.map { $0 ?? 1 }
    func fill(_ values: [Float], _ reason: String) -> InputFill {
      InputFill(name: port.name, type: port.type, shape: shape, values: values, reason: reason)
    }
    if name.contains("mask") {
      if extents.count >= 3 {
        if extents[extents.count - 2] == nil { shape[extents.count - 2] = size.height }
        if extents[extents.count - 1] == nil { shape[extents.count - 1] = size.width }
      }
      // A transposed reading of the same word: HuggingFace's masks say where the picture is.
      let isPixelMask = name.contains("pixel")
      return isPixelMask
        ? fill([1], "a pixel mask of ones: the picture fills the input")
        : fill([0], "a mask of zeros: the picture fills the input")
    }
    let (width, height) = (Float(size.width), Float(size.height))
    if name.contains("orig_target_size"), shape.last == 2 {
      return fill([width, height], "boxes are wanted in pixels of the input: its width and height")
    }
    if name == "im_shape" || name == "image_shape", shape.last == 2 {
      return fill([height, width], "the input's own height and width")
    }
    if name == "scale_factor", shape.last == 2 {
      return fill([1, 1], "boxes are wanted in pixels of the input")
    }
    return nil
  }
}
