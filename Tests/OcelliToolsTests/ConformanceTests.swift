import Foundation
import OcelliTools
import Testing

/// ONNX's own suites, where they lie beside the checkout.
@Suite struct ConformanceTests {
  /// `OCELLI_SHARED`, else `../shared` beside the checkout.
  private static let archive: String? = {
    let beside = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("shared").path
    let shared = ProcessInfo.processInfo.environment["OCELLI_SHARED"] ?? beside
    let folder = "\(shared)/conformance"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().first { $0.hasPrefix("onnx-backend-") && $0.hasSuffix(".tar.zst") }
      .map { "\(folder)/\($0)" }
  }()

  @Test(.enabled(if: archive != nil, "needs the suites in ../shared/conformance"))
  func `every case passes, or is excused and refused by name`() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("ocelli-conformance-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "--zstd", "-xf", try #require(Self.archive), "-C", folder]
    try tar.run()
    tar.waitUntilExit()
    try #require(tar.terminationStatus == 0, "tar --zstd could not unpack the suites")

    let manifest = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Support/conformance.txt").path
    let verification = try Verification(
      folder: folder, stage: .engine, manifest: ConformanceManifest(path: manifest))
    #expect(verification.breaches.isEmpty, "\(verification.summary)")
  }
}
