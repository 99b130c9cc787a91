import OcelliEvents
import Testing

@Suite struct TimestampTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
      (951_782_399_000_001, "2000-02-28T23:59:59.000001Z"),
      (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
      (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
      (1_795_469_400_000_000, "2026-11-23T21:30:00.000000Z"),
      (Int64.max, "9999-12-31T23:59:59.999999Z"), (Int64.min, "0000-01-01T00:00:00.000000Z"),
    ] as [(Int64, String)])
  func aMomentIsWrittenInUTC(_ microseconds: Int64, _ text: String) {
    #expect(Timestamp.string(microseconds) == text)
  }

  @Test func identifiersSortByTimeAndCarryIt() {
    var random = Examples.Fixed()
    let ids = (0..<100).map { ULID(timeMicroseconds: Int64($0) * 1_000_000, using: &random) }
    #expect(ids.map(\.description) == ids.map(\.description).sorted())
    #expect(Set(ids).count == 100)
    let first = ULID(timeMicroseconds: 1_469_918_176_385_000, using: &random)
    // The time part of the specification's own example.
    #expect(first.description.hasPrefix("01ARYZ6S41"))
    #expect(first.description.count == 26)
    #expect(ULID(timeMicroseconds: .max, using: &random).description.hasPrefix("7ZZZZZZZZZ"))
  }
}
