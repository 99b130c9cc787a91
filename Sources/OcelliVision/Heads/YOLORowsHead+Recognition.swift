import OcelliVocabulary

extension YOLORowsHead {
  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    // YOLOv5's older exports have its raw maps beside the decoded rows.
    let flat = facts.outputs.indices.filter { facts.trailing($0)?.count == 2 }
    guard flat.count == 1, let output = flat.first, let extents = facts.trailing(output)
    else { return nil }
    let prototypes = facts.outputs.count == 2 ? MaskPrototypes.find(facts, besides: output) : nil
    guard facts.outputs.count == 1 || prototypes != nil || facts.hasRawMaps(besides: output)
    else { return nil }
    let found =
      columns(facts, output, extents, prototypes, size)
      ?? rows(facts, output, extents, prototypes, size, asked: asked)
    return found.map { found in
      guard case .detector(let head) = found.head, var rows = head as? YOLORowsHead
      else { return found }
      rows.size = size
      var sized = found
      sized.head = .detector(rows)
      return sized
    }
  }

  static let ultralytics = Conclusion(
    PictureConvention.unit(.rgb, .center, pad: 114), .likely,
    "Ultralytics models take RGB, value / 255, centred on 114")

  /// `[4 + classes + extras, N]`, one box a cell.
  private static func columns(
    _ facts: ModelFacts, _ output: Int, _ extents: [Int], _ prototypes: MaskPrototypes?,
    _ size: InputSize
  ) -> Recognition? {
    let (numbers, count) = (extents[0], extents[1])
    guard numbers > 4, numbers < count, GridLevel.levels(adding: count, over: size) != nil
    else { return nil }
    return withoutObjectness(
      facts, output, numbers: numbers, count: count, prototypes, isTransposed: true)
  }

  /// One box a cell without objectness, by columns or by rows.
  private static func withoutObjectness(
    _ facts: ModelFacts, _ output: Int, numbers: Int, count: Int, _ prototypes: MaskPrototypes?,
    isTransposed: Bool
  ) -> Recognition? {
    let task = facts.metadata["task"]
    let named = Labels.parse(facts.metadata["names"] ?? "")?.count
    var keypoints: KeypointLayout?
    let isTurned = task == "obb" && prototypes == nil
    var classes = numbers - 4 - (prototypes?.channels ?? 0) - (isTurned ? 1 : 0)
    if task == "pose", let shape = facts.keypointShape {
      keypoints = KeypointLayout(count: shape.count, numbers: shape.numbers)
    } else if task == "pose", let named, (numbers - 4 - named) % 3 == 0 {
      keypoints = KeypointLayout(count: (numbers - 4 - named) / 3, numbers: 3)
    } else if task == nil, named == nil, prototypes == nil,
      let extra = facts.extra(behindClasses: output), extra % 3 == 0
    {
      keypoints = KeypointLayout(count: extra / 3, numbers: 3)
    } else if let task, !isTurned, !["detect", "segment"].contains(task) {
      return nil
    }
    classes -= keypoints?.total ?? 0
    guard classes > 0, named == nil || named == classes else { return nil }
    let isKnown = named == classes || task != nil
    let extra =
      keypoints.map { ", \($0.count) key points" }
      ?? prototypes.map { ", \($0.channels) mask coefficients with prototypes" }
      ?? (isTurned ? ", the angle" : "")
    let shape = isTransposed ? "[\(numbers), \(count)]" : "[\(count), \(numbers)]"
    var head = YOLORowsHead(
      output: output, count: count, classCount: classes, hasObjectness: false,
      isTransposed: isTransposed, keypoints: keypoints, prototypes: prototypes)
    head.hasAngle = isTurned
    return Recognition(
      head: head,
      sureness: isKnown ? .certain : .likely,
      reason: "\(shape): 4 + \(classes) classes\(extra), one box a cell: the decoded boxes of "
        + "YOLOv8 and its successors" + (isKnown ? ", and the metadata agree" : ""),
      picture: ultralytics,
      labels: keypoints?.count == 17 && classes == 1 && named == nil
        ? Conclusion(["person"], .likely, "17 key points are COCO's persons") : nil)
  }

  /// `[N, 5 + classes]`: one box a cell (YOLOX) or three (YOLOv5); `[N, 4 + classes]`.
  private static func rows(
    _ facts: ModelFacts, _ output: Int, _ extents: [Int], _ prototypes: MaskPrototypes?,
    _ size: InputSize, asked: Bool
  ) -> Recognition? {
    let named = Labels.parse(facts.metadata["names"] ?? "")?.count
    let (count, numbers) = (extents[0], extents[1])
    guard numbers > 4, numbers < count else { return nil }
    let extras = prototypes?.channels ?? 0
    let isGrid = GridLevel.levels(adding: count, over: size) != nil
    let isAnchored = GridLevel.levels(adding: count, over: size, anchors: 3) != nil
    if isGrid, !facts.tails[output].contains("Exp") {
      return withoutObjectness(
        facts, output, numbers: numbers, count: count, prototypes, isTransposed: false)
    }
    guard isGrid || isAnchored || asked else { return nil }
    // YOLOv5-face and its kin: box, objectness, corners two by two, classes.
    let pieces = facts.pieces[output]
    if pieces.count > 4, pieces.starts(with: [2, 2, 1]), pieces.reduce(0, +) == numbers {
      let points = pieces.dropFirst(3).prefix { $0 == 2 }.count
      let corners = pieces.count == points + 3 ? points - 1 : points
      let classes = numbers - 5 - 2 * corners
      guard classes > 0 else { return nil }
      return Recognition(
        head: YOLORowsHead(
          output: output, count: count, classCount: classes, hasObjectness: true,
          isTransposed: false, keypoints: KeypointLayout(count: corners, numbers: 2, isFirst: true)
        ),
        sureness: .likely,
        reason: "\(count) = 3 anchors a cell of \(numbers) numbers that the graph joins from "
          + "2 + 2 + 1 + \(corners) · 2 + \(classes): box, objectness, \(corners) key points, "
          + "\(classes) classes, as YOLOv5-face and its kin have them",
        picture: ultralytics)
    }
    let classes = numbers - 5 - extras
    guard classes > 0, named == nil || named == classes else { return nil }
    let head = YOLORowsHead(
      output: output, count: count, classCount: classes, hasObjectness: true, isTransposed: false,
      prototypes: prototypes)
    if isGrid {
      return Recognition(
        head: head, sureness: .likely,
        reason: "\(count) rows of 5 + \(classes) numbers, decoded in the graph by an "
          + "exponential: YOLOX with `decode_in_inference`",
        picture: YOLOXHead.convention, overlap: YOLOXHead.evaluatedOverlap)
    }
    return Recognition(
      head: head, sureness: named == nil && classes != 80 ? .guess : .likely,
      reason: "\(count) = 3 anchors a cell of 5 + \(classes) numbers"
        + (extras > 0 ? " and \(extras) mask coefficients" : "")
        + ", decoded in the graph: YOLOv5",
      picture: ultralytics)
  }
}

extension ModelFacts {
  /// `kpt_shape` as Ultralytics writes it: `[17, 3]`.
  var keypointShape: (count: Int, numbers: Int)? {
    let parts = (metadata["kpt_shape"] ?? "")
      .split(whereSeparator: { !($0.isASCII && $0.isNumber) }).compactMap { Int($0) }
    guard parts.count == 2, (1...1000).contains(parts[0]), (2...3).contains(parts[1])
    else { return nil }
    return (parts[0], parts[1])
  }

  /// How many numbers the graph joins behind box and classes of output `index`: key points.
  func extra(behindClasses index: Int) -> Int? {
    var parts = pieces[index]
    // Boxes come whole or as centre and size; classes apart or already with the box.
    if parts.starts(with: [2, 2]) { parts.replaceSubrange(0..<2, with: [4]) }
    if parts.count == 3, parts[0] == 4 { return parts[2] }
    if parts.count == 2, parts[0] > 4 { return parts[1] }
    return nil
  }

  /// Whether all other outputs are maps of five axes.
  func hasRawMaps(besides output: Int) -> Bool {
    outputs.indices.allSatisfy { $0 == output || outputs[$0].extents?.count == 5 }
  }
}
