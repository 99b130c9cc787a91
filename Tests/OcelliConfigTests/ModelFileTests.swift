import OcelliConfig
import OcelliTensor
import OcelliVision
import Testing

@Suite("What is written about models")
struct ModelFileTests {
  @Test("Every embedded entry can be read, names its file and is found by its hash")
  func entries() throws {
    #expect(KnownModels.files.count == KnownModels.all.count)
    for index in KnownModels.files.indices {
      let entry = try KnownModels.read(index)
      #expect(KnownModels.files[index] == "\(entry.name).yaml")
      #expect(entry.sha256.utf8.count == 64 && entry.bytes > 0)
      #expect(entry.note.licence != nil && entry.note.origin != nil)
      #expect(entry.task != nil && entry.about?.isEmpty == false)
      // Pinned: the address names a commit.
      if let url = entry.url {
        #expect(url.hasPrefix("https://") && url.contains(/\/[0-9a-f]{40}\//), "\(url)")
      }
      #expect(KnownModels.entry(sha256: entry.sha256)?.name == entry.name)
    }
    #expect(KnownModels.entry(sha256: String(repeating: "0", count: 64)) == nil)
  }

  @Test("A sidecar stands beside its model under another ending")
  func paths() {
    #expect(ModelFile.sidecarPath(of: "/a.b/m.onnx") == "/a.b/m.yaml")
    #expect(ModelFile.sidecarPath(of: "m.v2.onnx") == "m.v2.yaml")
    #expect(ModelFile.sidecarPath(of: "/a.b/m") == "/a.b/m.yaml")
  }

  @Test("What is wrong in a sidecar is said with its place and the nearest key")
  func faults() {
    let text = "head: yolox\ncolour: bgr\npad: 300\n"
    do {
      _ = try ModelFile.read(Array(text.utf8), file: "m.yaml", reason: "")
      Issue.record("it was taken")
    } catch {
      #expect(
        error.description.contains("m.yaml:2:1: model.colour: unknown key; did you mean color?"))
      #expect(error.description.contains("m.yaml:3:6: model.pad: must be a number from 0 to 255"))
    }
  }

  @Test("Flags win over a sidecar, a sidecar over a known hash, that over what is concluded")
  func order() throws {
    let facts = ModelFacts(
      inputs: [.init(name: "i", type: .float32, extents: [1, 3, 416, 416])],
      outputs: [.init(name: "o", type: .float32, extents: [1, 3549, 85])], tails: [["Sigmoid"]])
    let known = ModelNote(
      settings: CardOverrides(color: .rgb, resize: .stretch, pad: 1), reason: "known")
    let sidecar = ModelNote(
      settings: CardOverrides(color: .rgb, resize: .center), reason: "the sidecar")
    let card = try ModelCard.conclude(
      from: facts, sha256: "s", overrides: CardOverrides(color: .bgr),
      notes: ModelNotes(sidecar: sidecar) { $0 == "s" ? known : nil })
    #expect(card.preprocessing.color.reason == "given")
    #expect(card.preprocessing.resize.reason == "the sidecar")
    #expect(card.preprocessing.pad.reason == "known")
    #expect(card.preprocessing.scale.value == [1, 1, 1])
  }

  @Test("Models are kept where the XDG base directories say")
  func folders() {
    func folders(_ environment: [String: String]) -> ModelFolders {
      ModelFolders(environment: environment)
    }
    #expect(folders(["HOME": "/h"]).own == "/h/.local/share/ocelli/models")
    #expect(folders(["HOME": "/h", "XDG_DATA_HOME": "/d"]).own == "/d/ocelli/models")
    #expect(folders(["HOME": "/h", "XDG_DATA_HOME": "d"]).own == "/h/.local/share/ocelli/models")
    #expect(folders([:]).own == nil)
    #expect(
      folders([:]).shared == ["/usr/local/share/ocelli/models", "/usr/share/ocelli/models"])
    #expect(
      folders(["XDG_DATA_DIRS": "/a:b:/c"]).shared == ["/a/ocelli/models", "/c/ocelli/models"])
  }
}
