/// What somebody says about a model; it wins over every conclusion.
package struct CardOverrides: Sendable, Equatable {
  /// The name of a head: `ModelCard.headNames`.
  package var head: String?
  package var size: InputSize?
  package var layout: TensorLayout?
  package var color: ColorOrder?
  /// Units: grey levels, one for each colour in the input's own order.
  package var mean: [Float]?
  package var scale: [Float]?
  package var resize: ResizeMode?
  /// Units: grey levels.
  package var pad: Float?
  package var labels: [String]?
  /// Names of the classes of a second output.
  package var attributes: [String]?
  /// The overlap to suppress at.
  package var overlap: Float?
  /// No convolution is rearranged (`SessionOptions.exact`).
  package var exact: Bool

  package init(
    head: String? = nil, size: InputSize? = nil, layout: TensorLayout? = nil,
    color: ColorOrder? = nil, mean: [Float]? = nil, scale: [Float]? = nil,
    resize: ResizeMode? = nil, pad: Float? = nil, labels: [String]? = nil,
    attributes: [String]? = nil, overlap: Float? = nil, exact: Bool = false
  ) {
    self.head = head
    self.size = size
    self.layout = layout
    self.color = color
    self.mean = mean
    self.scale = scale
    self.resize = resize
    self.pad = pad
    self.labels = labels
    self.attributes = attributes
    self.overlap = overlap
    self.exact = exact
  }

  /// All that was concluded of a model, so that another file of it is taken for the same.
  package init(pinning card: ModelCard) {
    let p = card.preprocessing
    self.init(
      head: card.head.value.name, size: p.size.value, layout: p.layout.value,
      color: p.color.value, mean: p.mean.value, scale: p.scale.value, resize: p.resize.value,
      pad: p.pad.value, labels: card.labels.value.isEmpty ? nil : card.labels.value,
      attributes: card.attributes.isEmpty ? nil : card.attributes, overlap: card.overlap.value)
  }

  /// `prefix`: what stands before a key in a message (`--`, or who says it).
  /// Errors: `.model` for numbers that no preprocessing can use.
  func check(_ prefix: String) throws(VisionError) {
    for (key, values) in [("mean", mean), ("scale", scale)] {
      guard let values else { continue }
      guard values.count == 3, values.allSatisfy(\.isFinite) else {
        throw .model(
          "\(prefix)\(key) takes three finite numbers, one a colour in the input's order")
      }
    }
    if let size, !(1...8192).contains(size.width) || !(1...8192).contains(size.height) {
      throw .model("\(prefix)size \(size): each side must lie between 1 and 8192")
    }
    if let pad, !(0...255).contains(pad) {
      throw .model("\(prefix)pad takes a grey level, 0 to 255")
    }
    if let overlap, !(0...1).contains(overlap) {
      throw .model("\(prefix)iou lies between 0 and 1")
    }
    if let head, !ModelCard.headNames.contains(head) {
      throw .model(
        "\(prefix)head \(head): no such head; there are "
          + ModelCard.headNames.joined(separator: ", "))
    }
  }
}
