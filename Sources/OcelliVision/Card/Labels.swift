/// Reads and holds the names of classes.
package enum Labels {
  /// More names than any vision model has.
  package static let maximumCount = 65_536

  /// The names in a metadata value: a JSON array, a JSON or Python dictionary from numbers, or words
  /// between commas or line ends. nil where nothing can be read. A number without a name has "".
  package static func parse(_ text: String) -> [String]? {
    let trimmed = trim(text[...])
    guard let first = trimmed.first else { return nil }
    guard first == "[" || first == "{" || first == "(" else {
      let names = trimmed.split(whereSeparator: { $0 == "," || $0.isNewline }).map(trim)
      return names.isEmpty || names.count > maximumCount ? nil : names.map(String.init)
    }
    return parseQuoted(trimmed)
  }

  /// A file of labels: one a line, empty lines at the end dropped.
  package static func lines(_ text: String) -> [String] {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { String(trim($0)) }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private static func parseQuoted(_ text: Substring) -> [String]? {
    var names: [Int: String] = [:]
    var next = 0
    var digits = ""
    var rest = text.makeIterator()
    var pending = rest.next()
    while let character = pending {
      pending = rest.next()
      if character == "\"" || character == "'" {
        var word = ""
        while let inner = pending, inner != character {
          pending = rest.next()
          if inner == "\\", let escaped = pending {
            word.append(escaped)
            pending = rest.next()
          } else {
            word.append(inner)
          }
        }
        guard pending != nil else { return nil }  // no closing quote
        pending = rest.next()
        while pending == " " { pending = rest.next() }
        if pending == ":" {
          digits = word  // a JSON key
        } else {
          guard names.count < maximumCount else { return nil }
          names[next] = word
          next += 1
        }
      } else if character.isASCII, character.isNumber {
        digits.append(character)
      }
      if pending == ":" {
        guard let key = Int(digits), (0..<maximumCount).contains(key) else { return nil }
        next = key
        digits = ""
        pending = rest.next()
      }
    }
    guard let last = names.keys.max() else { return nil }
    return (0...last).map { names[$0] ?? "" }
  }

  private static func trim(_ text: Substring) -> Substring {
    var text = text
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }

  /// The 80 classes of COCO's detection task in their usual order.
  package static let coco: [String] = [
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog",
    "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
    "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
    "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich",
    "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
    "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote",
    "keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book",
    "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
  ]

  /// The 20 classes of Pascal VOC behind the background.
  package static let voc: [String] = [
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair",
    "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa",
    "train", "tvmonitor",
  ]
}
