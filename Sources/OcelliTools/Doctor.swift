import COcelliCurl
import Glibc
package import OcelliEvents
import OcelliKernels
import OcelliMedia
import OcelliPlumbing

/// Looks at the machine and at the program: what is there, what is missing, and the remedy.
package struct Doctor: Sendable {
  package enum Verdict: String, Sendable {
    case good
    /// Something works less well, or not at all for some sources.
    case warning
    /// Something that is needed is missing.
    case bad
  }

  /// One thing that was looked at.
  package struct Finding: Sendable {
    package let topic: String
    package let verdict: Verdict
    package let fact: String
    /// What to do; nil where nothing is to be done.
    package let remedy: String?
  }

  package let findings: [Finding]

  /// Nothing that is needed is missing.
  package var isHealthy: Bool { !findings.contains { $0.verdict == .bad } }

  /// Looks at everything. It reads, opens no device and changes nothing.
  package static func examine() -> Doctor {
    Doctor(
      findings: [program(), runtime(), processor(), cores()] + ffmpeg() + [
        decoders(), encoder(), blas(), capture(), curl(),
      ] + cameras())
  }

  /// For a terminal.
  package func text(_ style: Style) -> String {
    let width = findings.map(\.topic.count).max() ?? 0
    return findings.map { finding in
      let (word, colour): (String, Style.Colour) =
        switch finding.verdict {
        case .good: ("ok     ", .green)
        case .warning: ("warning", .yellow)
        case .bad: ("missing", .red)
        }
      let topic = finding.topic + String(repeating: " ", count: width - finding.topic.count)
      var line = "\(style.paint(word, colour))  \(topic)  \(finding.fact)\n"
      if let remedy = finding.remedy {
        line += String(repeating: " ", count: width + 11) + "→ \(remedy)\n"
      }
      return line
    }.joined()
  }

  package var json: JSONValue {
    .members([
      "healthy": .bool(isHealthy),
      "findings": .array(
        findings.map {
          .members([
            "topic": .string($0.topic), "verdict": .string($0.verdict.rawValue),
            "fact": .string($0.fact), "remedy": $0.remedy.map { .string($0) },
          ])
        }),
    ])
  }

  // MARK: What is looked at

  private static func program() -> Finding {
    #if DEBUG
      let build = "debug build: several times slower than a release"
    #else
      let build = "release build"
    #endif
    return Finding(
      topic: "ocelli", verdict: build.hasPrefix("debug") ? .warning : .good,
      fact: "\(Version.number), \(build)",
      remedy: build.hasPrefix("debug") ? "swift build -c release" : nil)
  }

  /// Whether the Swift runtime is part of the program, or must be found at every start.
  private static func runtime() -> Finding {
    let mapped = LoadedLibraries.paths
    guard let core = mapped.first(where: { $0.contains("/libswiftCore.so") }) else {
      return Finding(
        topic: "Swift runtime", verdict: .good, fact: "linked statically", remedy: nil)
    }
    return Finding(
      topic: "Swift runtime", verdict: .warning, fact: "linked dynamically, from \(core)",
      remedy: "make install links it statically, so that no toolchain is needed at run time")
  }

  private static func processor() -> Finding {
    let tier = KernelTier.current
    let name =
      (try? Files.kernelText("/proc/cpuinfo"))?.split(separator: "\n")
      .first { $0.hasPrefix("model name") }?.split(separator: ":").last
      .map { String($0.drop { $0 == " " }) } ?? "unknown processor"
    let forced = tier == .best ? "" : " (the best here is \(KernelTier.best.rawValue))"
    let names = KernelTier.available.map(\.rawValue).joined(separator: ", ")
    let slow = KernelTier.best == .scalar
    return Finding(
      topic: "processor", verdict: tier == .best && !slow ? .good : .warning,
      fact: "\(name): kernels for \(tier.rawValue)\(forced); OCELLI_ISA may name \(names)",
      remedy: tier != .best
        ? "unset OCELLI_ISA" : slow ? "a processor with AVX2 is many times faster" : nil)
  }

  private static func cores() -> Finding {
    let online = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let usable = availableCores()
    return Finding(
      topic: "cores", verdict: .good,
      fact: usable == online
        ? "\(usable), all of them usable"
        : "\(usable) usable of \(online) (affinity or the control group's quota)", remedy: nil)
  }

  private static func ffmpeg() -> [Finding] {
    MediaLibraries.all.map { library in
      Finding(
        topic: library.name, verdict: library.isForeign ? .bad : .good,
        fact: "\(library.running) (FFmpeg \(MediaLibraries.release)), built for \(library.built)",
        remedy: library.isForeign ? "build ocelli again on this machine" : nil)
    }
  }

  private static func decoders() -> Finding {
    let wanted = ["h264", "hevc", "mjpeg", "mpeg4", "vp9", "png"]
    let found = MediaLibraries.decoders(among: wanted)
    let av1 = MediaLibraries.decoders(among: ["libdav1d", "av1", "libaom-av1"]).first
    let missing = wanted.filter { !found.contains($0) }
    return Finding(
      topic: "decoders", verdict: missing.isEmpty ? .good : .warning,
      fact: found.joined(separator: " ") + (av1.map { " \($0)" } ?? "")
        + (missing.isEmpty ? "" : "; without \(missing.joined(separator: " "))"),
      remedy: missing.isEmpty ? nil : "install the distribution's own FFmpeg: apt install ffmpeg")
  }

  private static func encoder() -> Finding {
    let encoder = MediaLibraries.videoEncoder
    return Finding(
      topic: "encoder", verdict: encoder == nil ? .warning : .good,
      fact: encoder.map { "\($0), for 'ocelli render'" } ?? "none: 'ocelli render' writes PNG only",
      remedy: encoder == nil ? "install the distribution's own FFmpeg: apt install ffmpeg" : nil)
  }

  private static func blas() -> Finding {
    guard let description = Blas.description else {
      return Finding(
        topic: "OpenBLAS", verdict: .warning,
        fact: "not found: matrix products run on slower kernels of our own",
        remedy: "apt install libopenblas0-pthread")
    }
    return Finding(topic: "OpenBLAS", verdict: .good, fact: description, remedy: nil)
  }

  private static func capture() -> Finding {
    let name = MediaLibraries.captureLibrary
    let folders = ["x86_64-linux-gnu/", "aarch64-linux-gnu/", ""].map { "/usr/lib/\($0)" }
    if let place = folders.map({ $0 + name }).first(where: { unsafe access($0, R_OK) == 0 }) {
      return Finding(
        topic: "libavdevice", verdict: .good, fact: "\(place), opened at the first camera",
        remedy: nil)
    }
    // libavdevice.so.59 is in the package libavdevice59.
    let package = "libavdevice" + name.split(separator: ".").suffix(1).joined()
    return Finding(
      topic: "libavdevice", verdict: .warning, fact: "\(name) not found: no /dev/videoN",
      remedy: "apt install \(package)")
  }

  private static func curl() -> Finding {
    if let version = unsafe ocelli_curl_version() {
      let words = unsafe String(cString: version).split(separator: " ").prefix(2)
      return Finding(
        topic: "libcurl", verdict: .good,
        fact: words.joined(separator: " ") + ", opened by 'ocelli model pull'", remedy: nil)
    }
    return Finding(
      topic: "libcurl", verdict: .warning, fact: "not found: no 'ocelli model pull'",
      remedy: "apt install libcurl4")
  }

  /// The nodes under /dev, and whether this user may open them.
  private static func cameras() -> [Finding] {
    (0..<64).compactMap { number -> Finding? in
      let node = "/dev/video\(number)"
      guard unsafe access(node, F_OK) == 0 else { return nil }
      let allowed = unsafe access(node, R_OK | W_OK) == 0
      return Finding(
        topic: "camera", verdict: allowed ? .good : .warning,
        fact: allowed ? node : "\(node): permission denied",
        remedy: allowed ? nil : "sudo usermod -aG video $USER, then log in again")
    }
  }
}

/// The shared objects in this process.
package enum LoadedLibraries {
  /// Paths, each once, in the order of addresses.
  package static var paths: [String] {
    var seen: Set<Substring> = []
    let maps = (try? Files.kernelText("/proc/self/maps")) ?? ""
    return maps.split(separator: "\n").compactMap { line in
      guard let slash = line.firstIndex(of: "/"), seen.insert(line[slash...]).inserted,
        line[slash...].contains(".so")
      else { return nil }
      return String(line[slash...])
    }
  }
}
