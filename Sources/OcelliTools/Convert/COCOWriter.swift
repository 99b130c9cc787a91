import OcelliEvents
import OcelliMedia

/// COCO's dataset (images, annotations, categories) or its list of results.
///
/// One pass in bounded memory: annotations go out as they come, what is known of the images waits in
/// a temporary file until they are through.
final class COCOWriter: FindingsWriter {
  private let output: BufferedOutput
  /// nil: results.
  private let images: Spool?
  private var json = JSONWriter()
  private var imageJSON = JSONWriter()
  private var videos: [SequenceName: Int] = [:]
  private var order: [SequenceName] = []
  private var categories = CategoryTable()
  private var imageCount = 0
  private var annotationCount = 0
  private var others = 0

  /// The most sequences: each is remembered.
  private static let mostVideos = 1_000_000

  init(_ output: BufferedOutput, isDataset: Bool) throws(ToolError) {
    self.output = output
    images = isDataset ? try Spool() : nil
    if isDataset {
      json.open()
      json.key("info")
      json.object { json in
        json.key("description")
        json.string("Findings of ocelli")
        json.key("version")
        json.string(Version.number)
      }
      json.key("annotations")
    }
    json.openArray()
    imageJSON.openArray()
  }

  func models(_ labels: [String]) throws(ToolError) {
    for (index, label) in labels.enumerated() { _ = try categories.id(of: index, label) }
  }

  func ended(_ stream: String) {}

  func write(_ frame: FoundFrame) throws(ToolError) {
    guard let objects = frame.objects else {
      others += 1
      return
    }
    imageCount += 1
    if let images {
      try writeImage(frame)
      try images.write(imageJSON.take())
    }
    for object in objects {
      annotationCount += 1
      let category = try categories.id(of: object.classID, object.label)
      writeAnnotation(object, category: category)
      // Now and then: a line may hold thousands.
      if json.bytes.count > 1 << 16 { try output.write(json.take()) }
    }
    try output.write(json.take())
  }

  func finish() throws(ToolError) {
    guard imageCount > 0 else {
      throw ToolError(.badData, "no frame line holds objects: COCO has nothing else; use --to csv")
    }
    json.closeArray()
    if let images {
      json.key("images")
      try output.write(json.take())
      imageJSON.closeArray()
      try images.write(imageJSON.take())
      try images.pour(into: output)
      json.resume()
      writeTables()
      json.close()
    }
    try output.write(json.take() + [UInt8(ascii: "\n")])
    try output.finish()
  }

  var notes: [String] {
    var notes = ["\(imageCount) images, \(annotationCount) annotations"]
    if others > 0 { notes.append("\(others) frame lines without objects left out") }
    return notes
  }

  // MARK: Elements

  private func writeImage(_ frame: FoundFrame) throws(ToolError) {
    let name = SequenceName(frame)
    let video: Int
    if let known = videos[name] {
      video = known
    } else {
      guard videos.count < Self.mostVideos else {
        throw ToolError(.badData, "more than \(Self.mostVideos) streams: convert them apart")
      }
      video = videos.count + 1
      videos[name] = video
      order.append(name)
    }
    imageJSON.open()
    imageJSON.key("id")
    imageJSON.integer(imageCount)
    imageJSON.key("file_name")
    imageJSON.string(Self.fileName(frame, name.text))
    imageJSON.key("width")
    imageJSON.integer(frame.width)
    imageJSON.key("height")
    imageJSON.integer(frame.height)
    imageJSON.key("video_id")
    imageJSON.integer(video)
    imageJSON.key("frame_id")
    imageJSON.integer(frame.frame)
    imageJSON.key("pts")
    imageJSON.trimmed(frame.pts, decimals: 3)
    imageJSON.close()
  }

  /// A picture's own name; a video's picture has that which a dataset of single pictures would have.
  private static func fileName(_ frame: FoundFrame, _ sequence: String) -> String {
    if let path = frame.path { return path }
    if SourceAddress.namesStill(frame.stream), frame.frame == 0, frame.session == 1 {
      return frame.stream
    }
    let digits = String(frame.frame)
    return sequence + "/" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
      + ".jpg"
  }

  private func writeAnnotation(_ object: FoundFrame.Object, category: Int) {
    guard let box = object.box else { return }
    let (width, height) = (box.x2 - box.x1, box.y2 - box.y1)
    json.open()
    if images != nil {
      json.key("id")
      json.integer(annotationCount)
    }
    json.key("image_id")
    json.integer(imageCount)
    json.key("category_id")
    json.integer(category)
    json.key("bbox")
    json.array { json in
      for value in [box.x1, box.y1, width, height] { json.trimmed(value, decimals: 3) }
    }
    if images != nil {
      json.key("area")
      json.trimmed(width * height, decimals: 3)
      json.key("iscrowd")
      json.integer(0)
    }
    json.key("score")
    json.trimmed(object.confidence, decimals: 6)
    if let track = object.trackID {
      json.key("track_id")
      json.integer(track)
    }
    if !object.keypoints.isEmpty {
      json.key("keypoints")
      json.array { json in
        for point in object.keypoints {
          json.trimmed(point[0], decimals: 3)
          json.trimmed(point[1], decimals: 3)
          // 2: labelled and visible.
          json.integer(2)
        }
      }
      json.key("num_keypoints")
      json.integer(object.keypoints.count)
    }
    if let mask = object.mask {
      json.key("segmentation")
      json.object { json in
        json.key("size")
        json.array { json in
          json.integer(mask.height)
          json.integer(mask.width)
        }
        json.key("counts")
        json.whole(Array(mask.counts.utf8))
      }
    } else if !object.polygon.isEmpty {
      json.key("segmentation")
      json.array { json in
        json.array { json in
          for number in object.polygon { json.trimmed(number, decimals: 3) }
        }
      }
    }
    json.close()
  }

  private func writeTables() {
    json.key("videos")
    json.array { json in
      for (index, name) in order.enumerated() {
        json.object { json in
          json.key("id")
          json.integer(index + 1)
          json.key("name")
          json.string(name.text)
        }
      }
    }
    json.key("categories")
    json.array { json in
      for category in categories.all {
        json.object { json in
          json.key("id")
          json.integer(category.id)
          json.key("name")
          json.string(category.name)
        }
      }
    }
  }
}

/// Categories by name. A class's number plus one, as COCO counts, unless another model's class has
/// that already.
struct CategoryTable {
  private var ids: [String: Int] = [:]
  private var taken: Set<Int> = []
  private var highest = 0
  private static let most = 65_536

  /// Errors: too many to be real.
  mutating func id(of classID: Int, _ label: String?) throws(ToolError) -> Int {
    let name = label.flatMap { $0.isEmpty ? nil : $0 } ?? "class \(classID)"
    if let known = ids[name] { return known }
    guard ids.count < Self.most else {
      throw ToolError(.badData, "more than \(Self.most) classes")
    }
    let wanted = classID + 1
    let id = taken.contains(wanted) ? highest + 1 : wanted
    ids[name] = id
    taken.insert(id)
    highest = max(highest, id)
    return id
  }

  /// By number.
  var all: [(id: Int, name: String)] {
    ids.map { (id: $0.value, name: $0.key) }.sorted { $0.id < $1.id }
  }
}
