import OcelliMedia
import Testing

@Suite("Source addresses")
struct AddressTests {
  @Test(
    "what is printed holds no secret, what is opened does",
    arguments: [
      ("rtsp://10.0.0.5/s1", "rtsp://10.0.0.5/s1", "rtsp://10.0.0.5/s1"),
      (
        "rtsp://u:p4ss@10.0.0.5:554/s?x=1", "rtsp://***@10.0.0.5:554/s?x=1",
        "rtsp://u:p4ss@10.0.0.5:554/s?x=1"
      ),
      ("rtsp://u@h/s", "rtsp://***@h/s", "rtsp://u@h/s"),
      ("RTSP://u:a@b:c@h/s", "rtsp://***@h/s", "rtsp://u:a%40b%3Ac@h/s"),
      ("rtsp://u:p/4#s@h:554/s", "rtsp://***@h:554/s", "rtsp://u:p%2F4%23s@h:554/s"),
      ("rtsp://u:p%2F4@h/s", "rtsp://***@h/s", "rtsp://u:p%2F4@h/s"),
      (
        "http://h/v.cgi?user=adm&pwd=p4ss&r=1", "http://h/v.cgi?user=***&pwd=***&r=1",
        "http://h/v.cgi?user=adm&pwd=p4ss&r=1"
      ),
      ("rtsp://[::1]:8554/a@b", "rtsp://[::1]:8554/a@b", "rtsp://[::1]:8554/a@b"),
      ("file:///tmp/a%20b.mp4", "/tmp/a b.mp4", "/tmp/a b.mp4"),
      ("a:b%03d.mp4", "a:b%03d.mp4", "a:b%03d.mp4"),
    ])
  func redaction(text: String, shown: String, opened: String) throws {
    let address = try SourceAddress(parsing: text)
    #expect(address.description == shown)
    #expect(String(reflecting: address) == shown)
    #expect(address.url == opened)
    var dumped = ""
    dump(address, to: &dumped)
    #expect(!dumped.contains("p4ss"))
  }

  @Test("credentials given beside the address take the place of those in it")
  func credentials() throws {
    let address = try SourceAddress(
      parsing: "rtsp://old:word@h/s", username: "us er", password: "p@ss")
    #expect(address.url == "rtsp://us%20er:p%40ss@h/s")
    #expect(address.description == "rtsp://***@h/s")
    #expect(address.secrets.contains("dXMgZXI6cEBzcw=="))
    let alone = try SourceAddress(parsing: "rtsp://h/s", username: "u", password: "p4ss")
    #expect(alone.url == "rtsp://u:p4ss@h/s")
  }

  @Test("kinds and liveness")
  func kinds() throws {
    #expect(try SourceAddress(parsing: "-").kind == .standardInput)
    #expect(try SourceAddress(parsing: "/dev/video0").isLive)
    #expect(try SourceAddress(parsing: "./-").kind == .file("./-"))
    #expect(try SourceAddress(parsing: "rtsps://h/").isLive)
    #expect(try SourceAddress(parsing: "http://h/mjpg/video").isLive)
    #expect(try !SourceAddress(parsing: "http://h/a/clip.MP4?x=y.z").isLive)
    #expect(try !SourceAddress(parsing: "clip.mp4").isLive)
  }

  @Test(
    "what cannot be opened is said at once", arguments: ["", "udp://h:1", "rtsp:///s", "file://x"])
  func unsupported(text: String) {
    #expect(failure { _ = try SourceAddress(parsing: text) } != nil)
  }

  @Test("log lines lose logins and secrets, in every form")
  func logLines() {
    let secrets = ["p@ss", "p%40ss", "dTpwQHNz"]
    let text = "open rtsp://u:p%40ss@h/s failed: Authorization: Basic dTpwQHNz (p@ss)"
    #expect(
      MediaLog.redact(text, secrets: secrets)
        == "open rtsp://***@h/s failed: Authorization: Basic *** (***)")
  }
}

@Suite("Time and trust")
struct TimelineTests {
  func places(
    _ timestamps: [Double?], isLive: Bool = false, fps: Double = 10, arrivals: [Double]? = nil
  ) -> [Double] {
    var timeline = Timeline(isLive: isLive, fps: fps, origin: nil)
    return timestamps.enumerated().map { index, timestamp in
      let pts = timeline.place(
        timestamp: timestamp, duration: nil, arrival: arrivals?[index] ?? Double(index) / 10)
      return (pts * 1000).rounded() / 1000
    }
  }

