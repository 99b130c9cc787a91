import OcelliEvents
import OcelliPipeline
import OcelliSinks
import OcelliVocabulary
import Synchronization

/// A file of lines for each source, which appears when its source is through.
///
/// Each is what an analysis of that source alone would have written: a `hello`, the stream's lines, an
/// `end`, numbered from 0.
final class FolderOutput: LineOutput {
  private struct Current {
    let stream: StreamID
    let file: PendingFile
    let publisher: Publisher
  }

  private struct State {
    var hello: Hello?
    var current: Current?
    /// Nothing is written after this.
    var failure: ToolError?
  }

  private let tree: OutputTree
  private let stable: Bool
  private let state = Mutex(State())

  init(_ tree: OutputTree, stable: Bool) {
    self.tree = tree
    self.stable = stable
  }

  /// Where the lines of a stream go.
  static func path(of stream: StreamID, in tree: OutputTree) -> String {
    tree.path(of: stream.name, adding: ".jsonl")
  }

  /// What kept an output from being written.
  var failure: ToolError? { state.withLock { $0.failure } }

  func publish(_ line: Line, timeMicroseconds: Int64) throws(SinkError) {
    try attempt { (state) throws(ToolError) in
      let stream: StreamID
      switch line {
      case .hello(let hello):
        state.hello = hello
        return
      case .stream(let line): stream = line.stream
      case .frame(let line): stream = line.stamp.stream
      case .gap(let line):
        guard let of = line.stream else { return }
        stream = of
      case .error(let line):
        guard let of = line.stream else { return }
        stream = of
      // Of the run as a whole.
      case .stats, .end: return
      }
      let current = try self.current(stream, &state, timeMicroseconds)
      try Self.publish(line, to: current, timeMicroseconds)
    }
  }

  func conclude(
    _ stream: StreamID, _ end: EndLine?, timeMicroseconds: Int64
  ) throws(SinkError) {
    try attempt { (state) throws(ToolError) in
      guard let current = state.current, current.stream == stream else { return }
      state.current = nil
      if let end { try Self.publish(.end(end), to: current, timeMicroseconds) }
      current.publisher.close()
      if end == nil { current.file.discard() } else { try current.file.commit() }
    }
  }

  /// What fails once fails for good: half a file must not get its name.
  private func attempt(
    _ body: (inout State) throws(ToolError) -> Void
  ) throws(SinkError) {
    let failure = state.withLock { state -> ToolError? in
      if state.failure == nil {
        do throws(ToolError) { try body(&state) } catch {
          state.failure = error
          state.current = nil
        }
      }
      return state.failure
    }
    if let failure {
      throw .cannotWrite(output: tree.folder, reason: failure.description)
    }
  }

  private func current(
    _ stream: StreamID, _ state: inout State, _ timeMicroseconds: Int64
  ) throws(ToolError) -> Current {
    if let current = state.current, current.stream == stream { return current }
    // Lines of one file end before those of the next begin.
    state.current = nil
    let path = Self.path(of: stream, in: tree)
    try tree.makeFolders(for: path)
    let file = try PendingFile(path, mode: 0o640)
    let sink: BlockingSink
    do throws(SinkError) {
      sink = try BlockingSink(try OutputTarget(parsing: file.partPath), replacing: true)
    } catch { throw ToolError(.output, "\(path): \(error)") }
    let current = Current(
      stream: stream, file: file, publisher: Publisher(sinks: [sink], stable: stable))
    state.current = current
    if var hello = state.hello {
      hello.streams = [stream]
      try Self.publish(.hello(hello), to: current, timeMicroseconds)
    }
    return current
  }

  private static func publish(
    _ line: Line, to current: Current, _ timeMicroseconds: Int64
  ) throws(ToolError) {
    do throws(SinkError) {
      try current.publisher.publish(line, timeMicroseconds: timeMicroseconds)
    } catch {
      guard case .cannotWrite(_, let reason) = error else {
        throw ToolError(.output, "\(current.file.path): \(error)")
      }
      throw ToolError(.output, "\(current.file.path): cannot be written: \(reason)")
    }
  }
}
