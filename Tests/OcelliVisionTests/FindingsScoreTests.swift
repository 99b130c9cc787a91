import OcelliTensor
import OcelliVision
import OcelliVocabulary
import Testing

@Suite("How much a model recognises")
struct FindingsScoreTests {
  private func object(_ x: Float, _ y: Float, _ confidence: Float, side: Float = 40) -> Detection {
    Detection(
      classID: 0, label: nil, confidence: confidence,
      box: PixelBox(left: x, top: y, right: x + side, bottom: y + side))
  }

  /// The part lacks the 20 left columns and the 10 upper rows of a picture of 320×240.
  private func score(
    _ whole: [Detection], _ part: [Detection], scrambled: [Detection] = []
  ) -> Float? {
    FindingsScore.score(
      whole: .objects(whole), part: .objects(part), offset: PixelPoint(x: 20, y: 10),
      extent: (300, 230), scrambled: .objects(scrambled))
  }

  @Test("An object that is found again at its place counts with its confidence")
  func found() throws {
    let found = try #require(score([object(100, 100, 0.8)], [object(80, 90, 0.6)]))
    #expect(abs(found - 0.7) < 1e-6)
  }

  @Test(
    "One that stays at its place in the input, and does not move with the picture, counts against")
  func grid() {
    #expect(score([object(100, 100, 0.9)], [object(100, 100, 0.9)]) == 0)
    let one = object(200, 100, 0.8)
    let again = object(180, 90, 0.8)
    // Beside one that is right, two that are wrong cost half each.
    #expect(
      abs((score([one, object(40, 40, 0.4)], [again, object(40, 140, 0.4)]) ?? 0) - 0.4) < 1e-6)
  }

  @Test("One that is cut off is not missed, and one of another class is another one")
  func edges() {
    #expect(score([object(0, 100, 0.8), object(200, 100, 0.8)], [object(180, 90, 0.8)]) == 0.8)
    var other = object(180, 90, 0.8)
    other.classID = 1
    #expect(score([object(200, 100, 0.8)], [other]) == 0)
  }

  @Test("What is found in a scrambled picture does not count")
  func empty() {
    let sure = score([object(100, 100, 0.9)], [object(80, 90, 0.9)], scrambled: [object(0, 0, 0.5)])
    #expect(abs((sure ?? 0) - 0.4) < 1e-6)
  }

  @Test("Classes count for what they share with the part and not with a scrambled one")
  func classes() {
    func rated(_ list: [(Int, Float)]) -> Findings {
      .classes(list.map { Classification(classID: $0.0, label: nil, confidence: $0.1) })
    }
    func score(_ whole: Findings, _ part: Findings, _ empty: Findings) -> Float? {
      FindingsScore.score(
        whole: whole, part: part, offset: PixelPoint(x: 0, y: 0), extent: (1, 1), scrambled: empty)
    }
    let cat = rated([(3, 0.9), (5, 0.05)])
    #expect(score(cat, rated([(3, 0.8)]), rated([(7, 0.3)])) == 0.8)
    #expect(score(cat, cat, cat) ?? 1 < 0.1)
    #expect(score(cat, rated([(4, 1)]), rated([])) == 0)
  }

  @Test("Text counts by its confidence and how much of it is read again")
  func text() {
    func read(_ symbols: [Int], _ confidence: Float) -> Findings {
      .text(ReadText(symbols: symbols, text: nil, confidence: confidence))
    }
    let found = FindingsScore.score(
      whole: read([1, 2, 3, 4], 0.9), part: read([1, 2, 4], 0.8), offset: PixelPoint(x: 0, y: 0),
      extent: (1, 1), scrambled: read([], 0))
    #expect(abs((found ?? 0) - 0.6) < 1e-6)
  }

  @Test(
    "Masks count for what they share; one class everywhere, in a scrambled picture too, is nothing")
  func masks() {
    func mask(_ width: Int, _ height: Int, from left: Int, to right: Int, _ id: Int = 1) -> Findings
    {
      let all = PixelBox(left: 0, top: 0, right: Float(width), bottom: Float(height))
      let mask = RunLengthMask(width: width, height: height, within: all) { x, _ in
        x >= left && x < right
      }
      return .mask([ClassMask(classID: id, label: nil, mask: mask)])
    }
    func score(_ whole: Findings, _ part: Findings, _ empty: Findings) -> Float {
      FindingsScore.score(
        whole: whole, part: part, offset: PixelPoint(x: 96, y: 0), extent: (864, 960),
        scrambled: empty)
        ?? -1
    }
    let half = mask(960, 960, from: 480, to: 960)
    #expect(score(half, mask(864, 960, from: 384, to: 864), .mask([])) > 0.98)
    #expect(score(half, mask(864, 960, from: 0, to: 384), .mask([])) < 0.02)
    #expect(score(half, mask(864, 960, from: 384, to: 864, 2), .mask([])) == 0)
    let all = mask(960, 960, from: 0, to: 960)
    #expect(score(all, mask(864, 960, from: 0, to: 864), all) == 0)
    #expect(score(.mask([]), .mask([]), .mask([])) == 0)
  }

  @Test("Vectors and raw outputs have no confidence to go by")
  func none() {
    #expect(
      FindingsScore.score(
        whole: .embedding([1]), part: .embedding([1]), offset: PixelPoint(x: 0, y: 0),
        extent: (1, 1), scrambled: .embedding([1])) == nil)
  }
}

