import OcelliGraph
import OcelliTensor

extension NonMaxSuppression: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let boxes = try Cast(to: .float32).cast(try inputs.required(0))
    let scores = try Cast(to: .float32).cast(try inputs.required(1)).array(of: Float.self)
    let most = try inputs.optional(2)?.indices("max_output_boxes_per_class").first ?? 0
    let overlap = try number(inputs.optional(3)) ?? 0
    let least = try number(inputs.optional(4))
    let count = boxes.shape[1]
    let corners = boxes.array(of: Float.self)
    let list = (0..<boxes.shape[0] * count).map { place in
      Box(Array(corners[4 * place..<4 * place + 4]), hasCenters: hasCenters)
    }
    var chosen: [Int64] = []
    var budget = Self.maximumComparisons
    let classes = count == 0 || list.isEmpty ? 0 : scores.count / list.count
    for row in 0..<boxes.shape[0] * classes {
      let (batch, label) = (row / classes, row % classes)
      let own = scores[row * count..<(row + 1) * count]
      var kept: [Int] = []
      // Of equal scores the first box comes first.
      var candidates = own.indices.filter { place in
        // NaN is no score.
        least.map { own[place] > $0 } ?? !own[place].isNaN
      }
      candidates.sort { own[$0] == own[$1] ? $0 < $1 : own[$0] > own[$1] }
      for candidate in candidates.map({ $0 - row * count }) {
        guard kept.count < most else { break }
        budget -= kept.count
        guard budget >= 0 else { throw OperatorError("too many boxes to compare") }
        let box = list[batch * count + candidate]
        guard !kept.contains(where: { list[batch * count + $0].overlaps(box, beyond: overlap) })
        else { continue }
        kept.append(candidate)
        chosen += [Int64(batch), Int64(label), Int64(candidate)]
      }
    }
    return [try Tensor(chosen, shape: [chosen.count / 3, 3])]
  }

  /// Of boxes with boxes, all classes together.
  private static let maximumComparisons = 1 << 30

  private func number(_ tensor: Tensor?) throws -> Float? {
    try tensor.flatMap { try Cast(to: .float32).cast($0).array(of: Float.self).first }
  }

  private struct Box {
    let top: Float
    let left: Float
    let bottom: Float
    let right: Float

    init(_ corners: [Float], hasCenters: Bool) {
      if hasCenters {
        left = corners[0] - corners[2] / 2
        right = corners[0] + corners[2] / 2
        top = corners[1] - corners[3] / 2
        bottom = corners[1] + corners[3] / 2
      } else {
        // The corners may be any two that face each other.
        top = min(corners[0], corners[2])
        bottom = max(corners[0], corners[2])
        left = min(corners[1], corners[3])
        right = max(corners[1], corners[3])
      }
    }

    private var area: Float { (bottom - top) * (right - left) }

    func overlaps(_ other: Box, beyond threshold: Float) -> Bool {
      let height = min(bottom, other.bottom) - max(top, other.top)
      let width = min(right, other.right) - max(left, other.left)
      guard height > 0, width > 0, area > 0, other.area > 0 else { return false }
      let common = height * width
      return common / (area + other.area - common) > threshold
    }
  }
}
