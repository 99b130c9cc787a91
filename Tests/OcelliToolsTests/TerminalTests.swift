import OcelliTools
import Testing

struct ProgressTests {
  @Test func `frames, share, rate and what remains`() {
    let progress = Progress(name: "clip.mp4", frames: 250, total: 1000, elapsed: 5)
    #expect(progress.line(columns: 80) == "clip.mp4  250/1000 frames  25 %  50.0 fps  ETA 0:15")
  }

  @Test func `a source without an end has no share and no ETA`() {
    let progress = Progress(name: "cam", frames: 1234, total: nil, elapsed: 10)
    #expect(progress.line(columns: 80) == "cam  1234 frames  123 fps")
  }

  @Test func `a count that lies is not believed`() {
    let progress = Progress(name: "cam", frames: 12, total: 10, elapsed: 1)
    #expect(progress.line(columns: 80) == "cam  12 frames  12.0 fps")
    #expect(progress.remaining == nil)
  }

  @Test func `no line is longer than the terminal`() {
    for columns in 0..<120 {
      for name in ["a", String(repeating: "long/", count: 40) + "clip.mp4"] {
        let progress = Progress(name: name, frames: 5, total: 20_000_000, elapsed: 0.001)
        #expect(progress.line(columns: columns).count <= max(columns - 1, 0))
      }
    }
  }

  @Test func `control characters of a name do not reach the terminal`() {
    let progress = Progress(name: "a\u{1B}]0;x\u{7}\n.mp4", frames: 0, total: nil, elapsed: 0)
    #expect(!progress.line(columns: 80).contains { $0 == "\u{1B}" || $0 == "\n" || $0 == "\u{7}" })
  }
}

struct ExitStatusTests {
  @Test func `the codes are those that scripts rely on`() {
    let codes = ExitStatus.allCases.map(\.rawValue)
    #expect(codes == [0, 1, 2, 64, 65, 66, 69, 70, 74, 77, 78, 130, 143])
  }
}
