import OcelliQuantize
import OcelliVocabulary
import Testing

@Suite("How findings agree")
struct AgreementTests {
  static func box(_ x: Float, _ confidence: Float, _ kind: Int = 0) -> Detection {
    Detection(
      classID: kind, label: nil, confidence: confidence,
      box: PixelBox(left: x, top: 0, right: x + 10, bottom: 10))
  }

  static func agreement(_ references: [[Detection]], _ found: [[Detection]]) -> Agreement {
    BoxAgreement(references: references, found: found, confidence: 0.25).agreement
  }

  @Test("A model agrees with itself, unsure boxes included")
  func same() {
    let boxes = [[Self.box(0, 0.9), Self.box(30, 0.3), Self.box(60, 0.1)], [Self.box(5, 0.5)]]
    let agreement = Self.agreement(boxes, boxes)
    #expect(agreement.score == 1 && agreement.distance == 0 && agreement.loss == 0)
    #expect(agreement.objects?.count == 3 && agreement.objects?.missed == 0)
    #expect(agreement.objects?.strictScore == 1 && agreement.objects?.meanOverlap == 1)
  }

  @Test("A box that is gone, moved too far or of another class is missed")
  func missed() {
    let references = [[Self.box(0, 0.9), Self.box(30, 0.8)]]
    for found in [
      [Self.box(0, 0.9)], [Self.box(0, 0.9), Self.box(36, 0.8)],
      [Self.box(0, 0.9), Self.box(30, 0.8, 1)],
    ] {
      let agreement = Self.agreement(references, [found])
      #expect(agreement.score == 0.5)
      #expect(agreement.objects?.missed == 1)
    }
  }

  @Test("What is found beside the truth costs precision by its rank")
  func falseBoxes() {
    let references = [[Self.box(0, 0.9), Self.box(30, 0.8)]]
    let between = Self.agreement(
      references, [[Self.box(0, 0.9), Self.box(60, 0.85), Self.box(30, 0.8)]])
    // Precision 1 at half of the recall, 2/3 at all of it.
    #expect(abs(between.score - (1 + 2.0 / 3) / 2) < 1e-12)
    let behind = Self.agreement(
      references, [[Self.box(0, 0.9), Self.box(30, 0.8), Self.box(60, 0.2)]])
    #expect(behind.score == 1)
  }

  @Test("Shifts are told in pixels and in confidence")
  func shifts() {
    let agreement = Self.agreement([[Self.box(0, 0.9)]], [[Self.box(2, 0.8)]])
    #expect(agreement.score == 1)
    #expect(abs((agreement.objects?.meanEdgeShift ?? 0) - 1) < 1e-6)
    #expect(abs((agreement.objects?.meanConfidenceShift ?? 0) - 0.1) < 1e-6)
    #expect(agreement.objects?.strictScore == 0)  // 8 of 12 pixels
    #expect(agreement.distance > 0.3)
  }
}
