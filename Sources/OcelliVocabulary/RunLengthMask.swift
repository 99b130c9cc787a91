/// A set of pixels as COCO writes it: runs down the columns, beginning with pixels outside.
package struct RunLengthMask: Sendable, Equatable {
  /// Units: pixels of the picture.
  package let width: Int
  package let height: Int
  /// Lengths of the runs, outside and inside in turn; their sum is `width · height`.
  package let counts: [Int]

  /// From a question about each pixel, asked column by column inside `box` alone.
  /// Traps: for a side below 1.
  package init(
    width: Int, height: Int, within box: PixelBox, contains: (_ x: Int, _ y: Int) -> Bool
  ) {
    precondition(width > 0 && height > 0)
    self.width = width
    self.height = height
    var runs: [Int] = []
    var isInside = false
    var length = 0
    func add(_ pixels: Int, inside: Bool) {
      if pixels == 0 { return }
      if inside != isInside {
        runs.append(length)
        isInside = inside
        length = 0
      }
      length += pixels
    }
    let box = box.clipped(width: width, height: height)
    let left = Int(box.left.rounded(.down))
    let right = min(width, Int(box.right.rounded(.up)))
    let top = Int(box.top.rounded(.down))
    let bottom = min(height, Int(box.bottom.rounded(.up)))
    if left < right, top < bottom {
      add(left * height, inside: false)
      for x in left..<right {
        add(top, inside: false)
        for y in top..<bottom { add(1, inside: contains(x, y)) }
        add(height - bottom, inside: false)
      }
      add((width - right) * height, inside: false)
    } else {
      add(width * height, inside: false)
    }
    runs.append(length)
    counts = runs
  }

  /// How many pixels belong to it.
  package var area: Int {
    counts.indices.reduce(0) { $1 % 2 == 1 ? $0 + counts[$1] : $0 }
  }

  /// The runs in COCO's compressed text: each the difference to the run two before it (from the
  /// fourth on), five bits a character from 48 up, the lowest first. Source: COCO API, `maskApi`.
  package var compressed: [UInt8] {
    var text: [UInt8] = []
    for (index, count) in counts.enumerated() {
      var rest = index > 2 ? count - counts[index - 2] : count
      while true {
        let bits = UInt8(rest & 31)
        rest >>= 5
        let isLast = bits & 16 != 0 ? rest == -1 : rest == 0
        text.append((isLast ? bits : bits | 32) + 48)
        if isLast { break }
      }
    }
    return text
  }
}

/// The pixels of one class in a picture.
package struct ClassMask: Sendable, Equatable {
  package var classID: Int
  package var label: String?
  package var mask: RunLengthMask

  package init(classID: Int, label: String?, mask: RunLengthMask) {
    self.classID = classID
    self.label = label
    self.mask = mask
  }
}
