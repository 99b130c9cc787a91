package import OcelliVocabulary

/// How much a model recognises, by its own word, held against what it must not depend on.
///
/// Confidences alone do not tell a model that sees from one whose numbers overflow: that one is sure of
/// everything. So a picture is shown three times. In a part of it what is seen is found again at its
/// place; what comes of the input's grid is not. In the picture with its blocks in another order, which
/// has all its colours and none of its things, a model that sees finds nothing.
package enum FindingsScore {
  /// Two boxes of one class that overlap so much are one object.
  static let sameBox: Float = 0.5
  /// What is less sure in a scrambled picture is forgiven: small detectors see things in noise.
  static let sure: Float = 0.5
  /// So much of a box must lie in the part for it to be missed there.
  static let shownShare: Float = 0.8

  /// The score of a picture; nil where the findings carry no confidence (embeddings, raw outputs).
  /// `part`: found in the part whose left upper corner is `offset` in the picture, and which has
  /// `extent`. `scrambled`: found in the scrambled picture. Units: pixels.
  /// For objects the sum of their confidences, else 0…1.
  package static func score(
    whole: Findings, part: Findings, offset: PixelPoint, extent: (width: Int, height: Int),
    scrambled: Findings
  ) -> Float? {
    switch (whole, part, scrambled) {
    case (.objects(let whole), .objects(let part), .objects(let scrambled)):
      return max(
        0,
        objects(whole, part, offset: offset, extent: extent)
          - scrambled.reduce(0) { $0 + ($1.confidence >= sure ? $1.confidence : 0) })
    case (.classes(let whole), .classes(let part), .classes(let scrambled)):
      // Of two classes it must be sure of one; of many it has no reason to be.
      let blind = scrambled.count >= 5 ? scrambled[0].confidence / 2 : 0
      return max(0, shared(whole, part) * (1 - shared(whole, scrambled)) - blind)
    case (.text(let whole), .text(let part), .text(let scrambled)):
      return min(whole.confidence, part.confidence) * likeness(whole.symbols, part.symbols)
        * (1 - likeness(whole.symbols, scrambled.symbols))
    case (.mask(let whole), .mask(let part), .mask(let scrambled)):
      return MaskLikeness.share(whole, part, offset: offset, extent: extent)
        * (1 - MaskLikeness.share(whole, scrambled, offset: PixelPoint(x: 0, y: 0), extent: nil))
    default: return nil
    }
  }

  /// How alike two findings of one picture are, 0…1, where places have no numbers of their own: text and
  /// masks; nil for other findings. Two that are empty are alike.
  package static func likeness(_ a: Findings, _ b: Findings) -> Float? {
    switch (a, b) {
    case (.text(let a), .text(let b)):
      a.symbols.isEmpty && b.symbols.isEmpty ? 1 : likeness(a.symbols, b.symbols)
    case (.mask(let a), .mask(let b)):
      a.isEmpty && b.isEmpty
        ? 1 : MaskLikeness.share(a, b, offset: PixelPoint(x: 0, y: 0), extent: nil)
    default: nil
    }
  }

  /// The confidences of what is found twice, less those of what is found once, on the mean of both: a
  /// model that finds something everywhere finds the half of it again by chance.
  private static func objects(
    _ whole: [Detection], _ part: [Detection], offset: PixelPoint,
    extent: (width: Int, height: Int)
  ) -> Float {
    var rest = part
    var score: Float = 0
    for object in whole {
      let moved = PixelBox(
        left: object.box.left - offset.x, top: object.box.top - offset.y,
        right: object.box.right - offset.x, bottom: object.box.bottom - offset.y)
      let shown = moved.clipped(width: extent.width, height: extent.height)
      let match = rest.indices.filter { rest[$0].classID == object.classID }
        .max { rest[$0].box.overlap(shown) < rest[$1].box.overlap(shown) }
      if let match, rest[match].box.overlap(shown) >= sameBox {
        score += (object.confidence + rest[match].confidence) / 2
        rest.remove(at: match)
      } else if shown.area >= shownShare * object.box.area {
        score -= object.confidence / 2
      }
    }
    return score - rest.reduce(0) { $0 + $1.confidence } / 2
  }

  /// What two lists of classes have in common of their probabilities, 0…1.
  private static func shared(_ a: [Classification], _ b: [Classification]) -> Float {
    a.reduce(0) { sum, one in
      let other = b.first { $0.classID == one.classID }
      return sum + min(one.confidence, other?.confidence ?? 0)
    }
  }

  /// 1 for the same symbols, 0 for none in common or where both are empty.
  private static func likeness(_ a: [Int], _ b: [Int]) -> Float {
    guard !a.isEmpty, !b.isEmpty else { return 0 }
    // The longest common subsequence, a row at a time.
    var row = [Int](repeating: 0, count: b.count + 1)
    for x in a {
      var corner = 0
      for (index, y) in b.enumerated() {
        let above = row[index + 1]
        row[index + 1] = x == y ? corner + 1 : max(above, row[index])
        corner = above
      }
    }
    return Float(row[b.count]) / Float(max(a.count, b.count))
  }
}

/// How alike two maps of classes are.
enum MaskLikeness {
  /// Points across and down that are compared.
  private static let points = 96

  /// What is common to what is anything in either, over a grid of the part, 0…1. `extent` nil: the
  /// second map is as large as the first picture or stands for it, whatever its own size.
  static func share(
    _ whole: [ClassMask], _ part: [ClassMask], offset: PixelPoint,
    extent: (width: Int, height: Int)?
  ) -> Float {
    guard let frame = whole.first?.mask else { return 0 }
    let width = extent?.width ?? frame.width
    let height = extent?.height ?? frame.height
    let columns = (0..<points).map { Float(width) * (Float($0) + 0.5) / Float(points) }
    let rows = (0..<points).map { Float(height) * (Float($0) + 0.5) / Float(points) }
    let first = classes(
      whole, columns: columns.map { Int($0 + offset.x) }, rows: rows.map { Int($0 + offset.y) })
    let second = classes(
      part, columns: scaled(columns, of: width, to: part.first?.mask.width),
      rows: scaled(rows, of: height, to: part.first?.mask.height))
    var (same, either) = (0, 0)
    for (a, b) in zip(first, second) where a >= 0 || b >= 0 {
      either += 1
      if a == b { same += 1 }
    }
    return either == 0 ? 0 : Float(same) / Float(either)
  }

  private static func scaled(_ places: [Float], of extent: Int, to other: Int?) -> [Int] {
    places.map { Int($0 * Float(other ?? extent) / Float(max(extent, 1))) }
  }

  /// The class at each point, column by column; −1 where there is none.
  private static func classes(_ masks: [ClassMask], columns: [Int], rows: [Int]) -> [Int] {
    var found = [Int](repeating: -1, count: columns.count * rows.count)
    for mask in masks {
      var run = 0
      var end = mask.mask.counts.first ?? 0
      for (column, x) in columns.enumerated() {
        for (row, y) in rows.enumerated() {
          let place = x * mask.mask.height + y
          while place >= end, run + 1 < mask.mask.counts.count {
            run += 1
            end += mask.mask.counts[run]
          }
          if run % 2 == 1, place < end { found[column * rows.count + row] = mask.classID }
        }
      }
    }
    return found
  }
}
