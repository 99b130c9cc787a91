package import OcelliPicture

/// A few pictures of a source, held for as long as they are looked at.
package struct SamplePictures: Sendable {
  /// An array cannot hold what is not copied.
  package final class Held: Sendable {
    package let picture: Picture

    package init(_ picture: consuming Picture) { self.picture = picture }
  }

  package let pictures: [Held]

  /// What held pictures may take, about. Units: bytes.
  private static let byteLimit = 512 << 20
  /// Between pictures that are spread over a source. Units: seconds.
  private static let widest = 2.0
  private static let usual = 0.5

  /// `count` pictures, damaged ones left out; fewer where there are no more, or where they are large.
  /// `start`: where a file begins, in seconds. `spacing`: seconds between two, nil spreads them over the
  /// source. `mostDecoded`: pictures that are decoded at most.
  /// Errors: the source's; `.invalidData` where it has none.
  package init(
    _ address: SourceAddress, count: Int, start: Double = 0, spacing: Double?, mostDecoded: Int
  ) throws(MediaError) {
    var options = MediaOptions()
    options.startSeconds = start
    let media = address.makeSource(options: options)
    let description = try media.open()
    defer { media.close() }
    let step = Step(description, count: count, start: start, spacing: spacing)
    var found: [Held] = []
    var next = -Double.infinity
    var decoded = 0
    var bytes = 0
    reading: while found.count < count, decoded < mostDecoded, bytes < Self.byteLimit {
      let event: SourceEvent
      // What could be read before the damage is enough.
      do throws(MediaError) { event = try media.read() } catch {
        if found.isEmpty { throw error }
        break
      }
      switch consume event {
      case .end: break reading
      case .trouble: continue
      case .picture(let picture):
        let isWanted =
          picture.pts >= next && decoded % step.pictures == 0 && !picture.isCorrupt
        decoded += 1
        let time = picture.pts
        let taken = picture.takePicture()
        guard isWanted else { continue }
        next = time + step.seconds
        bytes += taken.width * taken.height * 3 / 2
        found.append(Held(taken))
      }
    }
    guard !found.isEmpty else {
      throw .invalidData("\(address): no picture without damage could be decoded")
    }
    pictures = found
  }

  /// How far two pictures lie apart.
  private struct Step {
    var seconds = 0.0
    var pictures = 1

    init(_ source: StreamDescription, count: Int, start: Double, spacing: Double?) {
      if let spacing {
        seconds = spacing
      } else if let duration = source.durationSeconds, duration > start {
        seconds = min((duration - start) / Double(max(count, 1)), SamplePictures.widest)
      } else if let all = source.frameCount, !source.isLive {
        pictures = max(1, all / max(count, 1))
      } else {
        seconds = SamplePictures.usual
      }
    }
  }
}
