import OcelliGraph
import OcelliTensor
import OcelliVision
import Testing

@Suite("Conclusions from a model's facts")
struct ConclusionTests {
  func port(_ name: String, _ extents: [Int?], _ type: ElementType = .float32) -> ModelFacts.Port {
    ModelFacts.Port(name: name, type: type, extents: extents)
  }

  func conclude(
    _ input: [Int?], _ outputs: [(String, [Int?])], metadata: [String: String] = [:],
    tails: [Set<String>]? = nil, normalizesInside: Bool = false,
    _ overrides: CardOverrides = CardOverrides()
  ) throws(VisionError) -> ModelCard {
    try ModelCard.conclude(
      from: ModelFacts(
        name: "m", inputs: [port("image", input)], outputs: outputs.map { port($0.0, $0.1) },
        metadata: metadata, tails: tails, normalizesInside: normalizesInside),
      sha256: "00", overrides: overrides)
  }

  static let draft = [
    "task": "detect", "names": #"["person", "bicycle", "car", "motorcycle", "bus", "truck"]"#,
    "input": "RGB, 0..1 (value / 255), letterboxed top left, padded with 114",
    "head": "per level logits[6] then left,top,right,bottom distances: "
      + "exp(clamp(x,-4,4.5)) * stride from the cell's centre",
    "strides": "8,16,32",
  ]

  @Test("Our own detector says all in its metadata")
  func draft() throws {
    let card = try conclude(
      [1, 3, 224, 384],
      [("p3", [1, 10, 28, 48]), ("p4", [1, 10, 14, 24]), ("p5", [1, 10, 7, 12])],
      metadata: Self.draft)
    #expect(card.head.value.name == "distance")
    #expect(card.head.sureness == .certain)
    #expect(card.labels.value.count == 6 && card.label(5) == "truck" && card.label(6) == nil)
    let p = card.preprocessing
    #expect(p.size.value == InputSize(width: 384, height: 224))
    #expect(p.color.value == .rgb && p.resize.value == .topLeft && p.pad.value == 114)
    #expect(p.scale.value == [1 / 255, 1 / 255, 1 / 255] && p.color.sureness == .certain)
    #expect(card.overlap.value == 0.6)
    #expect(card.refusal == nil)
  }

  @Test("3549 rows of 85 without a decoder are YOLOX's grid; with an exponential they are decoded")
  func yolox() throws {
    let raw = try conclude(
      [1, 3, 416, 416], [("output", [1, 3549, 85])],
      tails: [["Transpose", "Concat", "Reshape", "Sigmoid"]])
    #expect(raw.head.value.name == "yolox")
    #expect(raw.head.reason.contains("52·52 + 26·26 + 13·13"))
    #expect(raw.preprocessing.color.value == .bgr && raw.preprocessing.resize.value == .topLeft)
    #expect(raw.preprocessing.scale.value == [1, 1, 1])
    #expect(raw.labels.value == Labels.coco)
    let decoded = try conclude(
      [1, 3, 416, 416], [("output", [1, 3549, 85])], tails: [["Concat", "Exp", "Mul", "Add"]])
    #expect(decoded.head.value.name == "yolo")
    #expect(decoded.preprocessing.color.value == .bgr)
  }

  @Test("Ultralytics metadata make YOLOv8's columns certain")
  func yolov8() throws {
    let card = try conclude(
      [1, 3, 320, 320], [("output0", [1, 6, 2100])],
      metadata: ["names": "{0: 'cat', 1: 'dog'}", "task": "detect", "stride": "32"])
    #expect(card.head.value.name == "yolo" && card.head.sureness == .certain)
    #expect(card.labels.value == ["cat", "dog"])
    #expect(card.preprocessing.resize.value == .center)
    let pose = try conclude(
      [1, 3, 320, 320], [("output0", [1, 56, 2100])],
      metadata: ["names": "{0: 'person'}", "task": "pose"])
    #expect(pose.head.value.name == "yolo")
  }

  @Test("Ultralytics metadata tell of turned boxes, and what a classifier is fed")
  func otherUltralytics() throws {
    let turned = try conclude(
      [1, 3, 320, 320], [("output0", [1, 7, 2100])],
      metadata: ["names": "{0: 'plane', 1: 'ship'}", "task": "obb"])
    #expect(turned.head.value.name == "yolo" && turned.classCount == 2)
    let classifier = try conclude(
      [1, 3, 224, 224], [("output0", [1, 2])],
      metadata: ["names": "{0: 'cat', 1: 'dog'}", "task": "classify", "author": "Ultralytics"],
      tails: [["Softmax"]])
    #expect(classifier.preprocessing.resize.value == .crop)
    #expect(classifier.preprocessing.mean.value == [0, 0, 0])
    #expect(classifier.preprocessing.scale.sureness == .likely)
  }

