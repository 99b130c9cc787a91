import OcelliQuantize
import Testing

@Suite("Rounding that minds what a layer makes")
struct ErrorFeedbackTests {
  /// The variance of what errors of the weights do to the output.
  private static func harm(_ errors: [Float], _ covariance: [Double]) -> Double {
    var sum = 0.0
    for (i, a) in errors.enumerated() {
      for (j, b) in errors.enumerated() {
        sum += Double(a) * Double(b) * covariance[i * errors.count + j]
      }
    }
    return sum
  }

  private static func nearest(_ weights: [Float], _ scale: Float) -> [Float] {
    weights.map { min(max(($0 / scale).rounded(.toNearestOrEven), -127), 127) }
  }

  @Test("Where inputs vary together, the output moves less than with the nearest numbers")
  func together() {
    let count = 24
    var covariance = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in 0..<count { covariance[i * count + j] = i == j ? 1.1 : 0.9 }
    }
    let scale: Float = 1.0 / 16
    let feedback = ErrorFeedback(covariance: covariance, count: count)
    // The nearest numbers are sometimes good by chance, so many channels are looked at.
    let channels = 50
    let noise = PreparationTests.noise(count * channels)
    var (before, after) = (0.0, 0.0)
    for channel in 0..<channels {
      let weights = Array(noise[channel * count..<(channel + 1) * count])
      let codes = feedback.codes(weights, scale: scale)
      #expect(codes.allSatisfy { $0 == $0.rounded() && abs($0) <= 127 })
      after += Self.harm(zip(weights, codes).map { $0 - $1 * scale }, covariance)
      before += Self.harm(
        zip(weights, Self.nearest(weights, scale)).map { $0 - $1 * scale }, covariance)
    }
    #expect(after < before / 2, "\(after) of \(before)")
  }

  @Test("Where they vary alone, or not at all, each is rounded to the nearest")
  func alone() {
    let weights = PreparationTests.noise(9)
    for variance in [2.0, 0] {
      var covariance = [Double](repeating: 0, count: 81)
      for i in 0..<9 { covariance[i * 9 + i] = variance * Double(i) }
      let codes = ErrorFeedback(covariance: covariance, count: 9).codes(weights, scale: 0.03)
      #expect(codes == Self.nearest(weights, 0.03))
    }
  }

  @Test("Inputs that are copies of each other, and numbers beyond the range, stay in the range")
  func singular() {
    let covariance = [Double](repeating: 1e6, count: 16)
    let codes = ErrorFeedback(covariance: covariance, count: 4).codes(
      [900, -900, 0.3, 0.4], scale: 1)
    #expect(codes.allSatisfy { $0 == $0.rounded() && abs($0) <= 127 })
    #expect(ErrorFeedback(covariance: [], count: 0).codes([], scale: 1).isEmpty)
  }
}
