import Foundation
import OcelliMedia
import OcelliPicture
import Testing

/// What FFmpeg's own program makes of a file's first picture.
enum FFmpegProgram {
  static let path = ["/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// RGB of the first picture, upright, with chroma at full size.
  static func rgb(of file: String) throws -> [UInt8] {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: try #require(path))
    process.arguments = [
      "-v", "quiet", "-nostdin", "-i", "file:" + file, "-frames:v", "1", "-vf",
      "scale=flags=bilinear+accurate_rnd+full_chroma_int+full_chroma_inp,format=rgb24", "-f",
      "rawvideo", "-",
    ]
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return [UInt8](data)
  }
}

/// The first picture of a file as RGB.
func firstCanvas(_ path: String) throws -> Canvas {
  let source = try SourceAddress(parsing: path).makeSource()
  _ = try source.open()
  defer { source.close() }
  guard case .picture(let decoded) = try source.read() else { throw MediaError.noVideo(path) }
  var maker = CanvasMaker()
  return try decoded.picture.withView { (view) throws(EncodeError) in try maker.canvas(of: view) }
}

/// Peak signal to noise ratio of bytes. Not inside `#expect`, which would keep every element. Units: dB; 100 where they are equal.
func psnr(_ left: [UInt8], _ right: [UInt8]) -> Double {
  guard left.count == right.count, !left.isEmpty else { return 0 }
  var sum = 0
  for (a, b) in zip(left, right) { sum += (Int(a) - Int(b)) * (Int(a) - Int(b)) }
  guard sum > 0 else { return 100 }
  return 10 * log10(65_025 * Double(left.count) / Double(sum))
}

/// A grey level a pixel.
func brightness(_ rgb: [UInt8]) -> [UInt8] {
  var grey: [UInt8] = []
  for at in stride(from: 0, to: rgb.count - 2, by: 3) {
    let (red, green, blue) = (Int(rgb[at]), Int(rgb[at + 1]), Int(rgb[at + 2]))
    grey.append(UInt8((77 * red + 150 * green + 29 * blue) >> 8))
  }
  return grey
}

@Suite("Colours and directions", .enabled(if: SharedMaterial.hasOddFiles))
struct ColorTests {
  let odd = (SharedMaterial.videos ?? "") + "/odd/"

  @Test(
    "a tagged matrix and range give the reference's colours, to 50 dB",
    arguments: [
      "color_bt601_tv.mp4", "color_bt601_pc.mp4", "color_bt709_tv.mp4", "color_bt709_pc.mp4",
      "color_bt2020_tv.mp4", "color_bt2020_pc.mp4",
    ])
  func tagged(name: String) throws {
    let reference = try firstCanvas(odd + "color_ref.png")
    let decibels = psnr(try firstCanvas(odd + name).pixels, reference.pixels)
    #expect(decibels > 50)
  }

  @Test("what is not tagged is taken for BT.601, as FFmpeg takes it")
  func untagged() throws {
    let reference = try firstCanvas(odd + "color_ref.png")
    let decibels = psnr(
      try firstCanvas(odd + "color_untagged_bt709.h264").pixels, reference.pixels)
    #expect((25...35).contains(decibels))
  }

  @Test(
    "every layout of samples gives FFmpeg's own RGB, to 45 dB",
    .enabled(if: FFmpegProgram.path != nil),
    arguments: [
      "h264_main.mp4", "h264_422.mp4", "h264_444.mp4", "h264_10bit.mp4", "h264_422_10_intra.mov",
      "h264_rgb.mp4", "h264_gray.mp4", "hevc_10.mp4", "hevc_422_10.mkv", "hevc_gray.mkv",
      "mjpeg_j420.avi", "mjpeg_j422.avi", "mjpeg_j444.avi", "mjpeg_319x241.avi",
      "vp8_319x241.webm", "vp9_319x241.webm", "vp9_10bit.webm", "vp9_rgb.webm",
      "av1_10bit_161x121.webm", "h264_319x241_444.mp4", "raw444_10.y4m", "raw420_95x63.y4m",
      "raw_bgr24.avi", "raw_bgr24_bottomup_95.avi", "raw_yuyv.avi", "raw_gray.avi",
      "raw_pal8.nut", "ffv1_gray16.mkv", "ffv1_gbrp16.mkv", "png_rgba.mov", "prores4444.mov",
      "dv.avi", "anim.gif", "anim.apng", "huffyuv.avi", "dirac_vc2.mkv", "jpeg2000.mov",
      "png_rgb48.png", "png_gray16.png", "png_pal8.png", "png_ya8.png", "png_mono.png",
      "png_adam7.png", "still.webp", "still_lossless.webp", "still.tiff", "still16.tiff",
      "still.ppm", "still.jp2", "still.bmp", "jpeg_cmyk.jpg", "jpeg_gray.jpg",
      "jpeg_progressive.jpg", "tiny_1x1.png", "tiny_1x3.webm", "tiny_2x2.mp4",
    ])
  func layouts(name: String) throws {
    let ours = try firstCanvas(odd + name)
    let theirs = try FFmpegProgram.rgb(of: odd + name)
    let decibels = psnr(ours.pixels, theirs)
    #expect(decibels > 45)
  }

  @Test(
    "a turned video stands upright, as FFmpeg turns it", .enabled(if: FFmpegProgram.path != nil),
    arguments: ["rot90.mp4", "rot180.mp4", "rot270.mp4", "hflip.mp4", "sar_4_3.mp4"])
  func turned(name: String) throws {
    let ours = try firstCanvas(odd + name)
    let decibels = psnr(ours.pixels, try FFmpegProgram.rgb(of: odd + name))
    #expect(decibels > 45)
  }

  /// EXIF's number, and where the upright picture's pixel (x, y) stands in the stored one.
  @Test("a JPEG stands as its EXIF says", arguments: [3, 5, 6, 8])
  func exif(number: Int) throws {
    let stored = try firstCanvas(odd + "still.jpg")
    let upright = try firstCanvas(odd + "jpeg_exif_\(number).jpg")
    let swaps = number >= 5
    #expect(upright.width == (swaps ? stored.height : stored.width))
    #expect(upright.height == (swaps ? stored.width : stored.height))
    let (right, bottom) = (stored.width - 1, stored.height - 1)
    var expected: [UInt8] = []
    for y in 0..<upright.height {
      for x in 0..<upright.width {
        let (column, row) =
          switch number {
          case 3: (right - x, bottom - y)
          case 5: (y, x)
          case 6: (y, bottom - x)
          default: (right - y, x)
          }
        let at = (row * stored.width + column) * 3
        expected += stored.pixels[at..<at + 3]
      }
    }
    // Brightness: between its samples, colour is made up differently once they have been turned.
    let decibels = psnr(brightness(upright.pixels), brightness(expected))
    #expect(decibels > 30)
  }

  @Test("a picture cropped by an odd number of samples keeps its size and place")
  func crop() throws {
    let ours = try firstCanvas(odd + "h264_crop.mp4")
    #expect(ours.width == 312 && ours.height == 226)
  }
}
