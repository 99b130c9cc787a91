/// A moment of a stream clock. Units: nanoseconds of the monotonic clock.
package struct Deadline: Comparable, Hashable, Sendable {
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// `seconds` from the clock's now; far times are clamped.
  package init(in seconds: Double, of clock: some StreamClock) {
    self = Deadline(nanoseconds: clock.nanoseconds).advanced(by: seconds)
  }

  /// It never passes.
  package static let never = Deadline(nanoseconds: .max)

  package static func < (a: Deadline, b: Deadline) -> Bool { a.nanoseconds < b.nanoseconds }

  /// Units: seconds; what does not fit is clamped.
  package func advanced(by seconds: Double) -> Deadline {
    guard self != .never, seconds.isFinite else { return .never }
    let delta = Int64((min(max(seconds, -4e9), 4e9) * 1e9).rounded())
    let (sum, overflow) = nanoseconds.addingReportingOverflow(delta)
    return overflow ? .never : Deadline(nanoseconds: sum)
  }

  /// Seconds from `nanoseconds` until this moment; negative once it has passed.
  package func seconds(after now: Int64) -> Double {
    Double(nanoseconds.subtractingReportingOverflow(now).partialValue) / 1e9
  }
}
