import OcelliTensor
import OcelliVocabulary

/// Finished boxes, scores and classes in outputs of their own, with a count or without: TensorFlow's
/// and TFLite's post-processing, torchvision's detectors, RT-DETR with its selection.
/// Places are pixels of the input or, where none is above 2, shares of it.
package struct SeparateBoxesHead: Head {
  package static let name = "boxes"
  package static let expects =
    "outputs boxes [1, N, 4], scores [1, N], classes [1, N] and perhaps a count"

  package var boxOutput: Int
  package var scoreOutput: Int
  package var classOutput: Int
  package var countOutput: Int?
  /// nil: as many as a run gives.
  package var count: Int?
  /// y before x, as TensorFlow writes corners.
  package var isRowFirst: Bool
  /// Subtracted from each class number: TensorFlow counts from 1.
  package var firstClass: Int
  /// 0 where the file does not tell.
  package var classCount: Int
  package var size: InputSize

  package init(
    boxOutput: Int, scoreOutput: Int, classOutput: Int, countOutput: Int? = nil, count: Int?,
    isRowFirst: Bool, firstClass: Int = 0, classCount: Int, size: InputSize
  ) {
    self.boxOutput = boxOutput
    self.scoreOutput = scoreOutput
    self.classOutput = classOutput
    self.countOutput = countOutput
    self.count = count
    self.isRowFirst = isRowFirst
    self.firstClass = firstClass
    self.classCount = classCount
    self.size = size
  }

  package var isSuppressed: Bool { true }

  package var reads: [(output: Int, count: Int)] {
    let count = count ?? 0
    return [(boxOutput, 4 * count), (scoreOutput, count), (classOutput, count)]
      + (countOutput.map { [($0, 1)] } ?? [])
  }

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    let given = countOutput.map { outputs.withOutput($0) { Scores.whole($0[0]) ?? 0 } }
    outputs.withOutput(boxOutput) { boxes in
      outputs.withOutput(scoreOutput) { scores in
        outputs.withOutput(classOutput) { classes in
          let rows = min(boxes.count / 4, min(scores.count, classes.count))
          scan(boxes, scores, classes, min(given ?? rows, rows), threshold, &candidates)
        }
      }
    }
  }

  private func scan(
    _ boxes: Span<Float>, _ scores: Span<Float>, _ classes: Span<Float>, _ rows: Int,
    _ threshold: Float, _ candidates: inout Candidates
  ) {
    let unit = InputShares.unit(boxes, rows: rows, step: 4, from: 0, size)
    for index in 0..<rows {
      if scores[index] < threshold || scores[index] <= 0 { continue }
      guard let number = Scores.whole(classes[index]), number >= firstClass else {
        candidates.countInvalid()
        continue
      }
      let at = 4 * index
      let (x, y) = isRowFirst ? (1, 0) : (0, 1)
      candidates.append(
        Candidate(
          box: PixelBox(
            left: boxes[at + x] * unit.x, top: boxes[at + y] * unit.y,
            right: boxes[at + 2 + x] * unit.x, bottom: boxes[at + 2 + y] * unit.y),
          confidence: scores[index], classID: number - firstClass, cell: index))
    }
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard (3...8).contains(facts.outputs.count) else { return nil }
    let names = facts.outputs.map { $0.name.lowercased() }
    let ranks = facts.outputs.map { $0.extents?.count }
    func named(_ words: [String], _ rank: (Int) -> Bool) -> Int? {
      let found = names.indices.filter { index in
        words.contains { names[index].contains($0) } && (ranks[index].map(rank) ?? true)
      }
      return found.count == 1 ? found[0] : nil
    }
    let isVector = { (rank: Int) in rank == 1 || rank == 2 }
    let isRows = { (rank: Int) in rank == 2 || rank == 3 }
    var boxes = named(["boxes", "bboxes", "box"], isRows)
    var scores = named(["scores", "score", "conf"], isVector)
    var classes = named(["classes", "labels", "class", "label"], isVector)
    var count = named(["num_det", "num_boxes", "count", "num_"], isVector)
    var how = "the names say which is which"
    // TFLite's operator gives four outputs in one order under one name.
    let isLite = names.count == 4 && names.allSatisfy { $0.hasPrefix("tflite_detection") }
    if isLite {
      (boxes, classes, scores, count) = (0, 1, 2, 3)
      how = "the names are those of TFLite_Detection_PostProcess"
    }
    if boxes == nil || scores == nil || classes == nil {
      // Without names: four numbers a row; whole numbers are classes.
      let rows = facts.outputs.indices.filter {
        isRows(ranks[$0] ?? 0) && facts.outputs[$0].extents?.last == 4
      }
      let whole = facts.outputs.indices.filter {
        isVector(ranks[$0] ?? 0) && [.int64, .int32].contains(facts.outputs[$0].type)
          && facts.outputs[$0].extents?.last != 1
      }
      let real = facts.outputs.indices.filter {
        isVector(ranks[$0] ?? 0) && facts.outputs[$0].type == .float32 && !rows.contains($0)
      }
      guard rows.count == 1, whole.count == 1, real.count == 1 else { return nil }
      (boxes, classes, scores) = (rows[0], whole[0], real[0])
      how = "four numbers a row are boxes, whole numbers classes"
    }
    guard let boxes, let scores, let classes, Set([boxes, scores, classes]).count == 3,
      facts.outputs[boxes].extents?.last ?? 4 == 4
    else { return nil }
    let isTensorFlow = isLite || names[boxes].contains("detection_boxes")
    let rows = facts.outputs[boxes].extents.flatMap { $0.count >= 2 ? $0[$0.count - 2] : nil }
    let first = isTensorFlow && !isLite ? 1 : 0
    let isEight = facts.inputs.first.map { [.uint8, .int8].contains($0.type) } ?? false
    let convention: Conclusion<PictureConvention> =
      isEight
      ? Conclusion(
        .plain(.rgb, .stretch, pad: 0), .likely, "an 8-bit input takes pixels as they are")
      : isTensorFlow
        ? Conclusion(.signed(.rgb, .stretch), .guess, "TensorFlow's detectors take −1 to 1")
        : Conclusion(
          .unit(.rgb, .stretch, pad: 0), .guess, "RGB, value / 255, stretched is the most usual")
    return Recognition(
      head: SeparateBoxesHead(
        boxOutput: boxes, scoreOutput: scores, classOutput: classes, countOutput: count,
        count: rows, isRowFirst: isTensorFlow, firstClass: first, classCount: 0, size: size),
      sureness: .likely,
      reason: "boxes, scores and classes in outputs of their own: \(how)"
        + (isTensorFlow ? "; TensorFlow's corners begin with y" : ""),
      picture: convention,
      overlap: Conclusion(1, .certain, "the graph has chosen among overlapping boxes itself"))
  }
}
