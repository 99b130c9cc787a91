import OcelliEvents
import OcelliVocabulary
import Testing

@Suite struct LineEncoderTests {
  private func text(_ line: Line, stable: Bool = false, sequence: UInt64 = 2) -> String {
    var encoder = LineEncoder(stable: stable)
    return String(
      decoding: encoder.encode(line, sequence: sequence, timeMicroseconds: Examples.time),
      as: UTF8.self)
  }

  @Test func everyKindOfLineHasItsGoldenText() {
    let head = "\"time\":\"2026-11-23T21:30:00.000000Z\""
    let golden = [
      #"{"v":1,"type":"hello","seq":2,\#(head),"run":"\#(Examples.run())","software":"ocelli","version":"0.1.0","streams":["gate","yard"],"models":{"default":{"name":"draft","sha256":"\#(String(repeating: "0a", count: 32))","task":"detect","labels":["person"]}}}"#,
      #"{"v":1,"type":"hello","seq":2,\#(head),"run":"\#(Examples.run())","software":"ocelli","version":"0.1.0","resume":{"oldest_seq":8},"streams":[],"models":{},"settings":{"confidence":0.25}}"#,
      #"{"v":1,"type":"stream","seq":2,\#(head),"stream":"gate","session":0,"state":"connecting","url":"rtsp://***@h/s1"}"#,
      #"{"v":1,"type":"stream","seq":2,\#(head),"stream":"gate","session":1,"state":"up","codec":"h264","width":1920,"height":1080,"fps":29.97,"sample":{"fps":5},"model":"default","url":"rtsp://***@h/s1"}"#,
      #"{"v":1,"type":"stream","seq":2,\#(head),"stream":"gate","session":1,"state":"up","sample":{"every":3}}"#,
      #"{"v":1,"type":"stream","seq":2,\#(head),"stream":"gate","session":1,"state":"up","sample":{"every":"key"}}"#,
      #"{"v":1,"type":"stream","seq":2,\#(head),"stream":"gate","session":1,"state":"down","reason":"refused"}"#,
      #"{"v":1,"type":"frame","seq":2,\#(head),"time_src":"arrival","stream":"gate","session":1,"frame":31,"pts":2.067,"width":1920,"height":1080,"age_ms":41.2,"infer_ms":18.7,"objects":[]}"#,
      #"{"v":1,"type":"frame","seq":2,\#(head),"time_src":"arrival","stream":"gate","session":1,"frame":31,"pts":2.067,"width":1920,"height":1080,"age_ms":41.2,"infer_ms":18.7,"objects":[{"class_id":0,"label":"person","confidence":0.91,"box":[412.0,233.5,498.0,571.0]},{"class_id":0,"label":"person","confidence":0.91,"box":[412.0,233.5,498.0,571.0],"keypoints":[[1.2,0.0,0.5],[3.0,4.0]]}]}"#,
      #"{"v":1,"type":"frame","seq":2,\#(head),"time_src":"arrival","stream":"gate","session":1,"frame":31,"pts":2.067,"width":1920,"height":1080,"age_ms":41.2,"infer_ms":18.7,"classes":[{"class_id":7,"confidence":0.1235}]}"#,
      #"{"v":1,"type":"frame","seq":2,\#(head),"time_src":"arrival","stream":"gate","session":1,"frame":31,"pts":2.067,"width":1920,"height":1080,"age_ms":41.2,"infer_ms":18.7,"embedding":[0.1,-1e-07,3.0]}"#,
      #"{"v":1,"type":"frame","seq":2,\#(head),"time_src":"arrival","stream":"gate","session":1,"frame":31,"path":"a/ü.jpg","pts":2.067,"width":1920,"height":1080,"age_ms":41.2,"infer_ms":18.7,"outputs":[{"name":"out","shape":[1,2],"type":"float32","minimum":-1.5,"maximum":2.0,"values":[-1.5,2.0]},{"name":"odd","shape":[],"type":"int64"}]}"#,
      #"{"v":1,"type":"gap","seq":2,\#(head),"stream":"gate","cause":"overload","frames":6,"from_pts":2.133,"to_pts":2.467}"#,
      #"{"v":1,"type":"gap","seq":2,\#(head),"stream":"gate","cause":"network","from_pts":2.100,"to_pts":9.000}"#,
      #"{"v":1,"type":"gap","seq":2,\#(head),"cause":"output","frames":5,"from_seq":4,"to_seq":9}"#,
      #"{"v":1,"type":"error","seq":2,\#(head),"stream":"gate","code":"auth_failed","message":"camera refused the \"credentials\"\n\u0001","retry_in_s":8}"#,
      #"{"v":1,"type":"error","seq":2,\#(head),"code":"output","message":"disk full"}"#,
      #"{"v":1,"type":"stats","seq":2,\#(head),"window_s":10,"streams":{"gate":{"received":1500,"analysed":490,"in_flight":1,"lost":{"sampling":1000,"overload":6,"corrupt":3},"age_ms":{"p50":38,"p99":63.2}}},"outputs":{"-":{"produced":5,"delivered":3,"lost":1,"queued":1},"unix:/run/ocelli/lines.sock":{"produced":0,"delivered":0,"lost":0,"queued":0,"readers":2}}}"#,
      #"{"v":1,"type":"end","seq":2,\#(head),"reason":"eof","frames":{"received":1500,"analysed":490,"in_flight":1,"lost":{"sampling":1000,"overload":6,"corrupt":3}},"streams":{"gate":{"received":1500,"analysed":490,"in_flight":1,"lost":{"sampling":1000,"overload":6,"corrupt":3},"age_ms":{"p50":38,"p99":63.2}}},"outputs":{"-":{"produced":5,"delivered":3,"lost":1,"queued":1},"unix:/run/ocelli/lines.sock":{"produced":0,"delivered":0,"lost":0,"queued":0,"readers":2}},"exit_code":0}"#,
    ]
    let lines = Examples.all
    #expect(lines.count == golden.count)
    for (line, expected) in zip(lines, golden) { #expect(text(line) == expected + "\n") }
  }

  @Test func aStableLineHoldsNothingThatVaries() {
    for line in Examples.all {
      let text = text(line, stable: true)
      for key in ["run", "time", "age_ms", "infer_ms", "outputs\":{"] {
        #expect(!text.contains("\"\(key)\":"), "\(text)")
      }
      #expect(text.contains("\"stable\":true") == (line.type == "hello"))
    }
  }

  @Test func everyKindOfLineKeepsTheSchema() throws {
    for stable in [false, true] {
      let validator = try LineValidator(stable: stable)
      for line in Examples.all { try validator.validate(text(line, stable: stable).utf8) }
    }
  }

  @Test func aLineThatWouldPassOneMebibyteIsCutAndSaysSo() throws {
    let validator = try LineValidator()
    let nasty = String(repeating: "\u{1}", count: 10_000)
    let many = (0..<30_000).map { _ in Examples.person() }
    for objects in [
      many, [Examples.person(label: nasty)],
      Array(repeating: Examples.person(label: nasty), count: 100),
    ] {
      let line = try validator.validate(text(Examples.frame(.objects(objects), path: nasty)).utf8)
      let kept = try #require(line["objects"]?.array)
      #expect((kept.count < objects.count) == (line["truncated"] == .bool(true)))
    }
    let labels = Array(repeating: nasty, count: 500)
    let model = ModelSummary(key: nasty, name: nasty, sha256: nil, task: "detect", labels: labels)
    let hello = Hello(run: Examples.run(), version: "1", streams: [], models: [model])
    #expect(try validator.validate(text(.hello(hello)).utf8)["truncated"] == .bool(true))
    let totals = (0..<20_000).map {
      StreamTotals(stream: StreamID("s\($0)"), frames: FrameTotals())
    }
    let stats = StatsLine(windowSeconds: 1, streams: totals, outputs: Examples.outputs)
    #expect(try validator.validate(text(.stats(stats)).utf8)["truncated"] == .bool(true))
  }

  @Test func rawValuesStandInTheLineOnlyWhereTheyFit() throws {
    let validator = try LineValidator()
    func line(_ count: Int) throws -> JSONValue {
      let output = RawOutput(
        name: "o", shape: [count], type: "float32", minimum: 0, maximum: 1,
        values: Array(repeating: 0.123456789, count: count))
      return try validator.validate(text(Examples.frame(.outputs([output]))).utf8)
    }
    #expect(try line(1000)["outputs"]?.array?[0]["values"]?.array?.count == 1000)
    #expect(try line(200_000)["outputs"]?.array?[0]["values"] == nil)
    let long = Array(repeating: Float(0.1), count: 400_000)
    #expect(
      try validator.validate(text(Examples.frame(.embedding(long))).utf8)["truncated"]
        == .bool(true))
  }

  @Test func whatIsNotFiniteNeverReachesALine() throws {
    let validator = try LineValidator()
    let line = try validator.validate(
      text(Examples.frame(.objects([Examples.person(.nan), Examples.person()]))).utf8)
    #expect(line["objects"]?.array?.count == 1)
    #expect(line["truncated"] == .bool(true))
    let embedding = try validator.validate(
      text(Examples.frame(.embedding([1, .infinity]))).utf8)
    #expect(embedding["embedding"] == .array([]))
  }

  @Test func aStringReadsBackAsItWas() throws {
    for message in ["\u{0}\u{1F}\u{7F}\\\"/\n\r\t", "é漢🙂\u{2028}", "\u{FFFD}"] {
      let line = try LineValidator().validate(
        text(.error(ErrorLine(code: "x", message: message))).utf8)
      #expect(line["message"]?.string == message)
    }
    let long = String(repeating: "漢", count: 5000)
    let line = try LineValidator().validate(
      text(.error(ErrorLine(code: "x", message: long))).utf8)
    #expect(line["message"]?.string?.hasSuffix("漢…") == true)
  }
}
