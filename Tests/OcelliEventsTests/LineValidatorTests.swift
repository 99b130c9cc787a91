import OcelliEvents
import Testing

@Suite struct LineValidatorTests {
  private static let time = #""time":"2026-11-23T21:30:00.000000Z""#

  @Test(arguments: [
    #"{"v":1,"type":"gap","seq":1,"cause":"output"}"#,
    #"{"v":1,"type":"gap","seq":1,\#(time),"cause":"bored"}"#,
    #"{"v":1,"type":"gap","seq":1,\#(time),"frames":1}"#,
    #"{"v":1,"type":"gap","seq":1,\#(time),"frames":1,"cause":"output"}"#,
    #"{"v":1,"type":"gap","seq":1,\#(time),"cause":"output","frames":1.5}"#,
    #"{"v":1,"type":"gap","seq":1,\#(time),"cause":"output","frames":-1}"#,
    #"{"v":1,"type":"gap","seq":1,\#(time),"cause":"output","colour":1}"#,
    #"{"v":2,"type":"gap","seq":1,\#(time),"cause":"output"}"#,
    #"{"type":"gap","v":1,"seq":1,\#(time),"cause":"output"}"#,
    #"{"v":1,"type":"gap","seq":1,\#(time),"cause":"output","cause":"output"}"#,
    #"{"v":1,"type":"gap","seq":1,\#(time),"cause":"output","from_pts":NaN}"#,
    #"{"v":1,"type":"gap","seq":1,\#(time),"cause":"output","from_pts":1e999}"#,
    #"{"v":1,"type":"gap","seq":01,\#(time),"cause":"output"}"#,
    #"{"v":1,"type":"gap","seq":1,\#(time),"cause":"output"} {}"#,
    #"{"v":1,"type":"gap","seq":1,\#(time),"cause":"output""#,
    #"{"v":1,"type":"party","seq":1,\#(time)}"#,
    "[]", "", "{}", "{\n}", #"{"a":"\x"}"#, #"{"a":"\ud800"}"#, "{\"a\":\"\u{1}\"}",
  ])
  func whatBreaksTheContractIsRefused(_ line: String) throws {
    let validator = try LineValidator()
    #expect(throws: JSONFault.self) { try validator.validate(line.utf8) }
  }

  @Test func aGoodLineIsReadWithItsValues() throws {
    let line = #"{"v":1,"type":"gap","seq":7,\#(Self.time),"cause":"output","from_seq":3}"#
    let read = try LineValidator().validate(line.utf8)
    #expect(read["seq"]?.number == 7)
    #expect(read["from_seq"]?.number == 3)
    #expect(read["cause"]?.string == "output")
    #expect(throws: JSONFault.self) { try LineValidator(stable: true).validate(line.utf8) }
  }

  @Test func deepNestingIsRefusedAndDoesNotTrap() {
    let deep = Array(repeating: UInt8(ascii: "["), count: 100_000)
    #expect(throws: JSONFault.self) { try JSONValue(parsing: deep) }
  }
}
