import Glibc
import OcelliMedia
import OcelliPicture
import Testing

/// Bilinear resize of RGB bytes with half-pixel centres, in doubles: OpenCV's `INTER_LINEAR`.
func resized(_ source: Canvas, width: Int, height: Int) -> [Double] {
  var out = [Double](repeating: 0, count: width * height * 3)
  func taps(_ place: Int, _ count: Int, _ side: Int) -> (Int, Int, Double) {
    let position = (Double(place) + 0.5) * Double(side) / Double(count) - 0.5
    let left = position.rounded(.down)
    func clamped(_ at: Int) -> Int { min(max(at, 0), side - 1) }
    return (clamped(Int(left)), clamped(Int(left) + 1), position - left)
  }
  for y in 0..<height {
    let (top, bottom, down) = taps(y, height, source.height)
    for x in 0..<width {
      let (left, right, across) = taps(x, width, source.width)
      for c in 0..<3 {
        func at(_ x: Int, _ y: Int) -> Double {
          Double(source.pixels[(y * source.width + x) * 3 + c])
        }
        let upper = at(left, top) * (1 - across) + at(right, top) * across
        let lower = at(left, bottom) * (1 - across) + at(right, bottom) * across
        out[(y * width + x) * 3 + c] = upper * (1 - down) + lower * down
      }
    }
  }
  return out
}

@Suite("The fused letterbox against swscale", .serialized)
struct LetterboxAgreementTests {
  /// The tenth picture of a video.
  func picture(_ path: String) throws -> Picture {
    let source = MediaSource(try SourceAddress(parsing: path))
    _ = try source.open()
    for _ in 0..<9 { _ = try source.read() }
    guard case .picture(let decoded) = try source.read() else { throw MediaError.noVideo(path) }
    return decoded.takePicture()
  }

  /// Mean distance in grey levels, and the part of channels that are more than 8 apart.
  func distance(_ path: String, width: Int, height: Int) throws -> Double {
    let picture = try picture(path)
    var maker = CanvasMaker()
    var letterbox = Letterbox(LetterboxSpecification(width: width, height: height))
    var values = [Float](repeating: 0, count: letterbox.specification.count)
    let (canvas, geometry) = try picture.withView {
      (view) throws(EncodeError) -> (Canvas, LetterboxGeometry) in
      var span = values.mutableSpan
      let geometry = letterbox.fill(&span, from: view)
      return (try maker.canvas(of: view), geometry)
    }
    let plain = resized(canvas, width: geometry.innerWidth, height: geometry.innerHeight)
    var sum = 0.0
    for y in 0..<geometry.innerHeight {
      for x in 0..<geometry.innerWidth {
        for c in 0..<3 {
          let ours = values[
            (c * height + y + geometry.top) * width + x + geometry.left]
          sum += abs(Double(ours) - plain[(y * geometry.innerWidth + x) * 3 + c])
        }
      }
    }
    return sum / Double(plain.count)
  }

  @Test("it agrees with swscale and a bilinear resize on a video of our own")
  func ownVideo() throws {
    let scratch = Scratch()
    let path = try scratch.video(frames: 12, width: 320, height: 240)
    for (width, height) in [(416, 416), (160, 96), (320, 240)] {
      #expect(try distance(path, width: width, height: height) < 1)
    }
  }

  @Test(
    "it agrees with swscale and a bilinear resize on real clips, within 2 grey levels on average",
    .enabled(if: SharedMaterial.hasVideos),
    arguments: [
      "pets-pedestrians.avi", "motorway-720p.mp4", "plate-camera-720p.mp4", "bottles.mp4",
      "garden-wide-1fps.mp4",
    ])
  func clips(name: String) throws {
    for (width, height) in [(416, 416), (384, 224)] {
      let mean = try distance(SharedMaterial.videos! + "/" + name, width: width, height: height)
      print("\(name) to \(width)x\(height): \(mean) grey levels from swscale")
      #expect(mean < 2)
    }
  }

  /// A sanitizer instruments our side alone: times say nothing under one.
  static let isSanitized =
    unsafe dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

  @Test(
    "it is faster than swscale's two passes alone, before they make floats",
    .disabled(if: isSanitized, "instrumented"))
  func speed() {
    let picture = PictureBuffer(width: 1_280, height: 720, format: .i420, range: .limited)
    unsafe picture.withPlanes { planes, pitches in
      for i in 0..<pitches.0 * 720 { unsafe planes.0[i] = UInt8(truncatingIfNeeded: i &* 37) }
      for i in 0..<pitches.1 * 360 {
        unsafe planes.1![i] = UInt8(truncatingIfNeeded: i &* 11)
        unsafe planes.2![i] = UInt8(truncatingIfNeeded: i &* 7)
      }
    }
    let specification = LetterboxSpecification(width: 416, height: 416)
    var letterbox = Letterbox(specification)
    var plain = PlainLetterbox(specification)
    var values = [Float](repeating: 0, count: specification.count)
    var ours = Double.infinity
    var theirs = Double.infinity
    picture.withView { view in
      for _ in 0..<15 {
        var start = Interrupter.now()
        var span = values.mutableSpan
        _ = letterbox.fill(&span, from: view)
        ours = min(ours, Double(Interrupter.now() - start) / 1e6)
        start = Interrupter.now()
        _ = plain.scale(view)
        theirs = min(theirs, Double(Interrupter.now() - start) / 1e6)
      }
    }
    print("1280x720 to 416x416: fused \(ours) ms, swscale's passes \(theirs) ms")
    #expect(ours * 2 < theirs)
  }
}
