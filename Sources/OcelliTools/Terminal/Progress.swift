import Glibc
import OcelliSinks
import Synchronization

/// How far an analysis has come, and the line that says so.
package struct Progress: Sendable, Equatable {
  package var name: String
  /// Pictures out of the decoder.
  package var frames: Int
  /// nil where the source does not tell.
  package var total: Int?
  /// Since the start. Units: seconds.
  package var elapsed: Double

  package init(name: String, frames: Int, total: Int?, elapsed: Double) {
    self.name = name
    self.frames = frames
    self.total = total
    self.elapsed = elapsed
  }

  /// Units: frames a second.
  package var rate: Double { elapsed > 0 ? Double(frames) / elapsed : 0 }

  /// Units: seconds; nil where the end or the speed is not known.
  package var remaining: Double? {
    guard let total, total > 0, frames > 0, frames <= total, rate > 0 else { return nil }
    return Double(total - frames) / rate
  }

  /// One line of at most `columns` characters: the name is what gives way.
  package func line(columns: Int) -> String {
    var facts = "\(frames)"
    if let total, total >= frames, total > 0 { facts += "/\(total)" }
    facts += " frames"
    if let total, total >= frames, total > 0 { facts += "  \(frames * 100 / total) %" }
    facts += "  \(Self.decimal(rate)) fps"
    if let remaining { facts += "  ETA \(Self.clock(remaining))" }
    let room = columns - facts.count - 3
    guard room >= 8 else { return String(facts.prefix(max(columns - 1, 0))) }
    let shown = name.count <= room ? name : "…" + name.suffix(room - 1)
    return Self.printable(String(shown)) + "  " + facts
  }

  /// Control characters of a hostile file name must not reach a terminal.
  static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          scalar.properties.generalCategory == .control ? "?" : scalar
        }))
  }

  static func decimal(_ value: Double) -> String {
    guard value.isFinite else { return "?" }
    guard value < 100 else { return "\(Int(min(value, 1e9)))" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  static func clock(_ seconds: Double) -> String {
    let all = Int(min(seconds, 3_599_999).rounded())
    let (hours, minutes, rest) = (all / 3600, all / 60 % 60, all % 60)
    let two = { (n: Int) in n < 10 ? "0\(n)" : "\(n)" }
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }
}

/// Keeps one line on a terminal up to date; elsewhere it is silent, or says a line now and then.
package final class ProgressLine: Sendable {
  private let isShown: Bool
  private let isTerminal: Bool
  private let hasLine = Atomic(false)
  /// Units: nanoseconds of the monotonic clock.
  private let nextLine = Atomic(Int64.min)

  /// Units: nanoseconds between lines where there is no terminal.
  private static let pause: Int64 = 5_000_000_000

  /// `quiet`: never. `forced`: also where stderr is no terminal.
  package init(quiet: Bool, forced: Bool = false) {
    isTerminal = Terminal.errorsAreTerminal
    isShown = !quiet && (isTerminal || forced)
  }

  package var isWanted: Bool { isShown }

  package func show(_ progress: Progress) { show { progress.line(columns: $0) } }

  /// `line` is given the columns that there are.
  package func show(_ line: (Int) -> String) {
    guard isShown else { return }
    guard isTerminal else {
      let now = monotonicNanoseconds()
      guard now >= nextLine.load(ordering: .relaxed) else { return }
      nextLine.store(now + Self.pause, ordering: .relaxed)
      return Terminal.say(line(160))
    }
    write("\r\u{1B}[K" + line(Terminal.columns))
    hasLine.store(true, ordering: .relaxed)
  }

  /// Takes the line away, so that words can follow.
  package func clear() {
    guard hasLine.exchange(false, ordering: .relaxed) else { return }
    write("\r\u{1B}[K")
  }

  private func write(_ text: String) {
    var text = text
    _ = text.withUTF8 { unsafe Files.writeAll(STDERR_FILENO, $0.span.bytes) }
  }
}
