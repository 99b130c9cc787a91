import Foundation
import OcelliMedia
import Testing

/// What the shared material's record says of an odd file.
struct OddFile: Sendable, CustomTestStringConvertible {
  let name: String
  let ought: String
  let frames: Int
  let policy: String
  var testDescription: String { name }

  static let all: [OddFile] = {
    guard let videos = SharedMaterial.videos, SharedMaterial.hasOddFiles,
      let data = FileManager.default.contents(atPath: videos + "/odd/expect.json"),
      let record = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let files = record["files"] as? [[String: Any]]
    else { return [] }
    return files.compactMap { file in
      guard let name = file["file"] as? String, let ought = file["ought"] as? String else {
        return nil
      }
      return OddFile(
        name: name, ought: ought, frames: file["one_thread_frames"] as? Int ?? 0,
        policy: file["policy"] as? String ?? "")
    }
  }()
}

@Suite("Odd files of the shared material", .serialized, .enabled(if: SharedMaterial.hasOddFiles))
struct OddFileTests {
  @Test("an odd file gives what it ought to", arguments: OddFile.all)
  func odd(file: OddFile) throws {
    let reading = try Reading(path: SharedMaterial.videos! + "/odd/" + file.name)
    #expect(reading.isIncreasing)
    switch file.ought {
    case "refused": #expect(reading.frames == 0 && reading.error != nil)
    case "partial": #expect(reading.frames <= max(file.frames, 60))
    default:
      if file.policy == "size limit" || file.policy.hasPrefix("may be refused") {
        #expect(reading.frames > 0 || reading.error != nil)
      } else if file.policy == "name" {
        #expect(reading.frames > 0)
      } else {
        // The record counts the first video stream; the largest one is read.
        let frames = file.name.hasPrefix("two_videos") ? 24 : file.frames
        #expect(reading.frames == frames, "\(String(describing: reading.error))")
        #expect(reading.error == nil)
      }
    }
  }
}
