import OcelliMedia
import OcelliPicture

/// A few pictures of a source, held for as long as they are looked at.
struct SamplePictures {
  /// An array cannot hold what is not copied.
  final class Held: Sendable {
    let picture: Picture

    init(_ picture: consuming Picture) { self.picture = picture }
  }

  let pictures: [Held]
  /// The same ones, scrambled.
  let scrambled: [PictureBuffer]

  /// Units: seconds between two pictures of a video; and pictures that are decoded at most.
  private static let distance = 1.0
  private static let mostDecoded = 600

  /// The first `count` pictures that are a second apart, damaged ones left out; fewer where there are no
  /// more. `start`: where a file begins, in seconds. Errors: the source's; `.badData` where it has none.
  init(_ source: String, count: Int, start: Double) throws(ToolError) {
    var found: [Held] = []
    do throws(MediaError) {
      var options = MediaOptions()
      options.startSeconds = start
      let media = try SourceAddress(parsing: source).makeSource(options: options)
      _ = try media.open()
      defer { media.close() }
      var next = -Double.infinity
      var decoded = 0
      reading: while found.count < count, decoded < Self.mostDecoded {
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
          decoded += 1
          let isWanted = picture.pts >= next && !picture.isCorrupt
          let time = picture.pts
          let taken = picture.takePicture()
          guard isWanted else { continue }
          next = time + Self.distance
          found.append(Held(taken))
        }
      }
    } catch { throw ToolError(error) }
    guard !found.isEmpty else {
      throw ToolError(.badData, "\(source): no picture without damage could be decoded")
    }
    pictures = found
    scrambled = found.map { $0.picture.withView { PictureBuffer.scrambled($0) } }
  }
}

extension PictureBuffer {
  /// A black picture, or one of noise that is the same every time.
  static func made(width: Int, height: Int, noise: Bool) -> PictureBuffer {
    let buffer = PictureBuffer(width: width, height: height, format: .rgb24)
    var random = Noise()
    unsafe buffer.withPlanes { planes, pitches in
      for y in 0..<height {
        for x in 0..<3 * width {
          unsafe planes.0[y * pitches.0 + x] = noise ? UInt8(random.next() * 255) : 0
        }
      }
    }
    return buffer
  }
}

/// Numbers from 0 to 1 that are the same in every run.
struct Noise {
  private var state: UInt32 = 1

  mutating func next() -> Float {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(state >> 8) / Float(1 << 24)
  }
}
