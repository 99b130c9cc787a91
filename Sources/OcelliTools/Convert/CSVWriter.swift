/// A table after RFC 4180: a head, a row a finding, lines ended by CR LF.
final class CSVWriter: FindingsWriter {
  private let output: BufferedOutput
  private var rows = 0
  private var others = 0

  private static let columns = [
    "stream", "session", "frame", "pts", "time", "path", "width", "height", "class_id", "label",
    "confidence", "x1", "y1", "x2", "y2", "track_id", "keypoints",
  ]

  init(_ output: BufferedOutput) throws(ToolError) {
    self.output = output
    try output.write((Self.columns.joined(separator: ",") + "\r\n").utf8)
  }

  func models(_ labels: [String]) {}
  func ended(_ stream: String) {}

  func write(_ frame: FoundFrame) throws(ToolError) {
    guard let found = frame.objects ?? frame.classes else {
      others += 1
      return
    }
    let head =
      [
        Self.field(frame.stream), "\(frame.session)", "\(frame.frame)",
        Decimal.text(frame.pts, places: 3), Self.field(frame.time ?? ""),
        Self.field(frame.path ?? ""), "\(frame.width)", "\(frame.height)",
      ].joined(separator: ",") + ","
    for object in found {
      rows += 1
      var cells = [
        "\(object.classID)", Self.field(object.label ?? ""),
        Decimal.text(object.confidence, places: 4),
      ]
      if let box = object.box {
        cells += [box.x1, box.y1, box.x2, box.y2].map { Decimal.text($0, places: 1) }
      } else {
        cells += ["", "", "", ""]
      }
      cells.append(object.trackID.map { "\($0)" } ?? "")
      cells.append(Self.points(object.keypoints))
      try output.write((head + cells.joined(separator: ",") + "\r\n").utf8)
    }
  }

  func finish() throws(ToolError) { try output.finish() }

  var notes: [String] {
    var notes = ["\(rows) rows"]
    if others > 0 { notes.append("\(others) frame lines without objects or classes left out") }
    return notes
  }

  /// In quotes where it must be.
  private static func field(_ text: String) -> String {
    guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted.unicodeScalars.append("\"") }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }

  /// `x y c;x y c`: no comma, so no quotes.
  private static func points(_ points: [[Double]]) -> String {
    points.map { point in
      let place = point.prefix(2).map { Decimal.text($0, places: 1) }
      return (place + point.dropFirst(2).map { Decimal.text($0, places: 4) })
        .joined(separator: " ")
    }.joined(separator: ";")
  }
}
