import OcelliPlumbing

/// Tells the service manager how we are, over the socket that it names. Without one it says nothing.
package struct Notifier: Sendable {
  private let socket: String?
  /// How long the manager waits for a sign of life. Units: seconds; nil where it does not.
  package let watchdogSeconds: Double?

  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Of these none is handed on to children,
  /// because there are none.
  package init(environment: [String: String], processID: Int32) {
    socket = environment["NOTIFY_SOCKET"].flatMap { path in
      path.hasPrefix("/") || path.hasPrefix("@") ? path : nil
    }
    let isForUs = environment["WATCHDOG_PID"].map { $0 == String(processID) } ?? true
    let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init) ?? 0
    watchdogSeconds =
      isForUs && microseconds > 0 && microseconds < .max ? Double(microseconds) / 1e6 : nil
  }

  package var isListenedTo: Bool { socket != nil }

  /// Sends assignments in one message. A manager that does not take it is no reason to stop.
  package func send(_ assignments: [String]) {
    guard let socket else { return }
    // A line feed would begin another assignment.
    let lines = assignments.map { $0.replacing("\n", with: " ") }
    try? sendDatagram(Array(lines.joined(separator: "\n").utf8), toSocket: socket)
  }

  package func ready(_ status: String) { send(["READY=1", "STATUS=\(status)"]) }
  package func status(_ status: String) { send(["STATUS=\(status)"]) }
  package func isAlive() { send(["WATCHDOG=1"]) }
  package func stopping() { send(["STOPPING=1", "STATUS=writing what is left"]) }

  /// What follows belongs to a reload until `ready`. Units: nanoseconds of the monotonic clock.
  package func reloading(at nanoseconds: Int64) {
    send(["RELOADING=1", "MONOTONIC_USEC=\(nanoseconds / 1000)", "STATUS=reloading"])
  }
}