  @Test("a clean series begins at 0 and keeps its spacing")
  func clean() { #expect(places([4.9, 5.0, 5.3, 9.3]) == [0, 0.1, 0.4, 4.4]) }

  @Test("missing, equal and backward times are mended and never stand still")
  func mended() {
    #expect(places([nil, nil, nil]) == [0, 0.1, 0.2])
    #expect(places([1, 1, 1, 1.5]) == [0, 0.1, 0.2, 0.5])
    #expect(places([1, 1.2, 1.1, 1.4]) == [0, 0.2, 0.3, 0.4])
    #expect(places([5, 6, 0, 1]) == [0, 1, 1.1, 2.1])
    #expect(places([nil, 7, 7.5]) == [0, 0.1, 0.6])
  }

  @Test("a live source's leaps do not count: the time of arrival does")
  func live() {
    let arrivals = [100, 100.1, 100.3, 100.4]
    #expect(
      places([1, 1.1, 5_000, 5_000.1], isLive: true, arrivals: arrivals) == [0, 0.1, 0.3, 0.4])
    #expect(places([9, 9.1, 2, 2.1], isLive: true, arrivals: arrivals) == [0, 0.1, 0.3, 0.4])
    #expect(places([9, 9, 9, 9], isLive: true, arrivals: arrivals) == [0, 0.1, 0.3, 0.4])
  }

  @Test("whatever the times, they rise", arguments: 1...20)
  func rise(seed: UInt64) {
    var state = seed
    var timeline = Timeline(isLive: seed % 2 == 0, fps: 25, origin: nil)
    var last = -1.0
    for index in 0..<500 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let pick = Int(state >> 33) % 7
      let timestamp: Double? =
        switch pick {
        case 0: nil
        case 1: -1e9
        case 2: 1e12
        case 3: .nan
        case 4: .infinity
        default: Double(Int(state >> 40) % 1_000) / 100
        }
      let pts = timeline.place(
        timestamp: timestamp, duration: pick == 5 ? 0 : nil, arrival: Double(index) / 25)
      #expect(pts > last && pts.isFinite)
      last = pts
    }
  }

  @Test("damage taints what follows until a clean key picture")
  func taint() {
    func judged(_ pictures: [(damaged: Bool, key: Bool)], isIntraOnly: Bool = false) -> [Bool] {
      var taint = Taint(isIntraOnly: isIntraOnly)
      return pictures.enumerated().map { index, picture in
        taint.judge(packet: Int64(index + 1), isDamaged: picture.damaged, isKey: picture.key)
      }
    }
    let series: [(damaged: Bool, key: Bool)] = [
      (damaged: false, key: true), (true, false), (false, false), (true, true), (false, false),
      (false, true), (false, false),
    ]
    #expect(judged(series) == [false, true, true, true, true, false, false])
    #expect(judged(series, isIntraOnly: true) == series.map(\.damaged))
  }

  @Test(
    "a damaged packet is found again behind the decoder's delay, and a key before it clears nothing"
  )
  func delayedTaint() {
    // Packets 1 (key) to 9; 5 is a key, 7 is damaged, and the decoder is four packets behind.
    var taint = Taint(isIntraOnly: false)
    taint.damage(at: 7)
    let order: [Int64] = [1, 3, 2, 4, 6, 5, 8, 7, 9]
    let judged = order.map { taint.judge(packet: $0, isDamaged: false, isKey: $0 == 1 || $0 == 5) }
    #expect(judged == [false, false, false, false, false, false, true, true, true])
  }

  @Test("leading pictures of an open group share the damage before it, the key picture ends it")
  func openGroup() {
    // 1 key, 2 damaged, 3 key, 4 and 5 shown before 3, 6 after it.
    var taint = Taint(isIntraOnly: false)
    taint.damage(at: 2)
    let order: [Int64] = [1, 2, 4, 5, 3, 6]
    let judged = order.map { taint.judge(packet: $0, isDamaged: false, isKey: $0 == 1 || $0 == 3) }
    #expect(judged == [false, true, true, true, false, false])
  }

  @Test("a flood of damage keeps its first and its last packets")
  func flood() {
    var taint = Taint(isIntraOnly: false)
    for packet in 10...5_000 { taint.damage(at: Int64(packet)) }
    let judged = [5, 10, 4_999, 5_001, 5_002].map {
      taint.judge(packet: Int64($0), isDamaged: false, isKey: $0 == 5_001)
    }
    #expect(judged == [false, true, true, false, false])
  }
}
