import Synchronization

/// Pictures out of a file, a pipe, a camera or a server, through FFmpeg.
///
/// Safety: all but `interrupt` are called from the one thread that owns the source, so `session` has
/// one user; the interrupter is atomic.
package final class MediaSource: FrameSource, @unchecked Sendable {
  package let address: SourceAddress
  package let options: MediaOptions
  private let interrupter = Interrupter()
  private var session: MediaSession?

  package init(_ address: SourceAddress, options: MediaOptions = MediaOptions()) {
    self.address = address
    self.options = options
  }

  package func open() throws(MediaError) -> StreamDescription {
    close()
    MediaLog.install()
    MediaLog.remember(address.secrets)
    MediaLog.listen()
    interrupter.reset()
    interrupter.begin(.open, seconds: options.seconds(.open, isLive: !address.isFileLike))
    do throws(MediaError) {
      if interrupter.mustStop() { throw .interrupted }
      let session = try MediaSession(
        address: address, options: options, interrupter: interrupter)
      self.session = session
      interrupter.rest()
      return session.description
    } catch {
      MediaLog.stopListening()
      MediaLog.forget(address.secrets)
      throw error
    }
  }

  package func read() throws(MediaError) -> SourceEvent {
    guard let session else { throw .disconnected("\(address): is not open") }
    defer { interrupter.rest() }
    return try session.read()
  }

  package func close() {
    if session != nil {
      // The farewell to a camera may be sent, but not block.
      interrupter.forgetInterruption()
      interrupter.reset()
      interrupter.begin(.open, seconds: 0.3)
      session = nil
      MediaLog.stopListening()
      MediaLog.forget(address.secrets)
    }
    interrupter.rest()
  }

  package func interrupt() { interrupter.interrupt() }

  /// Pictures that FFmpeg has lent and not yet got back, over all sources.
  package static var lentFrames: Int { Frame.liveCount.load(ordering: .relaxed) }
}

extension MediaOptions {
  /// The deadline of a phase; nil waits for ever.
  func seconds(_ phase: Interrupter.Phase, isLive: Bool) -> Double? {
    guard isLive else { return fileSeconds }
    return switch phase {
    case .open: openSeconds
    case .firstPicture: firstPictureSeconds
    case .nextPicture: stallSeconds
    }
  }
}

extension SourceAddress {
  /// What reads this address: a folder or pattern of pictures, else one source of media.
  package func makeSource(options: MediaOptions = MediaOptions()) -> any FrameSource {
    if case .file(let path) = kind, let listing = PictureListing(path: path) {
      return FolderSource(self, listing, options: options)
    }
    return MediaSource(self, options: options)
  }

  /// A file or a pipe: it waits for us, not we for it.
  var isFileLike: Bool {
    switch kind {
    case .file, .standardInput: true
    case .captureDevice, .http, .rtsp: false
    }
  }
}
