package import OcelliEvents
import OcelliPlumbing

/// The lines that one reader has yet to get. The oldest is lost when a new one does not fit; what is
/// lost becomes one gap in its place.
///
/// Invariant: every number above `settled` and up to the newest stands in the gap, in the entry
/// that is being written, or in the queue, exactly once and in order.
package struct LineQueue {
  package struct Limits: Sendable {
    /// Units: bytes of lines.
    package var bytes: Int
    package var lines: Int

    package init(bytes: Int = 16 << 20, lines: Int = 65_536) {
      self.bytes = bytes
      self.lines = lines
    }
  }

  /// What a writer has to write next, whole.
  package enum Item {
    case line([UInt8])
    /// To be encoded with `sequence`, the last number that this reader has settled.
    case hello(Hello, sequence: UInt64)
    case gap(ClosedRange<UInt64>, frames: Int)
  }

  private struct Gap {
    package var range: ClosedRange<UInt64>
    package var frames: Int
  }

  package let limits: Limits
  private var entries: [OfferedLine?] = []
  private var head = 0
  private var bytes = 0
  private var gap: Gap?
  /// The hello that this reader must get before its next line.
  private var hello: Hello?
  private var writing: (lines: UInt64, last: UInt64)?
  package private(set) var produced: UInt64 = 0
  package private(set) var delivered: UInt64 = 0
  package private(set) var lost: UInt64 = 0
  /// The last number that was written, or given as a gap.
  package private(set) var settled: UInt64

  /// A queue for a reader that begins after the line `settled`.
  package init(limits: Limits, after settled: UInt64, hello: Hello?) {
    self.limits = limits
    self.settled = settled
    self.hello = hello
  }

  package var queued: UInt64 { produced - delivered - lost }
  package var isEmpty: Bool {
    writing == nil && gap == nil && hello == nil && head == entries.count
  }

  package mutating func offer(_ line: OfferedLine) {
    if case .hello(let new) = line.kind, isEmpty || head == entries.count {
      hello = new
      // A sink that joins a run begins after the line that is then the last.
      if produced == 0 { settled = line.sequence }
      return
    }
    if case .hello = line.kind {} else { produced += 1 }
    entries.append(line)
    bytes += line.bytes.count
    while bytes > limits.bytes || entries.count - head > limits.lines { dropOldest() }
  }

  /// Gives the reader `hello` before its next line.
  package mutating func greet(_ hello: Hello) { self.hello = hello }

  /// The next thing to write; nil while there is none. It stays queued until `finish`.
  package mutating func next() -> Item? {
    precondition(writing == nil)
    if let hello {
      self.hello = nil
      writing = (0, settled)
      return .hello(hello, sequence: settled)
    }
    if let gap {
      self.gap = nil
      writing = (0, gap.range.upperBound)
      return .gap(gap.range, frames: gap.frames)
    }
    guard head < entries.count else { return nil }
    let line = removeOldest()
    if case .hello(let hello) = line.kind {
      writing = (0, settled)
      return .hello(hello, sequence: settled)
    }
    writing = (1, line.sequence)
    return .line(line.bytes)
  }

  /// What `next` gave is written.
  package mutating func finish() {
    guard let done = writing else { return }
    delivered += done.lines
    settled = done.last
    writing = nil
  }

  /// Nothing more will be written: all that is queued is lost.
  package mutating func abandon() {
    lost += queued
    entries = []
    head = 0
    bytes = 0
    gap = nil
    hello = nil
    writing = nil
  }

  private mutating func removeOldest() -> OfferedLine {
    let line = entries[head]!
    entries[head] = nil
    head += 1
    bytes -= line.bytes.count
    if head == entries.count || head > 1024 && head * 2 > entries.count {
      entries.removeFirst(head)
      head = 0
    }
    return line
  }

  private mutating func dropOldest() {
    let line = removeOldest()
    if case .hello(let hello) = line.kind {
      self.hello = hello
      return
    }
    lost += 1
    let frames = if case .frame = line.kind { 1 } else { 0 }
    let first = gap?.range.lowerBound ?? line.sequence
    gap = Gap(range: first...line.sequence, frames: (gap?.frames ?? 0) + frames)
  }
}

extension LineQueue.Item {
  /// The bytes to write. `oldestSequence` is given where a reader could resume (sockets).
  package func bytes(encoder: inout LineEncoder, resumable: Bool = false) -> [UInt8] {
    switch self {
    case .line(let bytes): return bytes
    case .hello(var hello, let sequence):
      if resumable { hello.oldestSequence = sequence + 1 }
      return encoder.encode(
        .hello(hello), sequence: sequence, timeMicroseconds: SystemClock().wallMicroseconds)
    case .gap(let range, let frames):
      return encoder.encode(
        .gap(GapLine(lostLines: range, frames: frames)), sequence: range.upperBound,
        timeMicroseconds: SystemClock().wallMicroseconds)
    }
  }
}
