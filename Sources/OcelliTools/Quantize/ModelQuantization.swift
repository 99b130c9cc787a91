import Glibc
import OcelliMedia
package import OcelliQuantize
package import OcelliVision

/// `ocelli model quantize`: a quantised file of a model of floats, written only where it is as good.
package struct ModelQuantization: Sendable {
  package let report: QuantizationReport
  /// Where it was written; nil where it was refused.
  package let output: String?
  private let bytes: Int

  /// What was asked for.
  package struct Request: Sendable {
    /// Clips, pictures, and folders of either.
    package var sources: [String]
    package var output: String
    /// Replaces a file that is there.
    package var overwrites = false
    /// Writes a model that loses more than is allowed.
    package var isForced = false
    package var options = QuantizationOptions()

    package init(sources: [String], output: String) {
      self.sources = sources
      self.output = output
    }
  }

  /// Errors: the model's, the pictures', the output's. A loss beyond what is allowed is none: `output`
  /// is nil then, and `refusal` says so.
  package init(
    _ model: ModelSource, _ request: Request, overrides: CardOverrides, notes: ModelNotes,
    progress: ProgressLine
  ) throws(ToolError) {
    try Self.check(request, model)
    let sources = try SourceList(request.sources, filesFrom: nil).addresses
    let made: (bytes: [UInt8], report: QuantizationReport)
    defer { progress.clear() }
    do throws(QuantizeError) {
      let quantizer = try Quantizer(
        bytes: try Self.bytes(model), name: model.name, folder: model.folder,
        overrides: overrides, notes: notes, options: request.options
      ) { text in progress.show { String(text.prefix($0)) } }
      made = try quantizer.run(sources)
    } catch { throw ToolError(error) }
    report = made.report
    bytes = made.bytes.count
    let allowed = request.options.maximumLoss
    guard report.agreement.loss <= allowed || request.isForced else {
      output = nil
      return
    }
    try Files.write(request.output, made.bytes)
    output = request.output
  }

  private static func bytes(_ model: ModelSource) throws(QuantizeError) -> [UInt8] {
    do { return try model.bytes() } catch { throw .model(error.description) }
  }

  /// Minutes of work must not end at a name that cannot be written.
  private static func check(_ request: Request, _ model: ModelSource) throws(ToolError) {
    let path = request.output
    guard unsafe access(path, F_OK) != 0 else {
      guard !Files.isFolder(path) else {
        throw ToolError(.output, "\(path): is a folder, where a file is due")
      }
      if case .file(let source) = model, Self.isSame(source, path) {
        throw ToolError(.usage, "\(path): is the model itself; give the quantised one another name")
      }
      guard request.overwrites else {
        throw ToolError(.output, "\(path): exists already (--overwrite replaces it)")
      }
      return
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    guard unsafe access(folder, W_OK) == 0 else { throw .writing(path, errno: errno) }
  }

  private static func isSame(_ a: String, _ b: String) -> Bool {
    var first = stat()
    var second = stat()
    return unsafe stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_ino == second.st_ino
      && first.st_dev == second.st_dev
  }
}

extension ToolError {
  /// What it means to the caller that a model is not quantised.
  init(_ error: QuantizeError) {
    switch error {
    case .model(let text), .evidence(let text): self.init(.badData, text)
    case .pictures(let error): self.init(error)
    case .inference(let text): self.init(.failure, text)
    }
  }
}
