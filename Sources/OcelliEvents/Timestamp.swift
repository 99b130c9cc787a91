/// A moment as RFC 3339 wants it, in UTC and microseconds: `2026-11-23T21:30:00.000000Z`.
package enum Timestamp {
  private static let range: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999

  /// Appends the 27 bytes. Units: microseconds since 1970; years outside 0…9999 are clamped.
  package static func append(_ microseconds: Int64, to bytes: inout [UInt8]) {
    let clamped = min(max(microseconds, range.lowerBound), range.upperBound)
    let (days, inDay) = floorDivide(clamped, 86_400_000_000)
    let (year, month, day) = date(daysSince1970: days)
    let seconds = inDay / 1_000_000
    pad(year, 4, &bytes)
    bytes.append(UInt8(ascii: "-"))
    pad(month, 2, &bytes)
    bytes.append(UInt8(ascii: "-"))
    pad(day, 2, &bytes)
    bytes.append(UInt8(ascii: "T"))
    pad(seconds / 3600, 2, &bytes)
    bytes.append(UInt8(ascii: ":"))
    pad(seconds / 60 % 60, 2, &bytes)
    bytes.append(UInt8(ascii: ":"))
    pad(seconds % 60, 2, &bytes)
    bytes.append(UInt8(ascii: "."))
    pad(inDay % 1_000_000, 6, &bytes)
    bytes.append(UInt8(ascii: "Z"))
  }

  /// The moment as text.
  package static func string(_ microseconds: Int64) -> String {
    var bytes: [UInt8] = []
    append(microseconds, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func floorDivide(_ a: Int64, _ b: Int64) -> (quotient: Int64, rest: Int64) {
    let rest = (a % b + b) % b
    return ((a - rest) / b, rest)
  }

  /// The proleptic Gregorian date. Years are counted from March, so that a leap day is the last.
  private static func date(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(daysSince1970 + 719_468, 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * fromMarch + 2) / 5 + 1
    let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  private static func pad(_ value: Int64, _ width: Int, _ bytes: inout [UInt8]) {
    var divisor: Int64 = 1
    for _ in 1..<width { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }
}
