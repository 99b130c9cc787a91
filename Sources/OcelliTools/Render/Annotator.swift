import OcelliPicture
import OcelliVocabulary

/// Draws what the lines say onto a picture.
enum Annotator {
  /// Units: pixels a dot of a letter, so that captions suit the picture.
  static func scale(_ canvas: Canvas) -> Int { max(1, min(canvas.width, canvas.height) / 360) }

  /// `faded`: the boxes are of an earlier picture.
  static func draw(_ frame: AnnotatedFrame, on canvas: inout Canvas, faded: Bool = false) {
    let scale = scale(canvas)
    // The picture may have another size than the one that was analysed.
    let (x, y) = (
      Float(Double(canvas.width) / frame.width), Float(Double(canvas.height) / frame.height)
    )
    for mark in frame.marks {
      let colour = RGB.ofClass(mark.classID)
      let box = PixelBox(
        left: mark.box.left * x, top: mark.box.top * y, right: mark.box.right * x,
        bottom: mark.box.bottom * y)
      canvas.frame(box, stroke: faded ? 1 : scale * 2, colour)
      for point in mark.keypoints {
        canvas.fill(
          x: Int(point.x * x) - scale, y: Int(point.y * y) - scale, width: scale * 3,
          height: scale * 3, colour)
      }
    }
    // Captions last, so that no box crosses them.
    for mark in frame.marks {
      let size = Canvas.captionSize(mark.text, scale: scale)
      let left = max(0, min(Int(mark.box.left * x), canvas.width - size.width))
      let above = Int(mark.box.top * y) - size.height
      let top = above >= 0 ? above : max(0, Int(mark.box.top * y))
      let colour = RGB.ofClass(mark.classID)
      canvas.caption(
        mark.text, x: left, y: top, scale: scale, ink: colour.ink, ground: colour)
    }
    if let title = frame.title {
      canvas.caption(title, x: 0, y: 0, scale: scale * 2, ink: .white, ground: .black)
    }
  }
}
