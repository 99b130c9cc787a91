import OcelliMedia
import OcelliPicture

/// Draws the lines of an analysis into the pictures that they are about.
package struct Render {
  private let video: String
  private let lines: String
  private let output: String
  private let confidence: Double
  private let tell: (Progress) -> Void

  /// `tell` is called now and then. `confidence`: 0…1, what is below is not drawn.
  package init(
    video: String, lines: String, output: String, confidence: Double,
    tell: @escaping (Progress) -> Void
  ) {
    self.video = video
    self.lines = lines
    self.output = output
    self.confidence = confidence
    self.tell = tell
  }

  /// How far a frame's time may lie from a line's: lines carry milliseconds. Units: seconds.
  private static let tolerance = 0.0011
  /// How long boxes stay on pictures that were not analysed. Units: seconds.
  private static let hold = 0.5

  /// Writes a video. Returns: pictures written, and how many of them had a line.
  package func writeVideo() throws(ToolError) -> (pictures: Int, annotated: Int) {
    var frames = try AnnotatedFrames(lines, video: video, confidence: confidence)
    var next = try frames.next()
    guard next != nil else { throw nothing() }
    var shown: AnnotatedFrame?
    var writer: VideoWriter?
    var counts = (pictures: 0, annotated: 0)
    try walk { (canvas, pts, fps) throws(ToolError) in
      while let frame = next, frame.pts < pts - Self.tolerance { next = try frames.next() }
      let isNew = next.map { $0.pts <= pts + Self.tolerance } ?? false
      if isNew {
        shown = next
        next = try frames.next()
        counts.annotated += 1
      }
      var canvas = canvas
      if let shown, pts - shown.pts < Self.hold {
        Annotator.draw(shown, on: &canvas, faded: !isNew)
      }
      do throws(EncodeError) {
        // A video has one size; FFmpeg's containers know no other.
        if writer == nil {
          writer = try VideoWriter(
            path: output, width: canvas.width, height: canvas.height, fps: fps ?? 25)
        }
        guard let writer else { return false }
        try writer.write(canvas.fitted(width: writer.width, height: writer.height), at: pts)
      } catch { throw ToolError(error) }
      counts.pictures += 1
      return true
    }
    guard let writer else { throw ToolError(.badData, "\(video): no picture could be decoded") }
    do throws(EncodeError) { try writer.finish() } catch { throw ToolError(error) }
    return counts
  }

  /// Writes a contact sheet of at most `count` pictures spread evenly over those with a line.
  /// Returns: how many pictures are on it.
  package func writeSheet(_ count: Int) throws(ToolError) -> Int {
    var chosen = try choose(count)[...]
    var cells: [Canvas] = []
    try walk { (canvas, pts, _) throws(ToolError) in
      while let frame = chosen.first, frame.pts < pts - Self.tolerance { chosen.removeFirst() }
      guard let frame = chosen.first else { return false }
      guard frame.pts <= pts + Self.tolerance else { return true }
      chosen.removeFirst()
      cells.append(ContactSheet.cell(canvas, frame))
      return true
    }
    guard let sheet = ContactSheet.sheet(cells) else {
      throw ToolError(
        .badData, "none of the lines of \(lines) belongs to a picture of \(video)")
    }
    let file: [UInt8]
    do throws(EncodeError) { file = try PNG.encode(sheet) } catch { throw ToolError(error) }
    try Files.write(output, file)
    return cells.count
  }

  private func nothing() -> ToolError {
    ToolError(.badData, "\(lines): no frame line of \(video); was it analysed?")
  }

  /// Evenly spread frames, chosen in one pass and bounded memory: when twice as many as wanted are
  /// held eight times over, every second one goes, and from then on half as many are taken.
  private func choose(_ count: Int) throws(ToolError) -> [AnnotatedFrame] {
    var frames = try AnnotatedFrames(lines, video: video, confidence: confidence)
    var held: [AnnotatedFrame] = []
    var step = 1
    var index = 0
    while let frame = try frames.next() {
      if index % step == 0 { held.append(frame) }
      index += 1
      if held.count >= count * 16 {
        held = stride(from: 0, to: held.count, by: 2).map { held[$0] }
        step *= 2
      }
    }
    guard !held.isEmpty else { throw nothing() }
    guard held.count > count else { return held }
    return (0..<count).map { held[($0 * 2 + 1) * held.count / (count * 2)] }
  }

  /// Decodes the video and hands on every picture, until `body` has seen enough.
  private func walk(
    _ body: (Canvas, Double, Double?) throws(ToolError) -> Bool
  ) throws(ToolError) {
    let source: any FrameSource
    let description: StreamDescription
    do throws(MediaError) {
      source = try SourceAddress(parsing: video).makeSource()
      description = try source.open()
    } catch { throw ToolError(error) }
    defer { source.close() }
    var maker = CanvasMaker()
    let start = Moment.now
    var count = 0
    while true {
      let canvas: Canvas
      let pts: Double
      do throws(MediaError) {
        switch try source.read() {
        case .end: return
        case .trouble: continue
        case .picture(let decoded):
          pts = decoded.pts
          canvas = try Self.canvas(decoded, &maker)
        }
      } catch {
        // Read to its end: what could be drawn is drawn, and its analysis has told the rest.
        if case .damaged = error { return }
        throw ToolError(error)
      }
      count += 1
      if count % 8 == 0 {
        tell(
          Progress(
            name: video, frames: count, total: description.frameCount,
            elapsed: Double(Moment.now.wall - start.wall) / 1e9))
      }
      guard try body(canvas, pts, description.fps) else { return }
    }
  }

  private static func canvas(
    _ decoded: borrowing DecodedPicture, _ maker: inout CanvasMaker
  ) throws(MediaError) -> Canvas {
    do throws(EncodeError) {
      return try decoded.picture.withView { (view) throws(EncodeError) in
        try maker.canvas(of: view)
      }
    } catch { throw .outOfMemory }
  }
}
