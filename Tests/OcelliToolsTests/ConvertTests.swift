import Foundation
import OcelliEvents
import OcelliTools
import Testing

/// Lines of an analysis into formats of the field.
struct ConvertTests {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "convert-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func write(_ name: String, _ lines: String...) throws {
    try Data(lines.joined(separator: "\n").utf8).write(to: folder.appending(path: name))
  }

  func read(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
  }

  func convert(
    _ inputs: [String], _ format: FindingsFormat, to output: String, classes: Set<String> = [],
    confidence: Double = 0
  ) throws -> [String] {
    try Convert(
      inputs: inputs.map(path), format: format,
      output: path(output) + (output.hasSuffix("/") ? "/" : ""), classes: classes,
      confidence: confidence
    ).run()
  }

  func status(_ inputs: [String], _ format: FindingsFormat, to output: String) -> ToolError? {
    do {
      _ = try convert(inputs, format, to: output)
      return nil
    } catch { return error as? ToolError }
  }

  static let hello =
    #"{"v":1,"type":"hello","seq":0,"streams":["a.mp4"],"models":{"default":{"name":"m","task":"detect","labels":["person","car"]}}}"#
  static let end = #"{"v":1,"type":"end","seq":9,"reason":"eof","exit_code":0}"#

  static func frame(_ frame: Int, stream: String = "a.mp4", session: Int = 1, _ objects: String)
    -> String
  {
    #"{"v":1,"type":"frame","seq":1,"stream":"\#(stream)","session":\#(session),"#
      + #""frame":\#(frame),"pts":\#(frame).5,"width":640,"height":480,"objects":[\#(objects)]}"#
  }

  static func object(_ id: Int, _ label: String, _ extra: String = "") -> String {
    #"{"class_id":\#(id),"label":"\#(label)","confidence":0.9125,"box":[10.5,20.0,40.7,80.1]\#(extra)}"#
  }

  func sample() throws {
    try write(
      "a.jsonl", Self.hello, Self.frame(0, ""),
      Self.frame(7, Self.object(0, "person", #","track_id":5"#) + "," + Self.object(1, "car")),
      Self.end, "")
  }

  @Test func `a COCO dataset has images, annotations, categories and videos`() throws {
    try sample()
    let notes = try convert(["a.jsonl"], .coco, to: "a.json")
    #expect(notes == ["2 images, 2 annotations"])
    let data = try JSONValue(parsing: Array(try read("a.json").utf8))
    let images = try #require(data["images"]?.array)
    #expect(images.map { $0["id"]?.number } == [1, 2])
    #expect(images[1]["file_name"]?.string == "a.mp4/000007.jpg")
    #expect(images[1]["width"]?.number == 640 && images[1]["height"]?.number == 480)
    #expect(images[1]["video_id"]?.number == 1 && images[1]["frame_id"]?.number == 7)
    let found = try #require(data["annotations"]?.array)
    #expect(found.map { $0["id"]?.number } == [1, 2])
    #expect(found.map { $0["image_id"]?.number } == [2, 2])
    #expect(found.map { $0["category_id"]?.number } == [1, 2])
    #expect(found[0]["bbox"]?.array?.compactMap(\.number) == [10.5, 20, 30.2, 60.1])
    #expect(found[0]["area"]?.number == 1815.02)
    #expect(found[0]["score"]?.number == 0.9125)
    #expect(found[0]["iscrowd"]?.number == 0)
    #expect(found[0]["track_id"]?.number == 5 && found[1]["track_id"] == nil)
    #expect(data["categories"]?.array?.compactMap { $0["name"]?.string } == ["person", "car"])
    #expect(data["videos"]?.array?.compactMap { $0["name"]?.string } == ["a.mp4"])
  }

  @Test func `COCO's results are a list with the dataset's image ids`() throws {
    try sample()
    _ = try convert(["a.jsonl"], .cocoResults, to: "r.json")
    let list = try #require(try JSONValue(parsing: Array(try read("r.json").utf8)).array)
    #expect(list.count == 2)
    #expect(list[0].members.map(\.key) == ["image_id", "category_id", "bbox", "score", "track_id"])
    #expect(list[0]["image_id"]?.number == 2)
  }

  @Test func `a picture keeps its own name, key points and masks go along`() throws {
    let mask = #","mask":{"size":[480,640],"counts":"ab\\c"},"keypoints":[[1.5,2,0.5],[3,4]]"#
    try write(
      "p.jsonl", Self.frame(0, stream: "in/b.jpg", Self.object(3, "cat", mask)),
      #"{"v":1,"type":"frame","stream":"cams","frame":4,"pts":1,"path":"x/y.png","width":2,"height":2,"objects":[]}"#,
      "")
    _ = try convert(["p.jsonl"], .coco, to: "p.json")
    let data = try JSONValue(parsing: Array(try read("p.json").utf8))
    #expect(
      data["images"]?.array?.compactMap { $0["file_name"]?.string } == ["in/b.jpg", "x/y.png"])
    let cat = try #require(data["annotations"]?.array?.first)
    #expect(cat["category_id"]?.number == 4)
    #expect(cat["keypoints"]?.array?.compactMap(\.number) == [1.5, 2, 2, 3, 4, 2])
    #expect(cat["num_keypoints"]?.number == 2)
    #expect(cat["segmentation"]?["counts"]?.string == #"ab\c"#)
    #expect(cat["segmentation"]?["size"]?.array?.compactMap(\.number) == [480, 640])
  }

  @Test func `a long mask is not cut, and a polygon is COCO's flat one`() throws {
    let counts = String(repeating: "a1", count: 20_000)
    let mask = Self.object(0, "x", #","mask":{"size":[480,640],"counts":"\#(counts)"}"#)
    let outline = Self.object(0, "x", #","polygon":[[1,2],[3.5,2],[3,9]]"#)
    try write("a.jsonl", Self.frame(0, mask + "," + outline), "")
    _ = try convert(["a.jsonl"], .coco, to: "a.json")
    let data = try JSONValue(parsing: Array(try read("a.json").utf8))
    let found = try #require(data["annotations"]?.array)
    #expect(found[0]["segmentation"]?["counts"]?.string == counts)
    #expect(
      found[1]["segmentation"]?.array?.first?.array?.compactMap(\.number) == [1, 2, 3.5, 2, 3, 9])
  }

  @Test func `classes of two models with one number are two categories`() throws {
    try write(
      "a.jsonl", Self.frame(0, Self.object(0, "person") + "," + Self.object(0, "plate")),
      Self.frame(1, Self.object(0, "plate")), "")
    _ = try convert(["a.jsonl"], .coco, to: "a.json")
    let data = try JSONValue(parsing: Array(try read("a.json").utf8))
    #expect(data["annotations"]?.array?.map { $0["category_id"]?.number } == [1, 2, 2])
  }

  @Test func `MOTChallenge counts from 1 and has −1 for what is not known`() throws {
    try sample()
    let notes = try convert(["a.jsonl"], .mot, to: "a.txt")
    #expect(
      try read("a.txt") == """
        8,5,11.50,21.00,30.20,60.10,0.9125,-1,-1,-1
        8,-1,11.50,21.00,30.20,60.10,0.9125,-1,-1,-1

        """)
    #expect(notes.contains { $0.contains("car, person") })
    _ = try convert(["a.jsonl"], .mot, to: "p.txt", classes: ["person"])
    #expect(try read("p.txt").split(separator: "\n").count == 1)
  }

  @Test func `MOTChallenge has a file a sequence, and refuses two in one`() throws {
    try write(
      "a.jsonl", Self.frame(0, stream: "d/a.mp4", Self.object(0, "x")),
      Self.frame(0, stream: "d/b.mp4", ""),
      Self.frame(0, stream: "d/a.mp4", session: 2, Self.object(0, "x")), "")
    let refusal = status(["a.jsonl"], .mot, to: "a.txt")
    #expect(refusal?.status == .usage)
    #expect(refusal?.description.contains("d/a.mp4") == true)
    #expect(!FileManager.default.fileExists(atPath: path("a.txt")))
    #expect(!FileManager.default.fileExists(atPath: path("a.txt.part")))
    _ = try convert(["a.jsonl"], .mot, to: "out/")
    #expect(try read("out/d/a.txt").hasPrefix("1,-1,"))
    #expect(try read("out/d/b.txt") == "")
    #expect(try read("out/d/a.txt").split(separator: "\n").count == 1)
    let names = try FileManager.default.contentsOfDirectory(atPath: path("out/d")).sorted()
    #expect(names == ["a.txt", "a~2.txt", "b.txt"])
  }

  @Test func `CSV has a head, CR LF and quotes where they are due`() throws {
    try write(
      "a.jsonl",
      Self.frame(
        3, stream: #"a \"b\", c.mp4"#, Self.object(0, "per,son", #","keypoints":[[1,2,0.5]]"#)),
      #"{"v":1,"type":"frame","time":"2026-01-01T00:00:00.000000Z","stream":"s","session":2,"frame":4,"pts":1,"width":2,"height":2,"classes":[{"class_id":7,"confidence":0.5}]}"#,
      "")
    let notes = try convert(["a.jsonl"], .csv, to: "a.csv")
    #expect(notes == ["2 rows"])
    #expect(
      try read("a.csv")
        == [
          "stream,session,frame,pts,time,path,width,height,class_id,label,confidence,x1,y1,x2,y2,track_id,keypoints",
          #""a ""b"", c.mp4",1,3,3.500,,,640,480,0,"per,son",0.9125,10.5,20.0,40.7,80.1,,1.0 2.0 0.5000"#,
          "s,2,4,1.000,2026-01-01T00:00:00.000000Z,,2,2,7,,0.5000,,,,,,", "",
        ].joined(separator: "\r\n"))
  }

  @Test func `unknown lines are counted, a cut last line is left out with a note`() throws {
    try write(
      "a.jsonl", Self.hello, #"{"v":1,"type":"event","seq":2}"#, #"{"v":1,"type":"magic"}"#, "  ",
      Self.frame(0, Self.object(0, "person")), #"{"v":1,"type":"fra"#)
    let notes = try convert(["a.jsonl"], .csv, to: "a.csv")
    #expect(notes.contains { $0.contains("a.jsonl:6") && $0.contains("cut off") }, "\(notes)")
    #expect(
      notes.contains { $0.contains("2 lines of unknown type") && $0.contains("event, magic") })
    #expect(notes.contains { $0.contains("no end line") })
    #expect(try read("a.csv").split(separator: "\r\n").count == 2)
  }

  @Test(arguments: [
    "{\"type\":", "[1]", #"{"v":2,"type":"frame"}"#, #"{"v":1,"type":"frame"}"#,
    #"{"v":1,"type":"frame","stream":"a","frame":-1,"pts":0,"width":1,"height":1}"#,
    #"{"v":1,"type":"frame","stream":"a","frame":1e30,"pts":0,"width":1,"height":1}"#,
    #"{"v":1,"type":"frame","stream":"a","frame":99999999999999999999,"pts":0,"width":1,"height":1}"#,
    frame(0, #"{"class_id":0,"confidence":0.5,"box":[1,2,3]}"#),
    frame(0, #"{"class_id":0,"confidence":0.5,"box":[9,2,3,4]}"#),
    frame(0, #"{"class_id":-3,"confidence":0.5,"box":[1,2,3,4]}"#),
    frame(0, #"{"class_id":0,"confidence":0.5,"box":[1,2,3,4e300]}"#),
    frame(0, #"{"class_id":0,"confidence":0.5,"box":[1,2,3,4],"keypoints":[[1]]}"#),
    frame(0, object(0, "x", #","mask":{"size":[1],"counts":"a"}"#)),
    frame(0, object(0, "x", #","polygon":[[1,2,3]]"#)),
  ])
  func `a bad line is named, and no output appears`(_ line: String) throws {
    try write("a.jsonl", Self.frame(0, ""), line, Self.end, "")
    for format in FindingsFormat.allCases {
      let error = status(["a.jsonl"], format, to: "o")
      #expect(error?.status == .badData)
      #expect(error?.description.contains("a.jsonl:2") == true, "\(error?.description ?? "")")
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left == ["a.jsonl"])
    }
  }

  @Test func `a folder of lines is taken whole and in order, and nothing is no success`() throws {
    try FileManager.default.createDirectory(
      at: folder.appending(path: "in/z"), withIntermediateDirectories: true)
    try write("in/z/2.jsonl", Self.frame(0, stream: "2", ""), "")
    try write("in/1.jsonl", Self.frame(0, stream: "1", ""), "")
    try write("in/1.jsonl.part", "junk")
    _ = try convert(["in"], .coco, to: "o.json")
    let data = try JSONValue(parsing: Array(try read("o.json").utf8))
    #expect(data["videos"]?.array?.compactMap { $0["name"]?.string } == ["1", "2"])
    try write("e.jsonl", Self.hello, Self.end, "")
    #expect(status(["e.jsonl"], .coco, to: "e.json")?.status == .badData)
    #expect(status(["none.jsonl"], .coco, to: "e.json")?.status == .inputMissing)
    #expect(!FileManager.default.fileExists(atPath: path("e.json")))
  }

  @Test func `only what is certain enough and wanted is written`() throws {
    try write(
      "a.jsonl",
      Self.frame(
        0, Self.object(0, "person") + #",{"class_id":1,"confidence":0.1,"box":[1,2,3,4]}"#),
      "")
    for (classes, confidence, count) in [([], 0.0, 2), ([], 0.1, 2), ([], 0.2, 1), (["1"], 0, 1)] {
      _ = try convert(
        ["a.jsonl"], .csv, to: "a.csv", classes: Set(classes), confidence: confidence)
      #expect(try read("a.csv").split(separator: "\r\n").count == 1 + count)
    }
  }

  static let hasCOCO: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", "import pycocotools.coco"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  @Test(.enabled(if: hasCOCO, "pycocotools is not installed"))
  func `COCO's own tools load it, and results match a dataset`() throws {
    try sample()
    _ = try convert(["a.jsonl"], .coco, to: "a.json")
    _ = try convert(["a.jsonl"], .cocoResults, to: "r.json")
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c",
      """
      import sys
      from pycocotools.coco import COCO
      from pycocotools.cocoeval import COCOeval
      truth = COCO(sys.argv[1])
      assert len(truth.getImgIds()) == 2 and len(truth.getAnnIds()) == 2
      assert [c['name'] for c in truth.loadCats(truth.getCatIds())] == ['person', 'car']
      e = COCOeval(truth, truth.loadRes(sys.argv[2]), 'bbox')
      e.evaluate(); e.accumulate(); e.summarize()
      assert e.stats[0] > 0.999, e.stats
      """, path("a.json"), path("r.json"),
    ]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
