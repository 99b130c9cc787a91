import OcelliPicture

/// The letterbox written down plainly in doubles: every step on its own, nothing clever.
struct PlainLetterbox {
  let specification: LetterboxSpecification
  let geometry: LetterboxGeometry
  let picture: PictureBuffer

  init(_ specification: LetterboxSpecification, _ picture: PictureBuffer) {
    self.specification = specification
    self.picture = picture
    geometry = LetterboxGeometry(
      sourceWidth: picture.width, sourceHeight: picture.height, width: specification.width,
      height: specification.height, fit: specification.fit, rounding: specification.rounding)
  }

  func values() -> [Double] {
    var out = [Double](repeating: 0, count: specification.count)
    let channels = specification.channelCount
    for y in 0..<specification.height {
      for x in 0..<specification.width {
        let grey = pixel(x - geometry.left, y - geometry.top)
        for c in 0..<channels {
          let value =
            ((grey?[c] ?? Double(specification.pad)) - Double(specification.mean[c]))
            * Double(specification.scale[c])
          let pixel = y * specification.width + x
          let place =
            specification.layout == .nhwc
            ? pixel * channels + c : c * specification.width * specification.height + pixel
          out[place] = value
        }
      }
    }
    return out
  }

  /// The channels at a pixel of the inner picture, in the input's order; nil outside.
  private func pixel(_ x: Int, _ y: Int) -> [Double]? {
    guard (0..<geometry.innerWidth).contains(x), (0..<geometry.innerHeight).contains(y) else {
      return nil
    }
    let planes = (0..<3).map { plane -> Double in
      let share = plane > 0 && picture.format != .rgb24 ? 0.5 : 1
      return bilinear(
        plane,
        (Double(x) + 0.5) * Double(picture.width) * share / Double(geometry.innerWidth) - 0.5,
        (Double(y) + 0.5) * Double(picture.height) * share / Double(geometry.innerHeight) - 0.5,
        width: share == 1 ? picture.width : (picture.width + 1) / 2,
        height: share == 1 ? picture.height : (picture.height + 1) / 2)
    }
    let rgb = picture.format == .rgb24 ? planes : color(planes).map { min(max($0, 0), 255) }
    switch specification.channels {
    case .rgb: return rgb
    case .bgr: return rgb.reversed()
    case .grey: return [0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]]
    }
  }

  private func bilinear(_ plane: Int, _ x: Double, _ y: Double, width: Int, height: Int) -> Double {
    func at(_ x: Int, _ y: Int) -> Double {
      Double(picture.sample(plane, min(max(x, 0), width - 1), min(max(y, 0), height - 1)))
    }
    let (left, top) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
    let (right, down) = (x - Double(left), y - Double(top))
    let upper = at(left, top) * (1 - right) + at(left + 1, top) * right
    let lower = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right
    return upper * (1 - down) + lower * down
  }

  /// BT.601 and BT.709 as the standards print them.
  private func color(_ yuv: [Double]) -> [Double] {
    let isFull = picture.range == .full
    let y = isFull ? yuv[0] : (yuv[0] - 16) * 255 / 219
    let u = (yuv[1] - 128) * (isFull ? 1 : 255.0 / 224)
    let v = (yuv[2] - 128) * (isFull ? 1 : 255.0 / 224)
    return picture.matrix == .bt601
      ? [y + 1.402 * v, y - 0.344136 * u - 0.714136 * v, y + 1.772 * u]
      : [y + 1.5748 * v, y - 0.187324 * u - 0.468124 * v, y + 1.8556 * u]
  }
}
