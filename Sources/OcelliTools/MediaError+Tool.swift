package import OcelliMedia
import OcelliPipeline

extension ToolError {
  /// What a source's failure means to the caller.
  package init(_ error: MediaError) {
    self.init(ExitStatus(rawValue: error.exitCode) ?? .internalFault, error.message)
  }

  /// What a failed picture or video means to the caller.
  package init(_ error: EncodeError) {
    switch error {
    case .unsupported(let text): self.init(.failure, text)
    case .picture(let text): self.init(.badData, text)
    case .output(let path, let code): self = .writing(path, errno: code)
    case .outOfMemory: self.init(.failure, "out of memory")
    }
  }
}
