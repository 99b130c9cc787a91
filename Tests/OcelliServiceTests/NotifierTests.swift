import Foundation
import Logging
import OcelliService
import Testing

@Suite struct NotifierTests {
  @Test(arguments: [false, true])
  func assignmentsArriveInOneMessage(_ abstract: Bool) {
    let manager = Manager(abstract: abstract)
    let notifier = Notifier(environment: ["NOTIFY_SOCKET": manager.path], processID: 1)
    notifier.ready("two\nlines")
    notifier.reloading(at: 5_000_000)
    #expect(
      manager.all == [
        "READY=1\nSTATUS=two lines", "RELOADING=1\nMONOTONIC_USEC=5000\nSTATUS=reloading",
      ])
  }

  @Test func withoutAManagerNothingHappens() {
    for path in [nil, "", "relative", "/no/such/socket", "/" + String(repeating: "x", count: 200)] {
      let environment = path.map { ["NOTIFY_SOCKET": $0] } ?? [:]
      Notifier(environment: environment, processID: 1).ready("x")
    }
  }

  @Test(
    arguments: [
      (["WATCHDOG_USEC": "3000000"], 3.0),
      (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"], 3.0),
      (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"], nil), ([:], nil),
      (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "soon"], nil),
      (["WATCHDOG_USEC": "-1"], nil),
    ] as [([String: String], Double?)])
  func theWatchdogIsOursOnlyIfItSaysSo(_ environment: [String: String], _ seconds: Double?) {
    #expect(Notifier(environment: environment, processID: 7).watchdogSeconds == seconds)
  }

  @Test func aLogLineIsOneLineWithItsLevel() {
    let lines = ServiceTests.Lines()
    for environment in [["JOURNAL_STREAM": "8:1"], [:]] {
      var logger = Logger(label: "x") { _ in
        ServiceLog(level: .info, environment: environment) { lines.append($0) }
      }
      logger[metadataKey: "stream"] = "gate"
      logger.debug("not told")
      logger.warning("a\nb", metadata: ["stage": "media"])
      logger.error("\(String(repeating: "x", count: 100_000))")
    }
    let all = lines.all
    #expect(all.count == 4)
    #expect(all[0] == "<4>a b stage=media stream=gate\n")
    #expect(all[2].hasSuffix("Z warning a b stage=media stream=gate\n"))
    #expect(all.allSatisfy { $0.utf8.count <= 8193 && $0.hasSuffix("\n") })
  }
}
