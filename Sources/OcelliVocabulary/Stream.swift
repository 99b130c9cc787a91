/// The name of a stream: the key under `streams:` in the configuration, or the source as given to `analyze`.
package struct StreamID: Hashable, Sendable, CustomStringConvertible {
  package let name: String

  package init(_ name: String) { self.name = name }

  package var description: String { name }
}

/// Where the `time` of a frame comes from, best first.
package enum TimeSource: String, Sendable {
  /// An RTCP sender report of the camera.
  case rtcp
  /// A wall-clock time that the container carries.
  case container
  /// The moment when the packet reached us.
  case arrival
  /// Our own clock, for frames that never arrived from anywhere.
  case clock
}
