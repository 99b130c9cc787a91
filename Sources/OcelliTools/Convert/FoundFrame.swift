import OcelliEvents

/// What a `frame` line says, as a converter reads it.
struct FoundFrame {
  /// One object; its numbers are those of the line.
  struct Object {
    let classID: Int
    let label: String?
    let confidence: Double
    /// Units: pixels; x1, y1, x2, y2. nil for a class of the whole picture.
    let box: (x1: Double, y1: Double, x2: Double, y2: Double)?
    let trackID: Int?
    /// Of two or three numbers each.
    let keypoints: [[Double]]
    /// x, y, x, y, … of an outline of at least three points.
    let polygon: [Double]
    /// COCO's run-length encoding, as it stands in the line.
    let mask: Mask?
  }

  /// COCO's compressed run-length encoding of a picture.
  struct Mask {
    /// Units: pixels.
    let height: Int
    let width: Int
    let counts: String
  }

  let stream: String
  let session: Int
  let frame: Int
  /// Units: seconds of the session.
  let pts: Double
  let time: String?
  let path: String?
  /// Units: pixels.
  let width: Int
  let height: Int
  /// nil where the line holds none of them.
  private(set) var objects: [Object]?
  private(set) var classes: [Object]?
  let isTruncated: Bool

  /// What a number of a line may be: more is no picture's.
  private static let most = 1e9

  /// Errors: what is missing or wrong.
  init(_ line: JSONValue) throws(JSONFault) {
    guard let stream = line["stream"]?.string, !stream.isEmpty else { throw Self.fault("stream") }
    self.stream = stream
    session = try Self.whole(line, "session", least: 1) ?? 1
    guard let frame = try Self.whole(line, "frame", least: 0) else { throw Self.fault("frame") }
    guard let pts = line["pts"]?.number, abs(pts) < Self.most else { throw Self.fault("pts") }
    guard let width = try Self.whole(line, "width", least: 1),
      let height = try Self.whole(line, "height", least: 1)
    else { throw Self.fault("width and height") }
    (self.frame, self.pts, self.width, self.height) = (frame, pts, width, height)
    time = line["time"]?.string
    path = line["path"]?.string
    objects = try line["objects"].map { (list) throws(JSONFault) in
      try Self.list(list, "objects", hasBox: true)
    }
    classes = try line["classes"].map { (list) throws(JSONFault) in
      try Self.list(list, "classes", hasBox: false)
    }
    isTruncated = line["truncated"] == .bool(true)
  }

  /// Leaves the others out.
  mutating func keep(where isWanted: (Object) -> Bool) {
    objects = objects?.filter(isWanted)
    classes = classes?.filter(isWanted)
  }

  private static func fault(_ what: String) -> JSONFault {
    JSONFault("a frame line without \(what), or with one that cannot be")
  }

  private static func list(
    _ value: JSONValue, _ key: String, hasBox: Bool
  ) throws(JSONFault) -> [Object] {
    guard let elements = value.array else { throw fault("a list of \(key)") }
    var objects: [Object] = []
    objects.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      do throws(JSONFault) { objects.append(try object(element, hasBox: hasBox)) } catch {
        throw JSONFault("\(key)[\(index)]: \(error)")
      }
    }
    return objects
  }

  private static func object(_ value: JSONValue, hasBox: Bool) throws(JSONFault) -> Object {
    guard let classID = try whole(value, "class_id", least: 0) else {
      throw JSONFault("no class_id")
    }
    guard let confidence = value["confidence"]?.number, abs(confidence) < most else {
      throw JSONFault("no confidence")
    }
    var box: (x1: Double, y1: Double, x2: Double, y2: Double)?
    if hasBox {
      let numbers = value["box"]?.array?.compactMap(\.number) ?? []
      guard numbers.count == 4, numbers.allSatisfy({ abs($0) < most }), numbers[2] >= numbers[0],
        numbers[3] >= numbers[1]
      else { throw JSONFault("the box is not [x1,y1,x2,y2]") }
      box = (numbers[0], numbers[1], numbers[2], numbers[3])
    }
    var keypoints: [[Double]] = []
    for point in value["keypoints"]?.array ?? [] {
      let numbers = point.array?.compactMap(\.number) ?? []
      guard (2...3).contains(numbers.count), numbers.allSatisfy({ abs($0) < most }) else {
        throw JSONFault("a key point is not [x,y,confidence]")
      }
      keypoints.append(numbers)
    }
    return Object(
      classID: classID, label: value["label"]?.string, confidence: confidence, box: box,
      trackID: try whole(value, "track_id", least: 0), keypoints: keypoints,
      polygon: try polygon(value["polygon"]), mask: try value["mask"].map(mask))
  }

  private static func polygon(_ value: JSONValue?) throws(JSONFault) -> [Double] {
    guard let points = value?.array else { return [] }
    var numbers: [Double] = []
    for point in points {
      let pair = point.array?.compactMap(\.number) ?? []
      guard pair.count == 2, pair.allSatisfy({ abs($0) < most }) else {
        throw JSONFault("a point of the polygon is not [x,y]")
      }
      numbers += pair
    }
    return numbers.count >= 6 ? numbers : []
  }

  private static func mask(_ value: JSONValue) throws(JSONFault) -> Mask {
    let size = value["size"]?.array?.compactMap { $0.number.flatMap { Int(exactly: $0) } } ?? []
    guard size.count == 2, size.allSatisfy({ (1...1_000_000).contains($0) }),
      let counts = value["counts"]?.string
    else { throw JSONFault("the mask is not {size,counts}") }
    return Mask(height: size[0], width: size[1], counts: counts)
  }

  /// nil where the key is absent. Errors: no whole number, one out of range.
  private static func whole(
    _ value: JSONValue, _ key: String, least: Int
  ) throws(JSONFault) -> Int? {
    guard let found = value[key] else { return nil }
    guard let number = found.number, let whole = Int(exactly: number), whole >= least,
      number <= 9_007_199_254_740_992
    else { throw JSONFault("\(key) is no whole number from \(least)") }
    return whole
  }
}
