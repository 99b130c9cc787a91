import OcelliVocabulary
import Testing

struct NearestTests {
  @Test(arguments: [
    ("analyse", "analyze"), ("anlyze", "analyze"), ("rnu", "run"), ("Probe", "probe"),
    ("complete", "completion"), ("docter", "doctor"),
  ])
  func `a typo finds what was meant`(_ typo: String, _ meant: String) {
    let names = ["analyze", "run", "model", "bench", "config", "probe", "doctor", "completion"]
    #expect(Nearest.to(typo, in: names) == meant)
  }

  @Test func `what is near nothing finds nothing`() {
    #expect(Nearest.to("kubernetes", in: ["analyze", "run"]) == nil)
    #expect(Nearest.to("", in: ["analyze"]) == nil)
    #expect(Nearest.to("x", in: []) == nil)
    let long = String(repeating: "a", count: 100_000)
    #expect(Nearest.to(long, in: [long, "a"]) == nil)
  }
}
