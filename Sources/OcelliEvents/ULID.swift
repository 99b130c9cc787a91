/// A sortable identifier: 48 bits of time and 80 random bits, 26 characters in Crockford's base 32.
package struct ULID: Hashable, Sendable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  /// Units: microseconds since 1970; a time that does not fit 48 bits of milliseconds is clamped.
  package init(
    timeMicroseconds: Int64, using random: inout some RandomNumberGenerator
  ) {
    let milliseconds = UInt64(min(max(timeMicroseconds / 1000, 0), (1 << 48) - 1))
    high = milliseconds << 16 | random.next() & 0xFFFF
    low = random.next()
  }

  package init(timeMicroseconds: Int64) {
    var random = SystemRandomNumberGenerator()
    self.init(timeMicroseconds: timeMicroseconds, using: &random)
  }

  package var description: String {
    let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    var text = [UInt8](repeating: 0, count: 26)
    var rest = (high, low)
    for place in text.indices.reversed() {
      text[place] = digits[Int(rest.1 & 31)]
      rest = (rest.0 >> 5, rest.0 << 59 | rest.1 >> 5)
    }
    return String(decoding: text, as: UTF8.self)
  }
}
