import OcelliEvents
import OcelliVocabulary

/// One line of every kind, and the odd ones.
enum Examples {
  static let gate = StreamID("gate")
  /// 2026-11-23T21:30:00.000000Z
  static let time: Int64 = 1_795_469_400_000_000

  static func stamp(frame: Int = 31) -> FrameStamp {
    FrameStamp(
      stream: gate, session: 1, frame: frame, pts: 2.0666, timeMicroseconds: time,
      timeSource: .arrival, arrivalNanoseconds: 0)
  }

  struct Fixed: RandomNumberGenerator {
    var state: UInt64 = 1
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state
    }
  }

  static func run() -> ULID {
    var random = Fixed()
    return ULID(timeMicroseconds: time, using: &random)
  }

  static func frame(_ findings: Findings, path: String? = nil) -> Line {
    .frame(
      FrameLine(
        stamp: stamp(), width: 1920, height: 1080, path: path, ageMilliseconds: 41.24,
        inferMilliseconds: 18.66, findings: findings))
  }

  static func person(_ confidence: Float = 0.91, label: String? = "person") -> Detection {
    Detection(
      classID: 0, label: label, confidence: confidence,
      box: PixelBox(left: 412, top: 233.46, right: 498, bottom: 571.04))
  }

  static let totals = StreamTotals(
    stream: gate,
    frames: FrameTotals(
      received: 1500, analysed: 490, inFlight: 1,
      lost: [.overload: 6, .sampling: 1000, .corrupt: 3, .lag: 0]),
    ageP50: 38, ageP99: 63.21)

  static let outputs = [
    OutputTotals(output: "-", produced: 5, delivered: 3, lost: 1, queued: 1),
    OutputTotals(output: "unix:/run/ocelli/lines.sock", readers: 2),
  ]

  static var all: [Line] {
    var pose = person()
    pose.keypoints = [
      Keypoint(x: 1.25, y: -0.04, confidence: 0.5), Keypoint(x: 3, y: 4, confidence: nil),
    ]
    return [
      .hello(
        Hello(
          run: run(), version: "0.1.0", streams: [gate, StreamID("yard")],
          models: [
            ModelSummary(
              key: "default", name: "draft", sha256: String(repeating: "0a", count: 32),
              task: "detect", labels: ["person"])
          ])),
      .hello(
        Hello(
          run: run(), version: "0.1.0", streams: [], models: [], oldestSequence: 8,
          settings: .members(["confidence": .number(0.25, isInteger: false)]))),
      .stream(StreamLine(stream: gate, session: 0, state: .connecting, url: "rtsp://***@h/s1")),
      .stream(
        StreamLine(
          stream: gate, session: 1, state: .up, codec: "h264", width: 1920, height: 1080,
          fps: 29.97002997, sample: .fps(5), model: "default", url: "rtsp://***@h/s1")),
      .stream(StreamLine(stream: gate, session: 1, state: .up, sample: .every(3))),
      .stream(StreamLine(stream: gate, session: 1, state: .up, sample: .keyPictures)),
      .stream(StreamLine(stream: gate, session: 1, state: .down, reason: "refused")),
      frame(.objects([])),
      frame(.objects([person(), pose])),
      frame(.classes([Classification(classID: 7, label: nil, confidence: 0.123456)])),
      frame(.embedding([0.1, -1e-7, 3])),
      frame(
        .outputs([
          RawOutput(
            name: "out", shape: [1, 2], type: "float32", minimum: -1.5, maximum: 2,
            values: [-1.5, 2]),
          RawOutput(
            name: "odd", shape: [], type: "int64", minimum: .nan, maximum: .infinity,
            values: [.nan]),
        ]), path: "a/ü.jpg"),
      .gap(
        GapLine(Gap(stream: gate, cause: .overload, frames: 6, fromPTS: 2.1333, toPTS: 2.4667))),
      .gap(
        GapLine(Gap(stream: gate, cause: .network, frames: nil, fromPTS: 2.1, toPTS: 9))),
      .gap(GapLine(lostLines: 4...9, frames: 5)),
      .error(
        ErrorLine(
          stream: gate, code: "auth_failed", message: "camera refused the \"credentials\"\n\u{1}",
          retryInSeconds: 8)),
      .error(ErrorLine(code: "output", message: "disk full")),
      .stats(StatsLine(windowSeconds: 10, streams: [totals], outputs: outputs)),
      .end(EndLine(reason: "eof", streams: [totals], outputs: outputs, exitCode: 0)),
    ]
  }
}
