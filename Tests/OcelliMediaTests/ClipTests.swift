import OcelliMedia
import OcelliPicture
import Testing

/// What reading a source to its end gave.
struct Reading {
  var frames = 0
  var corrupt = 0
  var sizes: Set<String> = []
  var isIncreasing = true
  var firstPTS: Double?
  var lastPTS = -1.0
  var error: MediaError?

  init(_ source: MediaSource) {
    do throws(MediaError) {
      _ = try source.open()
      loop: while true {
        switch try source.read() {
        case .end: break loop
        case .trouble(let trouble): throw trouble
        case .picture(let decoded):
          frames += 1
          if decoded.isCorrupt { corrupt += 1 }
          sizes.insert("\(decoded.picture.width)x\(decoded.picture.height)")
          if decoded.pts <= lastPTS { isIncreasing = false }
          if firstPTS == nil { firstPTS = decoded.pts }
          lastPTS = decoded.pts
        }
      }
    } catch {
      self.error = error
    }
    source.close()
  }

  init(path: String, options: MediaOptions = MediaOptions()) throws(MediaError) {
    self.init(MediaSource(try SourceAddress(parsing: path), options: options))
  }
}

/// The error that `body` ends with; nil where it succeeds.
func failure(_ body: () throws -> Void) -> MediaError? {
  do {
    try body()
    return nil
  } catch {
    return error as? MediaError
  }
}

@Suite("Clips of the shared material", .serialized, .enabled(if: SharedMaterial.hasVideos))
struct ClipTests {
  /// Name, pictures by `ffprobe -count_frames`, size.
  static let clips: [(String, Int, String)] = [
    ("pets-pedestrians.avi", 300, "768x576"), ("car-detection.mp4", 377, "768x432"),
    ("one-by-one-person.mp4", 301, "768x432"), ("bottles.mp4", 748, "640x360"),
    ("highway-osd.avi", 748, "320x240"), ("overhead-cars.avi", 374, "640x360"),
    ("night-street-crowd-1080p.mp4", 8, "1920x1080"), ("night-ir-hevc.mp4", 899, "960x1088"),
    ("shopfront-cctv.mp4", 601, "640x360"), ("motorway-720p.mp4", 268, "1280x720"),
    ("shopping-street-720p.mp4", 314, "1280x720"), ("plate-camera-720p.mp4", 344, "1280x720"),
    ("garden-wide-1fps.mp4", 10, "320x240"),
  ]

  @Test("a clip gives as many pictures as ffprobe counts", arguments: clips)
  func counts(name: String, frames: Int, size: String) throws {
    let reading = try Reading(path: SharedMaterial.videos! + "/" + name)
    #expect(reading.error == nil)
    #expect(reading.frames == frames)
    #expect(reading.sizes == [size])
    #expect(reading.isIncreasing)
    #expect(reading.firstPTS == 0)
    #expect(reading.corrupt == 0)
  }
}
