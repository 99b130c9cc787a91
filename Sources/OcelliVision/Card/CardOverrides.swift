/// What the user says about a model; it wins over every conclusion.
package struct CardOverrides: Sendable {
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

  package init(
    head: String? = nil, size: InputSize? = nil, layout: TensorLayout? = nil,
    color: ColorOrder? = nil, mean: [Float]? = nil, scale: [Float]? = nil,
    resize: ResizeMode? = nil, pad: Float? = nil, labels: [String]? = nil
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
  }

  /// Errors: `.model` for numbers that no preprocessing can use.
  func check() throws(VisionError) {
    for (flag, values) in [("--mean", mean), ("--scale", scale)] {
      guard let values else { continue }
      guard values.count == 3, values.allSatisfy(\.isFinite) else {
        throw .model("\(flag) takes three finite numbers, one a colour in the input's order")
      }
    }
    if let size, !(1...8192).contains(size.width) || !(1...8192).contains(size.height) {
      throw .model("--size \(size): each side must lie between 1 and 8192")
    }
    if let pad, !(0...255).contains(pad) { throw .model("--pad takes a grey level, 0 to 255") }
    if let head, !ModelCard.headNames.contains(head) {
      throw .model(
        "--head \(head): no such head; there are \(ModelCard.headNames.joined(separator: ", "))")
    }
  }
}
