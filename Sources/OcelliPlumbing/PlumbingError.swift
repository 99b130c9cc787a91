package import SystemPackage

/// Why the system refused machinery.
package enum PlumbingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No thread of that name could be started.
  case thread(name: String, Errno)
  case signals(Errno)
  case write(Errno)
  /// A peer or a full pipe took nothing until the deadline.
  case writeTimedOut

  package var description: String {
    switch self {
    case .thread(let name, let error):
      "the thread \(name) could not be started: \(error) (limits: TasksMax, ulimit -u)"
    case .signals(let error): "signals cannot be waited for: \(error)"
    case .write(let error): "writing failed: \(error)"
    case .writeTimedOut: "writing made no progress before the deadline"
    }
  }
}
