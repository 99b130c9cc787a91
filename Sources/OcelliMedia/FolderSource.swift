import Synchronization

/// The pictures of a folder or a pattern as one stream: a file after the other, each picture with its
/// `path`. A file that fails is told and passed over.
///
/// Safety: all but `interrupt` are called from the one thread that owns the source.
package final class FolderSource: FrameSource, @unchecked Sendable {
  private let address: SourceAddress
  private let listing: PictureListing
  private let options: MediaOptions
  private struct Reached {
    var file: MediaSource?
    var isInterrupted = false
  }
  /// What `interrupt` reaches.
  private let reached = Mutex(Reached())

  private var paths: [String] = []
  private var next = 0
  private var failed = 0
  /// Where in time the open file's first picture stands. Units: seconds.
  private var origin = 0.0
  private var lastPTS: Double?
  /// Between the last picture of a file and the first of the next. Units: seconds.
  private static let interval = 0.04

  init(_ address: SourceAddress, _ listing: PictureListing, options: MediaOptions) {
    self.address = address
    self.listing = listing
    self.options = options
  }

  /// Lists the files; each is opened when its turn comes.
  package func open() throws(MediaError) -> StreamDescription {
    close()
    paths = try listing.paths(address: address)
    (next, failed, origin, lastPTS) = (0, 0, 0, nil)
    return StreamDescription(
      codec: "pictures", width: 0, height: 0, fps: nil, durationSeconds: nil,
      frameCount: paths.count, isLive: false)
  }

  package func read() throws(MediaError) -> SourceEvent {
    while hasFile {
      if reached.withLock({ $0.isInterrupted }) { throw .interrupted }
      do throws(MediaError) {
        switch try openFile().read() {
        case .picture(let picture):
          let pts = max(origin + picture.pts, (lastPTS ?? -1).nextUp)
          lastPTS = pts
          if pts < options.startSeconds - 1e-6 { continue }
          return .picture(picture.placed(at: pts, path: paths[next - 1]))
        case .trouble(let error): return .trouble(error)
        case .end: closeFile()
        }
      } catch {
        closeFile()
        if case .interrupted = error { throw error }
        failed += 1
        return .trouble(error)
      }
    }
    guard failed > 0 else { return .end }
    throw .damaged("\(address): \(failed) of its \(paths.count) files failed")
  }

  package func close() {
    closeFile()
    reached.withLock { $0.isInterrupted = false }
  }

  package func interrupt() {
    let file = reached.withLock { reached in
      reached.isInterrupted = true
      return reached.file
    }
    file?.interrupt()
  }

  /// One is open, or one more comes.
  private var hasFile: Bool { reached.withLock { $0.file != nil } || next < paths.count }

  /// The open file, or the next one.
  private func openFile() throws(MediaError) -> MediaSource {
    if let file = reached.withLock({ $0.file }) { return file }
    let path = paths[next]
    next += 1
    var options = options
    options.startSeconds = 0
    let file = MediaSource(try SourceAddress(file: path), options: options)
    let isInterrupted = reached.withLock { reached in
      reached.file = file
      return reached.isInterrupted
    }
    if isInterrupted { throw .interrupted }
    origin = lastPTS.map { $0 + Self.interval } ?? 0
    _ = try file.open()
    return file
  }

  private func closeFile() {
    let file = reached.withLock { reached in
      defer { reached.file = nil }
      return reached.file
    }
    file?.close()
  }
}
