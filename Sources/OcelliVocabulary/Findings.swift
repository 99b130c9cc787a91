/// One object in one picture.
package struct Detection: Sendable, Equatable {
  package var classID: Int
  /// The class's name where the model tells one.
  package var label: String?
  /// 0…1.
  package var confidence: Float
  package var box: PixelBox
  /// Key points in pixels of the picture with a confidence each, where the model gives them.
  package var keypoints: [Keypoint]
  /// The corners of a closed outline tighter than the box, where the model gives one.
  package var polygon: [PixelPoint]
  /// The points of an open line (a lane), where the object is one.
  package var line: [PixelPoint]
  /// Which pixels of the picture belong to it, where the model tells.
  package var mask: RunLengthMask?

  package init(
    classID: Int, label: String?, confidence: Float, box: PixelBox, keypoints: [Keypoint] = [],
    polygon: [PixelPoint] = [], line: [PixelPoint] = [], mask: RunLengthMask? = nil
  ) {
    self.classID = classID
    self.label = label
    self.confidence = confidence
    self.box = box
    self.keypoints = keypoints
    self.polygon = polygon
    self.line = line
    self.mask = mask
  }
}

/// A named place in a picture. Units: pixels; confidence 0…1, nil where the model gives none.
package struct Keypoint: Sendable, Equatable {
  package var x: Float
  package var y: Float
  package var confidence: Float?

  package init(x: Float, y: Float, confidence: Float?) {
    self.x = x
    self.y = y
    self.confidence = confidence
  }
}

/// A place in a picture. Units: pixels.
package struct PixelPoint: Sendable, Equatable {
  package var x: Float
  package var y: Float

  package init(x: Float, y: Float) {
    self.x = x
    self.y = y
  }
}

/// One class of a classifier, best first in a list.
package struct Classification: Sendable, Equatable {
  package var classID: Int
  package var label: String?
  /// 0…1.
  package var confidence: Float

  package init(classID: Int, label: String?, confidence: Float) {
    self.classID = classID
    self.label = label
    self.confidence = confidence
  }
}

/// An output of a model without a known head, summed up.
package struct RawOutput: Sendable, Equatable {
  package var name: String
  package var shape: [Int]
  /// The element type in NumPy's words (`float32`).
  package var type: String
  package var minimum: Double
  package var maximum: Double
  /// Row-major; empty where the values would not fit a line.
  package var values: [Float]

  package init(
    name: String, shape: [Int], type: String, minimum: Double, maximum: Double, values: [Float]
  ) {
    self.name = name
    self.shape = shape
    self.type = type
    self.minimum = minimum
    self.maximum = maximum
    self.values = values
  }
}

/// What a model read in one picture.
package struct ReadText: Sendable, Equatable {
  /// The numbers of the symbols, repetitions and blanks removed.
  package var symbols: [Int]
  /// The symbols as text, where their names are known.
  package var text: String?
  /// The mean over the symbols, 0…1; 0 where nothing was read.
  package var confidence: Float
  /// What a second output says of the same picture (a plate's colour), best first.
  package var attributes: [Classification]

  package init(
    symbols: [Int], text: String?, confidence: Float, attributes: [Classification] = []
  ) {
    self.symbols = symbols
    self.text = text
    self.confidence = confidence
    self.attributes = attributes
  }
}

/// What a model found in one picture.
package enum Findings: Sendable, Equatable {
  case objects([Detection])
  case classes([Classification])
  /// A mask for each class that has pixels.
  case mask([ClassMask])
  case text(ReadText)
  case embedding([Float])
  case outputs([RawOutput])
}
