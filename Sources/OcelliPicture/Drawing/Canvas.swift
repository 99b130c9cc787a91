package import OcelliVocabulary

/// A colour of three bytes.
package struct RGB: Sendable, Equatable {
  package var red: UInt8
  package var green: UInt8
  package var blue: UInt8

  package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  package static let white = RGB(255, 255, 255)
  package static let black = RGB(0, 0, 0)

  /// Colours of classes that are easy to tell apart: around the circle by the golden angle.
  package static func ofClass(_ id: Int) -> RGB {
    let hue = (Double(id.magnitude % 997) * 137.508 + 150).truncatingRemainder(dividingBy: 360) / 60
    let rising = UInt8((hue - hue.rounded(.down)) * 175 + 80)
    let falling = UInt8(80 + 175 - (Int(rising) - 80))
    return switch Int(hue) {
    case 0: RGB(255, rising, 80)
    case 1: RGB(falling, 255, 80)
    case 2: RGB(80, 255, rising)
    case 3: RGB(80, falling, 255)
    case 4: RGB(rising, 80, 255)
    default: RGB(255, 80, falling)
    }
  }

  /// Black or white, whichever reads better on this.
  package var ink: RGB {
    let grey = (Int(red) * 299 + Int(green) * 587 + Int(blue) * 114) / 1000
    return grey > 140 ? .black : .white
  }
}

/// A picture that is drawn on: one plane of R, G, B, rows without gaps.
package struct Canvas: Sendable {
  package let width: Int
  package let height: Int
  /// Shape: `[height, width, 3]`.
  package var pixels: [UInt8]

  /// Traps: for sides below 1 or above 65,535.
  package init(width: Int, height: Int, filled colour: RGB = .black) {
    precondition((1...65_535).contains(width) && (1...65_535).contains(height))
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: 0, count: width * height * 3)
    if colour != .black { fill(x: 0, y: 0, width: width, height: height, colour) }
  }

  /// Fills a rectangle; what lies outside is left out.
  package mutating func fill(x: Int, y: Int, width w: Int, height h: Int, _ colour: RGB) {
    let (left, right) = (max(x, 0), min(x + w, width))
    let (top, bottom) = (max(y, 0), min(y + h, height))
    guard left < right, top < bottom else { return }
    for row in top..<bottom {
      var place = (row * width + left) * 3
      for _ in left..<right {
        pixels[place] = colour.red
        pixels[place + 1] = colour.green
        pixels[place + 2] = colour.blue
        place += 3
      }
    }
  }

  /// Draws the frame of a box. Units: pixels; the stroke lies inside.
  package mutating func frame(_ box: PixelBox, stroke: Int, _ colour: RGB) {
    let inside = box.clipped(width: width, height: height)
    let (x, y) = (Int(inside.left), Int(inside.top))
    let w = Int(inside.right.rounded(.up)) - x
    let h = Int(inside.bottom.rounded(.up)) - y
    guard w > 0, h > 0 else { return }
    fill(x: x, y: y, width: w, height: stroke, colour)
    fill(x: x, y: y + h - stroke, width: w, height: stroke, colour)
    fill(x: x, y: y, width: stroke, height: h, colour)
    fill(x: x + w - stroke, y: y, width: stroke, height: h, colour)
  }

  /// The extent of a caption. Units: pixels.
  package static func captionSize(_ text: String, scale: Int) -> (width: Int, height: Int) {
    let count = text.unicodeScalars.count
    return ((count * (Glyphs.width + 1) + 1) * scale, (Glyphs.height + 2) * scale)
  }

  /// Writes one line of text on a ground of its own. Units: `scale` in pixels a dot.
  package mutating func caption(
    _ text: String, x: Int, y: Int, scale: Int, ink: RGB, ground: RGB
  ) {
    let size = Self.captionSize(text, scale: scale)
    fill(x: x, y: y, width: size.width, height: size.height, ground)
    var left = x + scale
    for scalar in text.unicodeScalars {
      for (row, bits) in Glyphs.rows(of: scalar).enumerated() {
        for column in 0..<Glyphs.width where bits & (16 >> UInt8(column)) != 0 {
          fill(
            x: left + column * scale, y: y + (row + 1) * scale, width: scale, height: scale, ink)
        }
      }
      left += (Glyphs.width + 1) * scale
      guard left < width else { return }
    }
  }

  /// Copies another picture onto this one; what lies outside is left out.
  package mutating func paste(_ other: Canvas, x: Int, y: Int) {
    for row in max(0, -y)..<max(max(0, -y), min(other.height, height - y)) {
      let from = max(0, -x)
      let count = min(other.width, width - x) - from
      guard count > 0 else { return }
      let source = (row * other.width + from) * 3
      let target = ((y + row) * width + x + from) * 3
      pixels.replaceSubrange(
        target..<target + count * 3, with: other.pixels[source..<source + count * 3])
    }
  }

  /// A smaller copy: every pixel is the mean of those it covers. Traps: for a side below 1.
  package func reduced(width w: Int, height h: Int) -> Canvas {
    guard w < width || h < height else { return self }
    var small = Canvas(width: w, height: h)
    for y in 0..<h {
      let rows = y * height / h..<max((y + 1) * height / h, y * height / h + 1)
      for x in 0..<w {
        let columns = x * width / w..<max((x + 1) * width / w, x * width / w + 1)
        var sums = (0, 0, 0)
        for row in rows {
          for column in columns {
            let place = (row * width + column) * 3
            sums.0 += Int(pixels[place])
            sums.1 += Int(pixels[place + 1])
            sums.2 += Int(pixels[place + 2])
          }
        }
        let count = rows.count * columns.count
        let place = (y * w + x) * 3
        small.pixels[place] = UInt8(sums.0 / count)
        small.pixels[place + 1] = UInt8(sums.1 / count)
        small.pixels[place + 2] = UInt8(sums.2 / count)
      }
    }
    return small
  }

  /// A copy that is no larger than this, in the same proportion.
  package func fitted(within w: Int, _ h: Int) -> Canvas {
    guard width > w || height > h else { return self }
    return width * h > height * w
      ? reduced(width: w, height: max(1, height * w / width))
      : reduced(width: max(1, width * h / height), height: h)
  }

  /// A copy of exactly this size: made smaller in proportion where it is too large, then centred.
  package func fitted(width w: Int, height h: Int) -> Canvas {
    guard width != w || height != h else { return self }
    let small = fitted(within: w, h)
    var canvas = Canvas(width: w, height: h)
    canvas.paste(small, x: (w - small.width) / 2, y: (h - small.height) / 2)
    return canvas
  }
}
