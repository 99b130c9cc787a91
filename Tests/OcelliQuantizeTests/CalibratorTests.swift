import OcelliQuantize
import Testing

@Suite("What 256 bytes stand for")
struct CalibratorTests {
  static func histogram(
    low: Float, high: Float, _ values: [Float], made: ((Float) -> Float)? = nil
  ) -> Histogram {
    var histogram = Histogram(low: low, high: high)
    histogram.add(values.span, made: made.map { values.map($0) })
    return histogram
  }

  /// As many numbers, evenly from `low` to `high`.
  static func even(_ low: Float, _ high: Float, _ count: Int) -> [Float] {
    (0..<count).map { low + (high - low) * (Float($0) + 0.5) / Float(count) }
  }

  @Test("A range holds zero, exactly, and both of its ends to half a step")
  func ranges() {
    let range = ByteRange(low: -1, high: 3)
    #expect(range.scale == Float(4) / 255)
    #expect(range.zero == 64)
    #expect(range.rounded(0) == 0)
    #expect(abs(range.rounded(-1) + 1) <= range.scale && abs(range.rounded(3) - 3) <= range.scale)
    #expect(range.rounded(1e9) == range.high && range.rounded(-1e9) == range.low)
    #expect(ByteRange(low: 0.5, high: 2).zero == 0)
    #expect(ByteRange(low: -4, high: -1).zero == 255)
    #expect(ByteRange(low: 0, high: 0) == ByteRange(low: .nan, high: -.infinity))
    #expect(ByteRange(low: 0, high: 255).scale == 1)
    #expect(ByteRange(low: 0, high: Float(bitPattern: 71_362)).rounded(0.5).isFinite)
  }

  @Test("Min-max takes all that was met; percentile leaves one number in a million out")
  func outlier() {
    let values = Self.even(0, 1, 100_000) + [100]
    let histogram = Self.histogram(low: 0, high: 100, values)
    #expect(Calibrator.minMax.range(histogram).high > 99.5)
    #expect(Calibrator.percentile.range(histogram).high < 1.2)
    // (100 − h)² for the one number, and 100,000 · (h / 255)² / 12 for all others: least at 89.
    let squares = Calibrator.meanSquares.range(histogram)
    #expect(squares.high < 95 && squares.high > 50)
  }

  @Test("Even numbers need their whole range, whoever chooses")
  func evenNumbers() {
    let histogram = Self.histogram(low: -2, high: 2, Self.even(-2, 2, 50_000))
    for calibrator in Calibrator.allCases {
      let range = calibrator.range(histogram)
      #expect(range.high > 1.95 && range.low < -1.95, "\(calibrator)")
    }
  }

  @Test("What a function behind makes nothing of gets no bytes")
  func function() {
    let values = Self.even(-8, 8, 50_000)
    let plain = Calibrator.meanSquares.range(Self.histogram(low: -8, high: 8, values))
    let clamped = Calibrator.meanSquares.range(
      Self.histogram(low: -8, high: 8, values) { max($0, 0) })
    #expect(plain.low < -7.5)
    #expect(clamped.low > -1 && clamped.high > 7.5)
  }

  @Test("A value that never changes, and numbers that are none, give a range all the same")
  func strange() {
    for values: [Float] in [[0, 0], [.nan, .infinity], [3, 3]] {
      let histogram = Self.histogram(
        low: values[1].isFinite ? min(values[0], 0) : 0, high: 3, values)
      for calibrator in Calibrator.allCases {
        let range = calibrator.range(histogram)
        #expect(range.scale > 0 && range.scale.isFinite)
      }
    }
  }
}
