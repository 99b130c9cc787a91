import OcelliVision
import Testing

@Suite("Conclusions from real models", .enabled(if: SharedMaterial.folder != nil))
struct SharedModelTests {
  struct Expectation: Sendable, CustomTestStringConvertible {
    var model: String
    var head: String
    var color = "bgr"
    var resize = "stretch"
    /// Of the first colour.
    var mean: Float = 0
    var scale: Float = 1
    var labels = 0

    var testDescription: String { model }
  }

  @Test(
    "Head, preprocessing and labels are those that the model was made with",
    arguments: [
      Expectation(
        model: "ocelli-draft/ocelli_draft_384x224_int8", head: "distance", color: "rgb",
        resize: "letterbox-top-left", scale: 1 / 255, labels: 6),
      Expectation(
        model: "ocelli-draft/ocelli_draft_384x224", head: "distance", color: "rgb",
        resize: "letterbox-top-left", scale: 1 / 255, labels: 6),
      Expectation(
        model: "yolox_nano_416", head: "yolox", resize: "letterbox-top-left", labels: 80),
      Expectation(
        model: "yolox_nano_416_qdq", head: "yolox", resize: "letterbox-top-left", labels: 80),
      Expectation(
        model: "nanodet_m_416", head: "nanodet", resize: "letterbox-center", mean: 103.53,
        scale: 1 / 57.375, labels: 80),
      Expectation(
        model: "ultraface_rfb_320", head: "ultraface", color: "rgb", mean: 127, scale: 1 / 128,
        labels: 1),
      Expectation(model: "yunet_s_640", head: "yunet", resize: "letterbox-top-left", labels: 1),
      Expectation(
        model: "yunet_n_dynamic", head: "yunet", resize: "letterbox-top-left", labels: 1),
      Expectation(model: "fastestdet_352", head: "fastestdet", scale: 1 / 255, labels: 80),
      Expectation(
        model: "mobilenetv2_224", head: "classify", color: "rgb", mean: 123.675,
        scale: 1 / 58.395),
      Expectation(
        model: "yolov8n_640", head: "yolo", color: "rgb", resize: "letterbox-center",
        scale: 1 / 255, labels: 80),
      Expectation(
        model: "blazeface_short_128", head: "mediapipe", color: "rgb",
        resize: "letterbox-center", mean: 127.5, scale: 1 / 127.5),
      Expectation(
        model: "palm_detection_lite_192", head: "mediapipe", color: "rgb",
        resize: "letterbox-center", scale: 1 / 255),
      Expectation(
        model: "face_mesh_fp16_256", head: "landmarks", color: "rgb", scale: 1 / 255),
      Expectation(
        model: "scrfd_500m_bnkps_640", head: "scrfd", color: "rgb",
        resize: "letterbox-top-left", mean: 127.5, scale: 1 / 128),
      Expectation(
        model: "plate_detect_640", head: "yolo", color: "rgb", resize: "letterbox-center",
        scale: 1 / 255),
      Expectation(
        model: "plate_rec_ctc_48x168", head: "text", color: "rgb", mean: 127.5,
        scale: 1 / 127.5),
      Expectation(
        model: "osnet_x0_25_256x128", head: "embed", color: "rgb", mean: 123.675,
        scale: 1 / 58.395),
      Expectation(
        model: "deeplab_v3_mnv2_257", head: "segment", color: "rgb", mean: 127.5,
        scale: 1 / 127.5, labels: 21),
      Expectation(
        model: "ppocr_v2_textline_cls", head: "classify", color: "rgb", mean: 123.675,
        scale: 1 / 58.395),
      Expectation(
        model: "ppocr_v3_det", head: "text-regions", resize: "letterbox-top-left",
        mean: 123.675, scale: 1 / 58.395),
      Expectation(
        model: "lstr_lanes_360x640", head: "lanes", mean: 123.675, scale: 1 / 58.395),
      Expectation(model: "person_detect_96_qdq", head: "classify", color: "grey", mean: 128),
      Expectation(
        model: "yolov8n_pose_224_wint8", head: "yolo", color: "rgb", resize: "letterbox-center",
        scale: 1 / 255),
      Expectation(
        model: "yolo11n_seg_640_wint8_nms", head: "finished", color: "rgb",
        resize: "letterbox-center", scale: 1 / 255, labels: 80),
      Expectation(model: "ssd_mobilenet_v2_300_qdq_nms", head: "boxes", color: "rgb"),
      Expectation(
        model: "yolo11n_320_qdq", head: "yolo", color: "rgb", resize: "letterbox-center",
        scale: 1 / 255, labels: 80),
      Expectation(
        model: "yolo11n_320_int8_dynamic", head: "yolo", color: "rgb",
        resize: "letterbox-center", scale: 1 / 255, labels: 80),
      Expectation(
        model: "nanodet_m_416_qoperator", head: "nanodet", resize: "letterbox-center",
        mean: 103.53, scale: 1 / 57.375, labels: 80),
      Expectation(
        model: "fastestdet_352_qoperator_u8u8", head: "fastestdet", scale: 1 / 255, labels: 80),
      Expectation(
        model: "untrained/untrained_crnn_lstm_32x128", head: "text", color: "grey", mean: 127.5,
        scale: 1 / 127.5),
      Expectation(
        model: "untrained/untrained_rtdetr_like_256", head: "boxes", color: "rgb",
        scale: 1 / 255),
      Expectation(
        model: "ultraface_rfb_320_qoperator", head: "ultraface", color: "rgb", mean: 127,
        scale: 1 / 128, labels: 1),
      Expectation(
        model: "yunet_s_640_qdq_s8s8", head: "yunet", resize: "letterbox-top-left", labels: 1),
      Expectation(
        model: "yolo11n_320", head: "yolo", color: "rgb", resize: "letterbox-center",
        scale: 1 / 255, labels: 80),
      Expectation(
        model: "yolox_nano_416_blocked_int8", head: "yolox", resize: "letterbox-top-left",
        labels: 80),
      Expectation(
        model: "mobilenetv2_224_int8_dynamic", head: "classify", color: "rgb", mean: 123.675,
        scale: 1 / 58.395),
      Expectation(
        model: "untrained/untrained_linear_attention_224", head: "classify", color: "rgb",
        mean: 123.675, scale: 1 / 58.395),
      Expectation(
        model: "untrained/untrained_vit_decomposed_112", head: "classify", color: "rgb",
        mean: 123.675, scale: 1 / 58.395),
      Expectation(
        model: "untrained/untrained_vit_micro_224", head: "classify", color: "rgb",
        mean: 123.675, scale: 1 / 58.395),
    ])
  func conclusions(expectation: Expectation) throws {
    guard let path = SharedMaterial.model(expectation.model) else { return }
    let report = try VisionModel.inspect(path: path)
    let found = Dictionary(uniqueKeysWithValues: report.conclusions.map { ($0.what, $0) })
    #expect(found["head"]?.value == expectation.head, "\(report.text)")
    #expect(found["color"]?.value == expectation.color)
    #expect(found["resize"]?.value == expectation.resize)
    #expect(found["mean"]?.value.split(separator: " ").first == "\(expectation.mean)")
    #expect(found["scale"]?.value.split(separator: " ").first == "\(expectation.scale)")
    if expectation.labels > 8 {
      #expect(found["labels"]?.value.hasSuffix("… \(expectation.labels) in all") == true)
    }
    for line in report.conclusions { #expect(!line.reason.isEmpty) }
  }

  @Test("An 8-bit input whose steps are not a pixel's gets the family's numbers in those steps")
  func wholeNumbers() throws {
    guard let path = SharedMaterial.model("yolov8n_640_qdq_int8_nhwc") else { return }
    let report = try VisionModel.inspect(path: path)
    let found = Dictionary(uniqueKeysWithValues: report.conclusions.map { ($0.what, $0.value) })
    // q = value / 255 / 0.018658448 − 14
    #expect(found["mean"]?.hasPrefix("66.61") == true)
    #expect(found["scale"]?.hasPrefix("0.21017") == true)
  }

  @Test("A graph that post-processes another model's outputs is refused as that")
  func postProcessing() throws {
    guard let path = SharedMaterial.model("nms_yolov8_graph") else { return }
    do {
      _ = try VisionModel(path: path)
      Issue.record("it was taken")
    } catch {
      #expect("\(error)".contains("takes no pictures"))
      #expect("\(error)".contains("post-processing"))
    }
  }
}
