import Glibc

/// A moment on two clocks: the wall's, and the CPU time of all threads of the process.
struct Moment {
  /// Units: nanoseconds.
  let wall: Int64
  let cpu: Int64

  static var now: Moment {
    Moment(wall: read(CLOCK_MONOTONIC), cpu: read(CLOCK_PROCESS_CPUTIME_ID))
  }

  private static func read(_ clock: Int32) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

/// Wall and CPU time, added up.
package struct Spent: Sendable, Equatable {
  /// Units: nanoseconds.
  package var wall: Int64 = 0
  package var cpu: Int64 = 0

  /// Adds the time since `start`, and returns now, to be the next start.
  mutating func add(since start: Moment) -> Moment {
    let now = Moment.now
    wall += now.wall - start.wall
    cpu += now.cpu - start.cpu
    return now
  }
}

/// What a series of times says. Units: those of the series.
package struct Spread: Sendable, Equatable {
  package let minimum: Double
  package let lowerQuartile: Double
  package let median: Double
  package let upperQuartile: Double

  /// nil for an empty series. Quartiles are interpolated linearly, as NumPy's `percentile` does.
  package init?(_ series: [Double]) {
    guard let minimum = series.min() else { return nil }
    let sorted = series.sorted()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(sorted.count - 1)
      let low = Int(place)
      let high = min(low + 1, sorted.count - 1)
      return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
    }
    self.minimum = minimum
    lowerQuartile = quantile(0.25)
    median = quantile(0.5)
    upperQuartile = quantile(0.75)
  }
}
