import COcelliFFmpeg
import Glibc
import Synchronization

/// What FFmpeg wants to say. It never writes to stderr itself: its lines come here, are freed of
/// secrets, limited to ten a second, and go to the handler that the program sets.
package enum MediaLog {
  /// How grave a line is.
  package enum Level: Sendable { case error, warning }
  package typealias Handler = @Sendable (Level, String) -> Void

  /// Units: lines a second that reach the handler.
  package static let linesPerSecond = 10

  fileprivate struct State {
    var handler: Handler?
    var second: Int64 = 0
    var lines = 0
    var leftOut = 0
    /// Secrets of the sources that are open, with the count of their owners.
    var secrets: [String: Int] = [:]
    /// The last error line of the threads that listen to themselves.
    var lastLine: [UInt: String?] = [:]
    /// Lines come in pieces.
    var pieces: [UInt: String] = [:]
  }
  private static let state = Mutex(State())

  /// Sends the lines somewhere; nil (as at the start) lets them go.
  package static func setHandler(_ handler: Handler?) {
    install()
    state.withLock { $0.handler = handler }
  }

  /// Puts our callback in FFmpeg's place, once.
  static func install() { _ = installed }

  private static let installed: Void = {
    unsafe av_log_set_callback { context, level, format, arguments in
      guard level <= AV_LOG_INFO, let format = unsafe format, let arguments = unsafe arguments
      else { return }
      unsafe MediaLog.receive(context, level: level, format: format, arguments: arguments)
    }
  }()

  /// Hides a source's secrets in every line until `forget`.
  static func remember(_ secrets: [String]) {
    state.withLock { state in
      for secret in secrets { state.secrets[secret, default: 0] += 1 }
    }
  }

  static func forget(_ secrets: [String]) {
    state.withLock { state in
      for secret in secrets {
        let count = (state.secrets[secret] ?? 1) - 1
        state.secrets[secret] = count > 0 ? count : nil
      }
    }
  }

  /// From here on, what FFmpeg complains of on this thread is kept for `lastLine`.
  static func listen() { state.withLock { $0.lastLine[UInt(pthread_self())] = .some(nil) } }

  static func stopListening() {
    state.withLock {
      $0.lastLine[UInt(pthread_self())] = nil
      $0.pieces[UInt(pthread_self())] = nil
    }
  }

  /// FFmpeg's last complaint on this thread, without secrets.
  static var lastLine: String? { state.withLock { $0.lastLine[UInt(pthread_self())] ?? nil } }

  /// `text` without the given secrets and without any URL's login.
  package static func redact(_ text: String, secrets: [String]) -> String {
    var out = text
    for secret in secrets.sorted(by: { $0.utf8.count > $1.utf8.count }) where !secret.isEmpty {
      out = replacing(secret, in: out)
    }
    return withoutLogins(out)
  }

  private static func replacing(_ secret: String, in text: String) -> String {
    let ranges = text.ranges(of: secret)
    guard !ranges.isEmpty else { return text }
    var out = ""
    var start = text.startIndex
    for range in ranges {
      out += text[start..<range.lowerBound] + "***"
      start = range.upperBound
    }
    return out + text[start...]
  }

  /// `scheme://user:word@host` becomes `scheme://***@host`.
  private static func withoutLogins(_ text: String) -> String {
    var out = ""
    var rest = text[...]
    while let mark = rest.firstRange(of: "://") {
      out += rest[..<mark.upperBound]
      rest = rest[mark.upperBound...]
      let authority = rest.prefix { !$0.isWhitespace && $0 != "/" && $0 != "'" && $0 != "\"" }
      if let at = authority.lastIndex(of: "@") {
        out += "***"
        rest = rest[at...]
      }
    }
    return out + rest
  }

  /// The first line without addresses of memory and without control characters, which may be a
  /// hostile peer's.
  private static func cleaned(_ line: String) -> String {
    var text = String(line.drop(while: \.isWhitespace).prefix { $0 != "\n" })
    while let mark = text.firstRange(of: " @ 0x") {
      let rest = text[mark.upperBound...].drop(while: \.isHexDigit)
      text = String(text[..<mark.lowerBound]) + rest
    }
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      scalars.append(scalar.value < 32 || (127..<160).contains(scalar.value) ? "?" : scalar)
    }
    return String(scalars)
  }

  private static func receive(
    _ context: UnsafeMutableRawPointer?, level: Int32, format: UnsafePointer<CChar>,
    arguments: CVaListPointer
  ) {
    let thread = UInt(pthread_self())
    let complaint = unsafe Complaint(of: context, level: level, format: format)
    guard level <= AV_LOG_WARNING else { return }
    // A flood is counted without being formatted.
    let wanted = state.withLock { state -> Bool in
      state.lastLine[thread] != nil || (state.handler != nil && !state.isFull())
    }
    if !wanted { state.withLock { $0.leftOut += $0.handler == nil ? 0 : 1 } }
    guard wanted || complaint?.wantsWords == true else { return }
    // Once: it uses the arguments up.
    let piece = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1_024) { buffer in
      guard let base = buffer.baseAddress else { return "" }
      var prefix: Int32 = 1
      unsafe av_log_format_line2(context, level, format, arguments, base, 1_024, &prefix)
      return unsafe String(cString: base)
    }
    if let complaint, complaint.wantsWords {
      let words = state.withLock { redact(cleaned(piece), secrets: Array($0.secrets.keys)) }
      complaint.keep(words)
    }
    guard wanted else { return }
    deliver(piece, level: level <= AV_LOG_ERROR ? .error : .warning, thread: thread)
  }

  private static func deliver(_ piece: String, level: Level, thread: UInt) {
    let ready = state.withLock { state -> (Handler, [String])? in
      let line = (state.pieces.removeValue(forKey: thread) ?? "") + piece
      guard line.last == "\n" || line.utf8.count > 4_096 else {
        if state.pieces.count < 256 { state.pieces[thread] = line }
        return nil
      }
      let text = redact(cleaned(line), secrets: Array(state.secrets.keys))
      guard !text.isEmpty else { return nil }
      if state.lastLine[thread] != nil && level == .error {
        state.lastLine[thread] = .some(text)
      }
      guard let handler = state.handler else { return nil }
      guard !state.isFull() else {
        state.leftOut += 1
        return nil
      }
      state.lines += 1
      var lines = [text]
      if state.leftOut > 0 {
        lines.insert("(\(state.leftOut) more lines from FFmpeg were left out)", at: 0)
        state.leftOut = 0
      }
      return (handler, lines)
    }
    guard let (handler, lines) = ready else { return }
    for line in lines { handler(level, line) }
  }
}

extension MediaLog.State {
  /// Whether this second's lines are used up.
  fileprivate mutating func isFull() -> Bool {
    let now = Interrupter.now() / 1_000_000_000
    if now != second {
      second = now
      lines = 0
    }
    return lines >= MediaLog.linesPerSecond
  }
}
