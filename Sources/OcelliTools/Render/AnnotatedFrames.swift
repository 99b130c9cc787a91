import OcelliEvents
import OcelliVocabulary

/// What the lines say of one picture.
struct AnnotatedFrame: Sendable {
  /// A box with its caption.
  struct Mark: Sendable {
    let classID: Int
    let text: String
    let box: PixelBox
    let keypoints: [(x: Float, y: Float)]
  }

  /// Units: seconds of the session.
  let pts: Double
  /// Of the picture that the boxes are in. Units: pixels.
  let width: Double
  let height: Double
  let marks: [Mark]
  /// What is said of the whole picture: its best class.
  let title: String?

  /// Errors: why the line is no frame line.
  init?(_ line: JSONValue, confidence: Double) {
    guard let pts = line["pts"]?.number, let width = line["width"]?.number,
      let height = line["height"]?.number, width >= 1, height >= 1
    else { return nil }
    self.pts = pts
    self.width = width
    self.height = height
    marks = (line["objects"]?.array ?? []).compactMap { Mark($0, confidence: confidence) }
    title = line["classes"]?.array?.first.map { Self.caption($0) }
  }

  fileprivate static func caption(_ found: JSONValue) -> String {
    let name = found["label"]?.string ?? "class \(Int(found["class_id"]?.number ?? 0))"
    return name + (found["confidence"]?.number.map { " " + Decimal.text($0, places: 2) } ?? "")
  }
}

extension AnnotatedFrame.Mark {
  init?(_ object: JSONValue, confidence: Double) {
    guard let values = object["box"]?.array?.compactMap(\.number), values.count == 4,
      (object["confidence"]?.number ?? 1) >= confidence, values.allSatisfy({ abs($0) < 1e6 })
    else { return nil }
    let id = object["class_id"]?.number ?? 0
    classID = abs(id) < 1e6 ? Int(id) : 0
    text = AnnotatedFrame.caption(object)
    box = PixelBox(
      left: Float(values[0]), top: Float(values[1]), right: Float(values[2]),
      bottom: Float(values[3]))
    keypoints = (object["keypoints"]?.array ?? []).compactMap { point in
      guard let xy = point.array?.prefix(2).compactMap(\.number), xy.count == 2,
        xy.allSatisfy({ abs($0) < 1e6 })
      else { return nil }
      return (Float(xy[0]), Float(xy[1]))
    }
  }
}

/// Reads the frame lines of one stream.
struct AnnotatedFrames: ~Copyable {
  private var lines: LineReader
  private let name: String
  private let video: String
  private let confidence: Double
  /// nil until the first line names it.
  private var stream: String?

  /// `video`: the stream to take where there are several. Errors: as `LineReader`.
  init(_ path: String, video: String, confidence: Double) throws(ToolError) {
    lines = try LineReader(path)
    name = path == "-" ? "standard input" : path
    self.video = video
    self.confidence = confidence
  }

  /// The next frame; nil behind the last. Errors: a line that is no JSON, several streams.
  mutating func next() throws(ToolError) -> AnnotatedFrame? {
    while let bytes = try lines.next() {
      if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
      let line: JSONValue
      do { line = try JSONValue(parsing: Array(bytes)) } catch {
        throw ToolError(.badData, "\(name):\(lines.number): no JSON line: \(error)")
      }
      switch line["type"]?.string {
      case "hello": try choose(line["streams"]?.array?.compactMap(\.string) ?? [])
      case "frame":
        if let stream, line["stream"]?.string != stream { continue }
        guard let frame = AnnotatedFrame(line, confidence: confidence) else {
          throw ToolError(
            .badData, "\(name):\(lines.number): a frame line without pts, width and height")
        }
        return frame
      default: continue
      }
    }
    return nil
  }

  private mutating func choose(_ streams: [String]) throws(ToolError) {
    if streams.contains(video) {
      stream = video
    } else if streams.count == 1 {
      stream = streams[0]
    } else if !streams.isEmpty {
      throw ToolError(
        .usage,
        "\(name) holds the streams \(streams.joined(separator: ", ")); "
          + "give the video by the name that it has there")
    }
  }
}
