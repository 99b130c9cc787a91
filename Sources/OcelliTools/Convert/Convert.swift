import OcelliEvents

/// Writes the findings of an analysis in a format of the field.
package struct Convert {
  package let inputs: [String]
  package let format: FindingsFormat
  /// A file, `-`, or (MOT) a folder.
  package let output: String
  /// Labels or numbers; empty: all.
  package let classes: Set<String>
  /// What is less certain is left out.
  package let confidence: Double

  package init(
    inputs: [String], format: FindingsFormat, output: String, classes: Set<String>,
    confidence: Double
  ) {
    self.inputs = inputs
    self.format = format
    self.output = output
    self.classes = classes
    self.confidence = confidence
  }

  /// Reads, writes, and returns what a user should know of it.
  /// Errors: bad lines with file and line number, the disk's; then no output appears.
  package func run() throws(ToolError) -> [String] {
    let files = try files()
    let writer = try writer()
    var tally = LineTally()
    for file in files { try convert(file, to: writer, &tally) }
    guard tally.frames > 0 else {
      throw ToolError(
        .badData, "\(inputs.joined(separator: ", ")): no frame line; was it analysed?")
    }
    try writer.finish()
    return writer.notes + tally.notes
  }

  /// Folders stand for the `.jsonl` files in them. Errors: no such file, a folder without any.
  private func files() throws(ToolError) -> [String] {
    var files: [String] = []
    for input in inputs {
      guard input != "-", FolderWalk.isFolder(input) else {
        files.append(input)
        continue
      }
      let found = try FolderWalk.files(below: input) { $0.hasSuffix(".jsonl") }
      guard !found.isEmpty else {
        throw ToolError(.inputMissing, "\(input): no .jsonl file is in this folder")
      }
      files += found
    }
    return files
  }

  private func writer() throws(ToolError) -> any FindingsWriter {
    if OutputTree.isMeant(by: output) {
      guard format == .mot else {
        throw ToolError(
          .usage, "\(output): is a folder, and \(format.rawValue) is one file; name it")
      }
      return MOTWriter(OutputTree(output))
    }
    let file = try BufferedOutput(output)
    switch format {
    case .coco: return try COCOWriter(file, isDataset: true)
    case .cocoResults: return try COCOWriter(file, isDataset: false)
    case .mot: return MOTWriter(file)
    case .csv: return try CSVWriter(file)
    }
  }

  private func convert(
    _ path: String, to writer: any FindingsWriter, _ tally: inout LineTally
  ) throws(ToolError) {
    let name = path == "-" ? "standard input" : path
    var reader = try LineReader(path)
    var isAnalysis = false
    var hasEnded = false
    while let bytes = try reader.next() {
      if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
      let line: FoundLine
      do throws(JSONFault) {
        guard let found = try FoundLine(Array(bytes), mayBeCut: reader.isOpen) else {
          tally.note("\(name):\(reader.number): the last line is cut off and left out")
          break
        }
        line = found
      } catch {
        throw ToolError(.badData, "\(name):\(reader.number): \(error)")
      }
      switch line {
      case .hello(let models):
        isAnalysis = true
        for labels in models { try writer.models(labels) }
      case .frame(var frame):
        tally.count(frame)
        frame.keep(where: keeps)
        try writer.write(frame)
      case .ended(let stream): try writer.ended(stream)
      case .end: hasEnded = true
      case .other: break
      case .unknown(let type): tally.countUnknown(type)
      }
    }
    if isAnalysis, !hasEnded {
      tally.note("\(name): no end line: its analysis was cut short or still runs")
    }
  }

  private func keeps(_ object: FoundFrame.Object) -> Bool {
    guard object.confidence >= confidence else { return false }
    return classes.isEmpty || classes.contains(String(object.classID))
      || object.label.map(classes.contains) ?? false
  }
}
