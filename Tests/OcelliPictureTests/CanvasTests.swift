import OcelliPicture
import OcelliVocabulary
import Testing

struct CanvasTests {
  static func pixel(_ canvas: Canvas, _ x: Int, _ y: Int) -> RGB {
    let place = (y * canvas.width + x) * 3
    return RGB(canvas.pixels[place], canvas.pixels[place + 1], canvas.pixels[place + 2])
  }

  @Test func `a frame lies on the inner edge of its box`() {
    var canvas = Canvas(width: 20, height: 10)
    canvas.frame(PixelBox(left: 2, top: 3, right: 12, bottom: 8), stroke: 1, .white)
    for x in 0..<20 {
      for y in 0..<10 {
        let inside = (2..<12).contains(x) && (3..<8).contains(y)
        let core = (3..<11).contains(x) && (4..<7).contains(y)
        #expect((Self.pixel(canvas, x, y) == .white) == (inside && !core), "\(x) \(y)")
      }
    }
  }

  @Test func `what lies outside is left out`() {
    var canvas = Canvas(width: 4, height: 4)
    canvas.frame(PixelBox(left: -50, top: -50, right: 500, bottom: 500), stroke: 9, .white)
    canvas.frame(PixelBox(left: 90, top: 90, right: 99, bottom: 99), stroke: 1, .white)
    canvas.fill(x: -5, y: 2, width: 3, height: 900, .white)
    canvas.caption("far out", x: -3, y: -3, scale: 3, ink: .white, ground: .black)
    canvas.paste(Canvas(width: 9, height: 9, filled: .white), x: -7, y: 3)
    canvas.paste(Canvas(width: 9, height: 9, filled: .white), x: 40, y: -40)
    #expect(canvas.pixels.count == 4 * 4 * 3)
  }

  @Test func `a caption has the extent that was promised, and shows every letter`() {
    let text = "person 0.91 ä"
    let size = Canvas.captionSize(text, scale: 2)
    var canvas = Canvas(width: size.width, height: size.height, filled: RGB(1, 2, 3))
    canvas.caption(text, x: 0, y: 0, scale: 2, ink: .white, ground: .black)
    for index in 0..<13 where Array(text)[index] != " " {
      let columns = (index * 6 + 1) * 2..<(index * 6 + 6) * 2
      let lit = columns.contains { x in
        (0..<size.height).contains { Self.pixel(canvas, x, $0) == .white }
      }
      #expect(lit, "letter \(index)")
    }
    #expect(!canvas.pixels.contains(3))
  }

  @Test func `a reduced picture keeps its mean`() {
    var canvas = Canvas(width: 40, height: 30)
    canvas.fill(x: 0, y: 0, width: 20, height: 30, RGB(200, 100, 50))
    let small = canvas.fitted(within: 10, 10)
    #expect(small.width == 10)
    #expect(small.height == 7)
    #expect(Self.pixel(small, 0, 0) == RGB(200, 100, 50))
    #expect(Self.pixel(small, 9, 6) == .black)
    let centred = canvas.fitted(width: 40, height: 60)
    #expect(Self.pixel(centred, 0, 0) == .black)
    #expect(Self.pixel(centred, 0, 30) == RGB(200, 100, 50))
  }

  @Test func `neighbouring classes have colours that differ`() {
    for id in -3..<40 {
      let (a, b) = (RGB.ofClass(id), RGB.ofClass(id + 1))
      let apart =
        abs(Int(a.red) - Int(b.red)) + abs(Int(a.green) - Int(b.green))
        + abs(Int(a.blue) - Int(b.blue))
      #expect(apart > 60, "\(id)")
    }
    #expect(RGB.ofClass(.min) == RGB.ofClass(.min))
  }
}