@Suite("The ways of preparing pictures that are tried")
struct PictureVariantTests {
  private func card(
    _ overrides: CardOverrides = CardOverrides(), channels: Int = 3
  ) throws -> ModelCard {
    try ModelCard.conclude(
      from: ModelFacts(
        inputs: [.init(name: "i", type: .float32, extents: [1, channels, 416, 416])],
        outputs: [.init(name: "o", type: .float32, extents: [1, 3549, 85])], tails: [["Sigmoid"]]),
      sha256: "", overrides: overrides)
  }

  @Test("What was concluded is the first, and no two are alike")
  func all() throws {
    let variants = PictureVariant.all(of: try card(), pictures: [(640, 360)])
    #expect(variants.count == 2 * 4 * 2)
    #expect(variants[0].isConcluded && variants.filter(\.isConcluded).count == 1)
    #expect(variants[0].range == "0…255")
    for (index, variant) in variants.enumerated() {
      for other in variants[(index + 1)...] {
        #expect(
          variant.color != other.color || variant.resize != other.resize
            || variant.range != other.range)
      }
    }
    // Statistics belong to colours, not to places.
    let turned = try #require(variants.first { $0.range == "ImageNet" && $0.color == .bgr })
    #expect(turned.mean == [103.53, 116.28, 123.675])
  }

  @Test("A picture in the input's shape is the same in every way; one channel has no colours")
  func alike() throws {
    #expect(PictureVariant.all(of: try card(), pictures: [(832, 832)]).count == 2 * 4)
    #expect(PictureVariant.all(of: try card(channels: 1), pictures: [(832, 832)]).count == 4)
  }

  @Test("A convention of its own is kept, and tried in the other order of colours too")
  func own() throws {
    let own = CardOverrides(mean: [103, 116, 123], scale: [0.03, 0.03, 0.03])
    let variants = PictureVariant.all(of: try card(own), pictures: [(832, 832)])
    #expect(variants.count == 2 * 4 + 2)
    #expect(variants.contains { !$0.isConcluded && $0.mean == [123, 116, 103] })
  }

  @Test("Only what differs is told, in the words of flags")
  func settings() throws {
    let variants = PictureVariant.all(of: try card(), pictures: [(640, 360)])
    let other = try #require(
      variants.first { $0.color != variants[0].color && $0.range == "0…1" && $0.resize == .stretch }
    )
    let settings = other.settings(unlike: variants[0])
    #expect(settings.map(\.key) == ["color", "scale", "resize"])
    #expect(settings[2].value == "stretch")
    #expect(variants[0].settings(unlike: variants[0]).isEmpty)
  }
}