  @Test("NanoDet, UltraFace, YuNet and FastestDet are known by their outputs, in any order")
  func families() throws {
    let nanodet = try conclude(
      [1, 3, 416, 416],
      [
        ("1", [1, 169, 32]), ("2", [1, 2704, 80]), ("3", [1, 2704, 32]), ("4", [1, 676, 80]),
        ("5", [1, 676, 32]), ("6", [1, 169, 80]),
      ], tails: Array(repeating: ["Sigmoid", "Transpose"], count: 6))
    #expect(nanodet.head.value.name == "nanodet")
    #expect(nanodet.preprocessing.mean.value == [103.53, 116.28, 123.675])

    let ultraface = try conclude(
      [1, 3, 240, 320], [("boxes", [1, 4420, 4]), ("scores", [1, 4420, 2])])
    #expect(ultraface.head.value.name == "ultraface")
    #expect(ultraface.labels.value == ["face"] && ultraface.preprocessing.resize.value == .stretch)

    let outputs = ["cls", "obj", "bbox", "kps"].flatMap { name in
      [8, 16, 32].map { ("\(name)_\($0)", [nil, nil, nil] as [Int?]) }
    }
    let yunet = try conclude([nil, 3, nil, nil], outputs)
    #expect(yunet.head.value.name == "yunet" && yunet.preprocessing.size.sureness == .guess)
    let sized = try conclude(
      [nil, 3, nil, nil], outputs, CardOverrides(size: InputSize(width: 320, height: 256)))
    #expect(sized.preprocessing.size.reason == "given")
    // Cells and numbers tell as much where the names are others.
    let renamed = try conclude(
      [1, 3, 64, 64],
      [10, 4, 1, 1].flatMap { (numbers: Int) in
        [4, 64, 16].map { (rows: Int) in ("t\(numbers)\(rows)", [1, rows, numbers] as [Int?]) }
      })
    #expect(renamed.head.value.name == "yunet" && renamed.head.sureness == .likely)

    let fastestDet = try conclude(
      [1, 3, 352, 352], [("758", [1, 85, 22, 22])], tails: [["Sigmoid", "Softmax", "Concat"]])
    #expect(fastestDet.head.value.name == "fastestdet")
    #expect(fastestDet.preprocessing.color.value == .bgr)
  }

  @Test("A thousand numbers are ImageNet's; other vectors need a softmax or a word")
  func classifiers() throws {
    let imageNet = try conclude([nil, 3, 224, 224], [("output", [nil, 1000])])
    #expect(imageNet.task.value == .classify && imageNet.labels.value.isEmpty)
    #expect(imageNet.preprocessing.mean.value == [123.675, 116.28, 103.53])
    let embedding = try conclude([nil, 3, 256, 128], [("output", [nil, 512])])
    #expect(embedding.task.value == .embed)
    let soft = try conclude([1, 3, 64, 64], [("output", [1, 3])], tails: [["Softmax"]])
    #expect(soft.task.value == .classify)
    let given = try conclude(
      [nil, 3, 256, 128], [("output", [nil, 512])], CardOverrides(head: "classify"))
    #expect(given.task.value == .classify && given.head.sureness == .certain)
  }

  @Test("What the user gives wins, and says so")
  func overrides() throws {
    let card = try conclude(
      [1, 3, 416, 416], [("output", [1, 3549, 85])], tails: [["Sigmoid"]],
      CardOverrides(
        color: .rgb, mean: [1, 2, 3], resize: .stretch, labels: (0..<80).map { "c\($0)" }))
    #expect(card.preprocessing.color == .given(.rgb))
    #expect(card.preprocessing.mean.value == [1, 2, 3])
    #expect(card.preprocessing.resize.reason == "given")
    #expect(card.label(79) == "c79")
  }

  @Test("The statistics follow their colours when the order is overridden")
  func statistics() throws {
    let card = try conclude(
      [1, 3, 224, 224], [("output", [1, 1000])], CardOverrides(color: .bgr))
    #expect(card.preprocessing.mean.value == [103.53, 116.28, 123.675])
  }

