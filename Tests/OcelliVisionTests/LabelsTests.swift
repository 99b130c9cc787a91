import OcelliVision
import Testing

@Suite("Labels")
struct LabelsTests {
  @Test(
    "Names are read from JSON lists, JSON and Python dictionaries, and plain words",
    arguments: [
      (#"["person", "fire hydrant"]"#, ["person", "fire hydrant"]),
      ("{0: 'person', 1: \"it's\"}", ["person", "it's"]),
      (#"{"0": "person", "2": "car"}"#, ["person", "", "car"]),
      (#"{"0" : "a\"b", "1" : "c:d, e"}"#, [#"a"b"#, "c:d, e"]),
      ("person, car", ["person", "car"]),
      ("face", ["face"]),
    ])
  func parse(text: String, names: [String]) {
    #expect(Labels.parse(text) == names)
  }

  @Test(
    "What cannot be names is refused",
    arguments: ["", "[]", "{", "['open", "{99999999: 'a'}", "{-1 'a", "{'a': 'b'}"])
  func refuse(text: String) {
    #expect(Labels.parse(text) == nil)
  }

  @Test("A file of labels is one a line; blank lines at its end are none")
  func lines() {
    #expect(Labels.lines("cat\r\n\n dog \n\n") == ["cat", "", "dog"])
    #expect(Labels.coco.count == 80)
  }
}
