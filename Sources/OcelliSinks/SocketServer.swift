import Glibc
import OcelliEvents
import Synchronization

/// The thread of a `SocketSink`: accepts readers and carries lines from their queues to them.
final class SocketServer: Sendable {
  private struct Loop: ~Copyable {
    let socket: ListeningSocket
    var readers: [SocketReader] = []
    var nextID = 0
    /// Too many open files: accepting again before this would spin.
    var acceptAfter: Int64 = 0
    var encoder = LineEncoder(stable: false)
    /// When the end was first seen; what a reader did not take before then is not held against it.
    var closingSince: Int64?
  }

  private let loop: Mutex<Loop>

  init(_ socket: consuming ListeningSocket) {
    loop = Mutex(Loop(socket: socket))
  }

  func run(_ sink: SocketSink) {
    loop.withLock { loop in
      loop.encoder = LineEncoder(stable: sink.stable)
      while Self.turn(&loop, sink) {}
      for reader in loop.readers { Self.part(from: reader, sink) }
      loop.readers = []
    }
  }

  /// One round of the loop. Whether there is another.
  private static func turn(_ loop: inout Loop, _ sink: SocketSink) -> Bool {
    let (isClosing, deadline) = sink.state.withLock { ($0.isClosing, $0.deadline) }
    var now = monotonicNanoseconds()
    if isClosing, loop.closingSince == nil { loop.closingSince = now }
    if isClosing, loop.readers.isEmpty || now >= deadline { return false }

    var events = [pollfd(fd: sink.waker.readEnd, events: Int16(POLLIN), revents: 0)]
    let isAccepting = !isClosing && now >= loop.acceptAfter
    events.append(
      pollfd(fd: isAccepting ? loop.socket.descriptor : -1, events: Int16(POLLIN), revents: 0))
    for reader in loop.readers {
      let interest = (reader.isSending ? POLLOUT : 0) | (reader.isSilent ? 0 : POLLIN)
      events.append(pollfd(fd: reader.descriptor, events: Int16(interest), revents: 0))
    }
    poll(&events, timeout: isClosing ? 100 : isAccepting ? -1 : 1000)
    if events[0].revents != 0 { sink.waker.drain() }

    for index in loop.readers.indices {
      let happened = Int32(events[index + 2].revents)
      if happened & POLLIN != 0 { loop.readers[index].listen() }
      if happened & (POLLERR | POLLHUP | POLLNVAL) != 0 { loop.readers[index].hangUp() }
      serve(&loop.readers[index], sink, &loop.encoder)
    }
    if events[1].revents != 0 { accept(&loop, sink) }

    now = monotonicNanoseconds()
    let patience = Int64(sink.limits.drainPatience * 1e9)
    let since = loop.closingSince ?? now
    loop.readers.removeAll { reader in
      let isDone =
        isClosing
        && (now - max(reader.lastProgress, since) > patience
          || !reader.isSending && sink.state.withLock { $0.queues[reader.id]?.isEmpty ?? true })
      guard reader.isGone || isDone else { return false }
      part(from: reader, sink)
      return true
    }
    return true
  }

  /// Sends this reader what it can take now, but not so much that the others wait long.
  private static func serve(
    _ reader: inout SocketReader, _ sink: SocketSink, _ encoder: inout LineEncoder
  ) {
    for _ in 0..<256 where !reader.isGone {
      if !reader.isSending {
        let id = reader.id
        guard let item = sink.state.withLock({ $0.queues[id]?.next() }) else { return }
        reader.begin(item.bytes(encoder: &encoder, resumable: true))
      }
      guard reader.send() else { return }
      let id = reader.id
      sink.state.withLock { $0.queues[id]?.finish() }
    }
    // There may be more: come back without waiting for a wake.
    sink.waker.wake()
  }

  private static func accept(_ loop: inout Loop, _ sink: SocketSink) {
    do {
      while let client = try loop.socket.accept() {
        guard loop.readers.count < sink.limits.readers else {
          Glibc.close(client)
          continue
        }
        loop.nextID += 1
        var reader = SocketReader(id: loop.nextID, descriptor: client)
        sink.admit(reader.id)
        serve(&reader, sink, &loop.encoder)
        loop.readers.append(reader)
      }
    } catch {
      loop.acceptAfter = monotonicNanoseconds() + 1_000_000_000
    }
  }

  private static func part(from reader: SocketReader, _ sink: SocketSink) {
    sink.dismiss(reader.id)
    Glibc.close(reader.descriptor)
  }
}