  @Test("A graph that normalises its input wants plain values")
  func normalizesInside() throws {
    let card = try conclude([1, 3, 224, 224], [("output", [1, 1000])], normalizesInside: true)
    #expect(
      card.preprocessing.mean.value == [0, 0, 0] && card.preprocessing.scale.value == [1, 1, 1])
  }

  @Test("What cannot be given is refused with the remedy")
  func refusals() {
    func message(_ overrides: CardOverrides) -> String? {
      do throws(VisionError) {
        _ = try conclude([1, 3, 416, 416], [("output", [1, 3549, 85])], overrides)
        return nil
      } catch { return error.description }
    }
    #expect(message(CardOverrides(head: "nonsense"))?.contains("there are distance") == true)
    #expect(message(CardOverrides(head: "yunet"))?.contains("expects twelve outputs") == true)
    #expect(
      message(CardOverrides(size: InputSize(width: 320, height: 320)))?.contains("fixed at 416")
        == true)
    #expect(message(CardOverrides(mean: [1]))?.contains("three") == true)
    #expect(message(CardOverrides(labels: ["a"]))?.contains("the model has 80") == true)
  }

  @Test("Models that take no picture say why")
  func unfit() throws {
    let four = try conclude([1, 4, 96, 96], [("output", [1, 2])])
    #expect(four.refusal?.contains("4 channels") == true)
    let flat = try conclude([1, 10], [("output", [1, 2])])
    #expect(flat.refusal?.contains("none of its inputs is a picture") == true)
    let batch = try conclude([4, 3, 96, 96], [("output", [4, 2])])
    #expect(batch.refusal?.contains("batch is 4") == true)
  }

  @Test("The tail of a graph ends at its last convolution, and a first subtraction is seen")
  func graphFacts() throws {
    var graph = Graph(name: "tiny")
    let image = graph.add(Value(name: "image", fact: Fact(.float32, [1, 3, 8, 8])))
    let mean = graph.add(Value(name: "mean", constant: try Tensor([127] as [Float], shape: [1])))
    let centred = graph.add(Value(name: "centred", fact: Fact(.float32, [1, 3, 8, 8])))
    let weight = graph.add(
      Value(name: "w", constant: try Tensor([Float](repeating: 0, count: 6), shape: [2, 3, 1, 1])))
    let mapped = graph.add(Value(name: "mapped", fact: Fact(.float32, [1, 2, 8, 8])))
    let output = graph.add(Value(name: "output", fact: Fact(.float32, [1, 2, 8, 8])))
    graph.inputs = [image]
    graph.outputs = [output]
    graph.nodes = [
      Node(name: "a", op: Binary(.subtract), inputs: [image, mean], outputs: [centred]),
      Node(
        name: "b",
        op: Convolution(
          strides: [1, 1], dilations: [1, 1], padding: .valid, groups: 1),
        inputs: [centred, weight], outputs: [mapped]),
      Node(name: "c", op: Unary(.sigmoid), inputs: [mapped], outputs: [output]),
    ]
    let facts = ModelFacts(graph)
    #expect(facts.tails == [["Sigmoid"]])
    #expect(facts.normalizesInside)

    let card = try ModelCard.conclude(from: graph, sha256: "00")
    let report = ModelReport(file: "tiny.onnx", graph: graph, card: card)
    #expect(report.parameters == 6)
    #expect(report.megaMACs == 64 * 6 / 1e6)
    #expect(report.text.contains("segment  (guess: 2 maps of 8×8"))
  }

  @Test("Axes that the file leaves open are bound before the outputs are judged")
  func openAxes() throws {
    var graph = Graph(name: "open")
    let image = graph.add(Value(name: "image", fact: Fact(.float32, nil)))
    let output = graph.add(Value(name: "output", fact: Fact(.float32, nil)))
    graph.inputs = [image]
    graph.outputs = [output]
    graph.declaredInputs = [[nil, 3, nil, nil]]
    graph.nodes = [
      Node(
        name: "pool", op: Reduce(.mean, axes: [2, 3], keepDimensions: false), inputs: [image],
        outputs: [output])
    ]
    let card = try ModelCard.conclude(
      from: graph, sha256: "00",
      overrides: CardOverrides(head: "classify", size: InputSize(width: 64, height: 32)))
    #expect(card.inputShape == [1, 3, 32, 64])
    guard case .whole(let head) = card.head.value, let classifier = head as? Classifier else {
      Issue.record("no classifier")
      return
    }
    #expect(classifier.classCount == 3)
    let report = ModelReport(file: "open.onnx", graph: graph, card: card)
    #expect(report.inputs[0].shape == [nil, 3, nil, nil])
  }
}
