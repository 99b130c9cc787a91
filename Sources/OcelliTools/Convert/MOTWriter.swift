/// MOTChallenge's text: `frame,id,left,top,width,height,confidence,x,y,z`, all counted from 1, −1 for
/// what is not known. It has no column for a sequence or a class: a file is one sequence.
final class MOTWriter: FindingsWriter {
  private enum Place {
    case single(BufferedOutput)
    case folder(OutputTree)
  }

  private let place: Place
  private var outputs: [SequenceName: BufferedOutput] = [:]
  /// Their file is complete, and gets its name when all are.
  private var complete: [BufferedOutput] = []
  /// Where each sequence goes, to find two that want the same place.
  private var names: [String: SequenceName] = [:]
  private var only: SequenceName?
  private var labels: Set<String> = []
  private var rows = 0
  private var others = 0

  init(_ output: BufferedOutput) { place = .single(output) }
  init(_ tree: OutputTree) { place = .folder(tree) }

  func models(_ labels: [String]) {}

  func write(_ frame: FoundFrame) throws(ToolError) {
    guard let objects = frame.objects else {
      others += 1
      return
    }
    let output = try output(of: SequenceName(frame))
    for object in objects {
      guard let box = object.box else { continue }
      rows += 1
      if labels.count < 8 { labels.insert(object.label ?? "class \(object.classID)") }
      let numbers = [box.x1 + 1, box.y1 + 1, box.x2 - box.x1, box.y2 - box.y1]
        .map { Decimal.text($0, places: 2) }.joined(separator: ",")
      try output.write(
        "\(frame.frame + 1),\(object.trackID ?? -1),\(numbers),"
          .utf8)
      try output.write((Decimal.text(object.confidence, places: 4) + ",-1,-1,-1\n").utf8)
    }
  }

  func ended(_ stream: String) throws(ToolError) {
    for (name, output) in outputs where name.stream == stream {
      try output.complete()
      outputs[name] = nil
      complete.append(output)
    }
  }

  func finish() throws(ToolError) {
    if case .single(let output) = place {
      guard only != nil else { throw nothing }
      return try output.finish()
    }
    guard !names.isEmpty else { throw nothing }
    for output in outputs.values { try output.complete() }
    for output in complete + outputs.values { try output.finish() }
  }

  var notes: [String] {
    var notes = ["\(rows) boxes"]
    if names.count > 1 { notes[0] += " in \(names.count) files" }
    if labels.count > 1 {
      notes.append(
        "classes are mixed (\(labels.sorted().joined(separator: ", "))): MOTChallenge has no "
          + "column for them; --classes chooses")
    }
    if others > 0 { notes.append("\(others) frame lines without objects left out") }
    return notes
  }

  private var nothing: ToolError {
    ToolError(
      .badData, "no frame line holds objects: MOTChallenge has nothing else; use --to csv")
  }

  private func output(of name: SequenceName) throws(ToolError) -> BufferedOutput {
    switch place {
    case .single(let output):
      if let only, only != name {
        throw ToolError(
          .usage,
          "the lines hold several sequences (\(only.text), \(name.text)), and a MOTChallenge file "
            + "holds one; -o FOLDER/ writes a file for each")
      }
      only = name
      return output
    case .folder(let tree):
      if let output = outputs[name] { return output }
      let path = tree.path(
        of: name.stream, replacingEndingBy: name.session == 1 ? ".txt" : "~\(name.session).txt")
      if let other = names[path] {
        throw ToolError(
          .badData,
          other == name
            ? "\(name.text) goes on after its end: the same lines twice?"
            : "\(other.text) and \(name.text) would both be written to \(path); convert them apart")
      }
      names[path] = name
      try tree.makeFolders(for: path)
      let output = try BufferedOutput(path)
      outputs[name] = output
      return output
    }
  }
}
