import OcelliPicture
import OcelliVocabulary
import Testing

@Suite("Letterbox")
struct LetterboxTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var source = (97, 61)
    var format = PixelFormat.i420
    var matrix = ColorMatrix.bt601
    var range = ColorRange.limited
    var specification: LetterboxSpecification

    var testDescription: String {
      "\(source.0)x\(source.1) \(format) \(matrix) \(range) \(specification.fit)"
        + " \(specification.layout) \(specification.channels) to"
        + " \(specification.width)x\(specification.height)"
    }
  }

  static let cases: [Case] = {
    var all: [Case] = []
    for format in [PixelFormat.i420, .nv12, .rgb24] {
      for fit in LetterboxFit.allCases {
        for layout in [LetterboxSpecification.Layout.nchw, .nhwc] {
          for channels in [LetterboxSpecification.Channels.rgb, .bgr, .grey] {
            all.append(
              Case(
                format: format,
                specification: LetterboxSpecification(
                  width: 61, height: 45, fit: fit, layout: layout, channels: channels,
                  mean: [123.7, 116.3, 103.5], scale: [0.017, 0.0175, 0.0174])))
          }
        }
      }
      for (matrix, range) in [
        (ColorMatrix.bt601, ColorRange.full), (.bt709, .limited), (.bt709, .full),
      ] {
        all.append(
          Case(
            format: format, matrix: matrix, range: range,
            specification: LetterboxSpecification(width: 64, height: 64)))
      }
      // Up, down a lot, one sample, one row, one column, the same size, beyond a vector's row.
      for (source, target) in [
        ((16, 12), (80, 64)), ((640, 480), (31, 17)), ((1, 1), (9, 9)), ((50, 1), (20, 20)),
        ((1, 50), (20, 20)), ((40, 24), (40, 24)), ((8_200, 6), (33, 3)), ((2, 3), (5, 4)),
      ] {
        all.append(
          Case(
            source: source, format: format,
            specification: LetterboxSpecification(
              width: target.0, height: target.1, fit: .stretch)))
      }
    }
    return all
  }()

  @Test(
    "it is what the plain letterbox in doubles gives, within half a grey level", arguments: cases)
  func agreesWithPlain(_ item: Case) {
    let picture = PictureBuffer.noise(
      width: item.source.0, height: item.source.1, format: item.format, matrix: item.matrix,
      range: item.range)
    var letterbox = Letterbox(item.specification)
    let ours = letterbox.values(of: picture)
    let plain = PlainLetterbox(item.specification, picture).values()
    let level = Double(item.specification.scale[0])
    var worst = 0.0
    for (a, b) in zip(ours, plain) { worst = max(worst, a.isNaN ? .infinity : abs(Double(a) - b)) }
    #expect(worst / level < 0.5)
  }

  @Test("the scalar and the vector kernels give the same bits", arguments: cases)
  func tiersAgree(_ item: Case) {
    let picture = PictureBuffer.noise(
      width: item.source.0, height: item.source.1, format: item.format, matrix: item.matrix,
      range: item.range, seed: 11)
    var scalar = Letterbox(item.specification, tier: .scalar)
    var best = Letterbox(item.specification, tier: .best)
    #expect(
      scalar.values(of: picture).map(\.bitPattern) == best.values(of: picture).map(\.bitPattern))
  }

  @Test("rows made one by one, in any order, are those of one call")
  func rowsAreIndependent() {
    let picture = PictureBuffer.noise(width: 123, height: 77, format: .i420)
    let specification = LetterboxSpecification(width: 64, height: 48)
    var letterbox = Letterbox(specification)
    let whole = letterbox.values(of: picture)
    var pieces = [Float](repeating: .nan, count: specification.count)
    picture.withView { view in
      let plan = letterbox.plan(for: view)
      var span = pieces.mutableSpan
      for row in (0..<48).reversed() { plan.fill(&span, rows: row..<row + 1, from: view) }
    }
    #expect(whole == pieces)
  }

  @Test("a change of size in the middle of a stream is followed")
  func sizeChange() {
    var letterbox = Letterbox(LetterboxSpecification(width: 32, height: 32))
    for (width, height) in [(64, 48), (30, 90), (64, 48)] {
      let picture = PictureBuffer.made(width: width, height: height, format: .rgb24) { _, _, _ in
        200
      }
      let values = letterbox.values(of: picture)
      #expect(Set(values) == [114, 200])
    }
  }

  @Test("planes with negative pitches are read upside down")
  func negativePitch() {
    let picture = PictureBuffer.noise(width: 40, height: 30, format: .rgb24)
    let flipped = PictureBuffer.made(width: 40, height: 30, format: .rgb24) { plane, x, y in
      picture.sample(plane, x, 29 - y)
    }
    var letterbox = Letterbox(LetterboxSpecification(width: 24, height: 24))
    let expected = letterbox.values(of: flipped)
    var values = [Float](repeating: 0, count: letterbox.specification.count)
    unsafe picture.withPlanes { planes, pitches in
      let view = unsafe PictureView(
        width: 40, height: 30, format: .rgb24, matrix: .bt601, range: .limited,
        planes: (UnsafePointer(planes.0 + 29 * pitches.0), nil, nil), pitches: (-pitches.0, 0, 0))
      var span = values.mutableSpan
      _ = letterbox.fill(&span, from: view)
    }
    #expect(values == expected)
  }
}

