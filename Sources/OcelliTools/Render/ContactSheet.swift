import OcelliPicture

/// Pictures side by side, for a quick look.
enum ContactSheet {
  /// Units: pixels.
  private static let cellWidth = 480
  private static let cellHeight = 480
  private static let gap = 6

  /// One picture with its boxes and its time, made small.
  static func cell(_ canvas: Canvas, _ frame: AnnotatedFrame) -> Canvas {
    // Boxes are drawn after the reduction, so that strokes and letters stay sharp.
    var small = canvas.fitted(within: cellWidth, cellHeight)
    Annotator.draw(frame, on: &small)
    let count = frame.marks.count
    let text =
      Progress.clock(frame.pts.rounded(.down)) + "  "
      + (count == 1 ? "1 object" : "\(count) objects")
    let size = Canvas.captionSize(text, scale: 1)
    small.caption(
      text, x: 0, y: small.height - size.height, scale: 1, ink: .white, ground: .black)
    return small
  }

  /// All cells in rows; nil where there is none.
  static func sheet(_ cells: [Canvas]) -> Canvas? {
    guard let width = cells.map(\.width).max(), let height = cells.map(\.height).max()
    else { return nil }
    // About as wide as a screen: 16 to 9.
    var columns = 1
    while columns < cells.count,
      columns * columns * width * 9 < cells.count * height * 16
    { columns += 1 }
    let rows = (cells.count + columns - 1) / columns
    var sheet = Canvas(
      width: columns * (width + gap) + gap, height: rows * (height + gap) + gap,
      filled: RGB(40, 40, 40))
    for (index, cell) in cells.enumerated() {
      let x = gap + index % columns * (width + gap) + (width - cell.width) / 2
      let y = gap + index / columns * (height + gap) + (height - cell.height) / 2
      sheet.paste(cell, x: x, y: y)
    }
    return sheet
  }
}
