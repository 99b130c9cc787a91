package import OcelliMedia

extension ToolError {
  /// What a source's failure means to the caller.
  package init(_ error: MediaError) {
    switch error {
    case .notFound(let text): self.init(.inputMissing, text)
    case .permissionDenied(let text), .authenticationFailed(let text):
      self.init(.permission, text)
    case .unreachable(let text), .timedOut(let text), .disconnected(let text):
      self.init(.unreachable, text)
    case .noVideo(let text), .invalidData(let text): self.init(.badData, text)
    case .unsupported(let text), .refused(let text): self.init(.badData, text)
    case .interrupted: self.init(.failure, "interrupted")
    case .outOfMemory: self.init(.failure, "out of memory")
    }
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