@Suite("Letterbox geometry")
struct LetterboxGeometryTests {
  @Test(
    "the scaled size and its place are the references'",
    arguments: [
      // Ultralytics: round, centred. YOLOX: down, top left.
      (1280, 720, 640, 640, LetterboxFit.center, LetterboxRounding.nearest, [0, 140, 640, 360]),
      (1280, 720, 416, 416, .topLeft, .down, [0, 0, 416, 234]),
      (768, 576, 384, 224, .center, .nearest, [42, 0, 299, 224]),
      (768, 576, 384, 224, .topLeft, .down, [0, 0, 298, 224]),
      (100, 7, 64, 64, .center, .nearest, [0, 30, 64, 4]),
      (10_000, 1, 64, 64, .center, .nearest, [0, 31, 64, 1]),
      (33, 55, 64, 32, .stretch, .nearest, [0, 0, 64, 32]),
    ] as [(Int, Int, Int, Int, LetterboxFit, LetterboxRounding, [Int])])
  func places(
    sw: Int, sh: Int, w: Int, h: Int, fit: LetterboxFit, rounding: LetterboxRounding,
    expected: [Int]
  ) {
    let it = LetterboxGeometry(
      sourceWidth: sw, sourceHeight: sh, width: w, height: h, fit: fit, rounding: rounding)
    #expect([it.left, it.top, it.innerWidth, it.innerHeight] == expected)
  }

  @Test("a point goes to the input and comes back", arguments: LetterboxFit.allCases)
  func roundTrip(fit: LetterboxFit) {
    for (sw, sh) in [(1920, 1080), (17, 400), (320, 240)] {
      let it = LetterboxGeometry(
        sourceWidth: sw, sourceHeight: sh, width: 416, height: 256, fit: fit)
      for (x, y) in [(0, 0), (3.5, 11), (Float(sw), Float(sh))] as [(Float, Float)] {
        let there = it.toInput(x: x, y: y)
        let back = it.toSource(x: there.x, y: there.y)
        #expect(abs(back.x - x) < 0.01 && abs(back.y - y) < 0.01)
      }
    }
  }

  @Test("a box that reaches into the padding is clipped to the picture")
  func clips() {
    let it = LetterboxGeometry(
      sourceWidth: 200, sourceHeight: 100, width: 100, height: 100, fit: .center)
    let box = it.toSource(PixelBox(left: -5, top: 0, right: 50, bottom: 100))
    #expect(box == PixelBox(left: 0, top: 0, right: 100, bottom: 100))
  }
}

@Suite("Turning pictures upright")
struct TurnTests {
  /// Where the pixel (x, y) of a picture stands in the upright one.
  static func place(
    _ orientation: Orientation, _ x: Int, _ y: Int, width: Int, height: Int
  ) -> (Int, Int) {
    var (x, y) = (x, y)
    var (width, height) = (width, height)
    if orientation.rawValue.hasPrefix("mirror") { x = width - 1 - x }
    let quarters: Int =
      switch orientation {
      case .upright, .mirror: 0
      case .rotate90, .mirrorRotate90: 1
      case .rotate180, .mirrorRotate180: 2
      case .rotate270, .mirrorRotate270: 3
      }
    for _ in 0..<quarters {
      (x, y) = (height - 1 - y, x)
      (width, height) = (height, width)
    }
    return (x, y)
  }

  static let all: [Orientation] = [
    .upright, .rotate90, .rotate180, .rotate270, .mirror, .mirrorRotate90, .mirrorRotate180,
    .mirrorRotate270,
  ]

  @Test("every pixel lands where the mirror and the quarter turns put it", arguments: all)
  func turns(orientation: Orientation) {
    for format in [PixelFormat.rgb24, .i420, .nv12] {
      let picture = PictureBuffer.noise(width: 71, height: 38, format: format)
      let upright = picture.withView { $0.upright(from: orientation) }
      #expect(upright.width == (orientation.swapsSides ? 38 : 71))
      var wrong = 0
      for plane in 0..<3 {
        let isHalf = plane > 0 && format != .rgb24
        let (w, h) = isHalf ? (36, 19) : (71, 38)
        for y in 0..<h {
          for x in 0..<w {
            let (tx, ty) = Self.place(orientation, x, y, width: w, height: h)
            if picture.sample(plane, x, y) != upright.sample(plane, tx, ty) { wrong += 1 }
          }
        }
      }
      #expect(wrong == 0)
    }
  }

  @Test("pictures from a pool reuse their memory")
  func pool() {
    let pool = PictureBufferPool()
    var address: UInt = 0
    for turn in 0..<3 {
      let picture = PictureBuffer(width: 64, height: 64, format: .i420, pool: pool)
      let here = unsafe picture.withPlanes { planes, _ in unsafe UInt(bitPattern: planes.0) }
      if turn == 0 { address = here }
      #expect(here == address)
    }
  }
}
