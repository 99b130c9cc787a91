package import OcelliEvents
package import OcelliMedia
import OcelliPicture

/// What a source is, as far as opening it and decoding one picture tells.
package struct Probe: Sendable {
  package let source: String
  package let description: StreamDescription
  /// Of the first picture. Units: pixels.
  package let width: Int
  package let height: Int
  private let picture: (format: PixelFormat, matrix: ColorMatrix, range: ColorRange)

  /// Opens the source, reads its first picture and closes it. Errors: as the source's.
  package init(
    _ text: String, rawVideo: RawVideo? = nil, limits: MediaLimits = MediaLimits()
  ) throws(ToolError) {
    do throws(MediaError) {
      let address = try SourceAddress(parsing: text)
      var options = MediaOptions()
      options.rawVideo = rawVideo
      options.limits = limits
      let source = address.makeSource(options: options)
      let description = try source.open()
      defer { source.close() }
      let first: DecodedPicture
      switch try source.read() {
      case .picture(let picture): first = picture
      case .trouble(let error): throw error
      case .end: throw .invalidData("\(address): no picture could be decoded")
      }
      self.source = "\(address)"
      self.description = description
      (width, height) = (first.picture.width, first.picture.height)
      picture = first.picture.withView { ($0.format, $0.matrix, $0.range) }
    } catch { throw ToolError(error) }
  }

  /// For a terminal.
  package var text: String {
    var table = Table()
    table.add("source", source)
    table.add("kind", description.isLive ? "live" : "file")
    table.add("codec", description.codec)
    table.add("picture", "\(width)×\(height), \(format)")
    table.add("fps", description.fps.map { Decimal.text($0, places: 3) } ?? "unknown")
    table.add(
      "duration",
      description.durationSeconds.map { Decimal.text($0, places: 3) + " s" } ?? "unknown")
    // The container's word; damaged or packed streams give fewer.
    table.add("frames", description.frameCount.map { "\($0) by the container" } ?? "unknown")
    return table.text
  }

  package var json: JSONValue {
    .members([
      "source": .string(source), "live": .bool(description.isLive),
      "codec": .string(description.codec), "width": .whole(width), "height": .whole(height),
      "pixels": .string(picture.format.rawValue),
      "matrix": picture.format == .rgb24 ? nil : .string(picture.matrix.rawValue),
      "range": picture.format == .rgb24 ? nil : .string(picture.range.rawValue),
      "fps": .decimal(description.fps, decimals: 3),
      "duration_s": .decimal(description.durationSeconds, decimals: 3),
      "frames": description.frameCount.map { .whole($0) },
    ])
  }

  private var format: String {
    picture.format == .rgb24
      ? "converted to RGB"
      : "\(picture.format.rawValue) \(picture.matrix.rawValue) \(picture.range.rawValue)"
  }
}
