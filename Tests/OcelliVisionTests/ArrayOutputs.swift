import OcelliVision
import OcelliVocabulary

/// Outputs of a model as plain arrays.
struct ArrayOutputs: HeadOutputs {
  var arrays: [[Float]]

  func withOutput<R>(_ index: Int, _ body: (Span<Float>) -> R) -> R {
    let array = arrays[index]
    return body(array.span)
  }
}

extension Head {
  /// What this head finds in `arrays`, best first.
  func found(_ arrays: [[Float]], threshold: Float) -> (list: [Candidate], invalid: Int) {
    var candidates = Candidates()
    decode(ArrayOutputs(arrays: arrays), threshold: threshold, into: &candidates)
    candidates.sort()
    return (candidates.list, candidates.invalid)
  }
}

func isNear(_ a: PixelBox, _ b: PixelBox, within tolerance: Float = 1e-3) -> Bool {
  abs(a.left - b.left) < tolerance && abs(a.top - b.top) < tolerance
    && abs(a.right - b.right) < tolerance && abs(a.bottom - b.bottom) < tolerance
}
