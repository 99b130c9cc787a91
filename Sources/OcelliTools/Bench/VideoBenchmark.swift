import OcelliEngine
package import OcelliEvents
import OcelliKernels
import OcelliMedia
import OcelliPicture
package import OcelliVision
import OcelliVocabulary

/// Times the whole way of a file's frames, one after the other, a stage at a time.
package struct VideoBenchmark: Sendable {
  /// The stages of a frame, in order.
  package enum Stage: String, CaseIterable, Sendable {
    case decode, letterbox, inference, output
  }

  package let source: String
  package let model: String
  package let threads: Int
  package private(set) var frames = 0
  package private(set) var spent: [Stage: Spent] = [:]
  /// Bytes of lines made.
  package private(set) var bytes = 0

  /// Analyses the video up to its end or `duration`. Units: seconds.
  /// Errors: the source's, the model's.
  package init(
    source text: String, model: ModelSource, overrides: CardOverrides,
    notes: ModelNotes = ModelNotes(), threads: Int, duration: Double?
  ) throws(ToolError) {
    let vision = try model.load(overrides: overrides, notes: notes)
    let crew = Crew(threadCount: threads)
    let analyzer: Analyzer
    do { analyzer = try vision.makeAnalyzer(crew: crew) } catch {
      throw ToolError(.badData, "\(error)")
    }
    self.source = text
    self.model = vision.card.name
    self.threads = crew.threadCount
    do throws(MediaError) { try measure(analyzer, duration: duration ?? .infinity) } catch {
      // Read to its end all the same.
      if case .damaged = error {} else { throw ToolError(error) }
    }
    guard frames > 0 else { throw ToolError(.badData, "\(text): no picture could be decoded") }
  }

  private mutating func measure(
    _ analyzer: Analyzer, duration: Double
  ) throws(MediaError) {
    let address = try SourceAddress(parsing: source)
    var options = MediaOptions()
    // Threads of the decoder's own would run under other stages, and their time be booked there.
    options.decoderThreads = 1
    let media = MediaSource(address, options: options)
    _ = try media.open()
    defer { media.close() }
    var encoder = LineEncoder(stable: false)
    var moment = Moment.now
    while case .picture(let decoded) = try media.read() {
      guard decoded.pts < duration else { return }
      moment = spent[.decode, default: Spent()].add(since: moment)
      try stage(decoded) { (view) throws(VisionError) in try analyzer.load(view) }
      moment = spent[.letterbox, default: Spent()].add(since: moment)
      let findings: Findings
      do { findings = try analyzer.infer() } catch { throw .invalidData("\(error)") }
      moment = spent[.inference, default: Spent()].add(since: moment)
      let line = FrameLine(
        stamp: FrameStamp(
          stream: StreamID(source), session: 1, frame: frames, pts: decoded.pts,
          timeMicroseconds: 0, timeSource: .clock, arrivalNanoseconds: 0),
        width: decoded.picture.width, height: decoded.picture.height, findings: findings)
      bytes += encoder.encode(.frame(line), sequence: UInt64(frames), timeMicroseconds: 0).count
      moment = spent[.output, default: Spent()].add(since: moment)
      frames += 1
    }
  }

  private func stage(
    _ decoded: borrowing DecodedPicture, _ body: (borrowing PictureView) throws(VisionError) -> Void
  ) throws(MediaError) {
    do throws(VisionError) { try decoded.picture.withView(body) } catch {
      throw .invalidData("\(error)")
    }
  }

  // MARK: Results

  /// Wall and CPU time of all stages.
  private var total: Spent {
    spent.values.reduce(Spent()) { Spent(wall: $0.wall + $1.wall, cpu: $0.cpu + $1.cpu) }
  }

  /// Units: frames a second of the wall's clock, and of CPU time.
  package var framesPerSecond: Double { Double(frames) * 1e9 / Double(max(total.wall, 1)) }
  package var framesPerCPUSecond: Double { Double(frames) * 1e9 / Double(max(total.cpu, 1)) }

  /// Units: milliseconds a frame.
  private func milliseconds(_ nanoseconds: Int64) -> Double {
    Double(nanoseconds) / 1e6 / Double(max(frames, 1))
  }

  /// For a terminal.
  package var text: String {
    var table = Table()
    table.add("stage", "CPU ms/frame", "wall ms/frame", "share of CPU")
    for stage in Stage.allCases {
      let time = spent[stage] ?? Spent()
      let share = Double(time.cpu) * 100 / Double(max(total.cpu, 1))
      table.add(
        stage.rawValue, Decimal.text(milliseconds(time.cpu), places: 3),
        Decimal.text(milliseconds(time.wall), places: 3), Decimal.text(share, places: 1) + " %")
    }
    return """
      \(source), \(model), \(threads) thread\(threads == 1 ? "" : "s"): \(frames) frames
      \(Decimal.text(framesPerSecond, places: 1)) frames/s, \
      \(Decimal.text(framesPerCPUSecond, places: 1)) frames per CPU second

      \(table.text)
      """
  }

  package var json: JSONValue {
    .members([
      "source": .string(source), "model": .string(model), "threads": .whole(threads),
      "isa": .string(KernelTier.current.rawValue), "frames": .whole(frames),
      "fps": .decimal(framesPerSecond, decimals: 3),
      "frames_per_cpu_s": .decimal(framesPerCPUSecond, decimals: 3),
      "cpu_ms": .table(
        Stage.allCases.map { stage in
          (
            stage.rawValue,
            .decimal(milliseconds(spent[stage]?.cpu ?? 0), decimals: 4) ?? .null
          )
        }),
      "wall_ms": .table(
        Stage.allCases.map { stage in
          (
            stage.rawValue,
            .decimal(milliseconds(spent[stage]?.wall ?? 0), decimals: 4) ?? .null
          )
        }),
    ])
  }
}
