/// A format of the field that findings can be written in.
package enum FindingsFormat: String, Sendable, CaseIterable {
  /// A COCO dataset: images, annotations with a score, categories.
  case coco
  /// COCO's list of results, for the evaluation.
  case cocoResults = "coco-results"
  /// MOTChallenge's text, a file a sequence.
  case mot
  /// A table, a row a finding.
  case csv
}

/// What writes one of them. Frames come in the order of the lines, in bounded memory.
protocol FindingsWriter: AnyObject {
  /// The labels of a model, by class number.
  func models(_ labels: [String]) throws(ToolError)
  /// Errors: the disk's, and what the format cannot hold.
  func write(_ frame: FoundFrame) throws(ToolError)
  /// A stream gives nothing more in this file of lines.
  func ended(_ stream: String) throws(ToolError)
  /// Completes the output and gives it its name.
  func finish() throws(ToolError)
  /// What a user should know of what became of the findings.
  var notes: [String] { get }
}

/// Where a stream's session is a sequence of its own: pictures are counted anew in each.
struct SequenceName: Hashable {
  let stream: String
  let session: Int

  init(_ frame: FoundFrame) {
    stream = frame.stream
    session = frame.session
  }

  /// The stream's name; later sessions have their number behind it.
  var text: String { session == 1 ? stream : "\(stream)~\(session)" }
}
