import COcelliCurl
package import OcelliVision

/// Fetches models of a catalogue into a folder, whole and verified or not at all.
package struct ModelPull {
  package let folder: String
  package let rules: PullRules
  /// What is going on, in words for stderr.
  private let say: (String) -> Void
  private let progress: ProgressLine

  /// Errors: where libcurl is missing, or the folder cannot be made.
  package init(
    folder: String, rules: PullRules = PullRules(), progress: ProgressLine,
    say: @escaping (String) -> Void
  ) throws(ToolError) {
    if let reason = unsafe ocelli_curl_missing() {
      throw ToolError(
        .failure, "\(unsafe String(cString: reason)); install it: apt install libcurl4")
    }
    try Files.makeFolder(folder)
    self.folder = folder
    self.rules = rules
    self.progress = progress
    self.say = say
  }

  /// Where a model of that name stands in a folder.
  package static func path(of name: String, in folder: String) -> String {
    "\(folder)/\(name).onnx"
  }

  /// Fetches one model, unless it is there. What an interrupted fetch left is gone on with.
  /// `sidecar`: goes beside it as `NAME.yaml`, before the model has its name.
  /// Returns: the model's path. Errors: as `--help` tells; the name of the model is in front.
  package func fetch(_ model: KnownModel, sidecar: [UInt8]? = nil) throws(ToolError) -> String {
    do throws(ToolError) {
      return try fetchUnnamed(model, sidecar: sidecar)
    } catch {
      guard !error.description.isEmpty else { throw error }
      throw ToolError(error.status, "\(model.name): \(error.description)")
    }
  }

  private func fetchUnnamed(_ model: KnownModel, sidecar: [UInt8]?) throws(ToolError) -> String {
    let path = Self.path(of: model.name, in: folder)
    guard let url = model.url else {
      throw ToolError(
        .inputMissing,
        "nobody passes it on; it comes from \(model.note.origin ?? "an unknown place"), and "
          + "goes to \(path)")
    }
    let address = try PullAddress(url, rules)
    if ModelState(of: model, at: path) == .here {
      if let sidecar { try Files.write("\(folder)/\(model.name).yaml", sidecar) }
      say("\(model.name): is here already, and whole")
      return path
    }
    let file = try PendingFile(path, resuming: true)
    // Another program may have fetched it while we waited for nothing but the lock.
    if ModelState(of: model, at: path) == .here { return path }
    do throws(ToolError) {
      try fill(file, model, address)
    } catch {
      file.suspend()  // nothing where it was thrown away before
      throw error
    }
    if let sidecar { try Files.write("\(folder)/\(model.name).yaml", sidecar) }
    try file.commit()
    say(
      "\(model.name): \(model.bytes) bytes, verified; licence: \(model.note.licence ?? "unknown")")
    return path
  }

  /// Makes the file whole, and sees to it that it is the right one.
  private func fill(
    _ file: PendingFile, _ model: KnownModel, _ address: PullAddress
  ) throws(ToolError) {
    var isFromBefore = file.count > 0
    if file.count > model.bytes { try file.restart() }
    if isFromBefore, file.count > 0, file.count < model.bytes {
      say("\(model.name): goes on from \(file.count) of \(model.bytes) bytes")
    }
    while true {
      if file.count < model.bytes { try transfer(into: file, model, address) }
      let hash = try file.sha256()
      if hash == model.sha256 { return }
      // The beginning may be another file's: an older entry of this name, or a disk's fault.
      guard isFromBefore else {
        file.discard()
        throw ToolError(
          .badData,
          "what \(address.host) sends has the SHA-256 \(hash), where the catalogue says "
            + "\(model.sha256); it was thrown away")
      }
      isFromBefore = false
      say("\(model.name): what an earlier fetch left does not belong to it; begins anew")
      try file.restart()
    }
  }

  /// Fetches until all bytes are there.
  private func transfer(
    into file: PendingFile, _ model: KnownModel, _ origin: PullAddress
  ) throws(ToolError) {
    defer { progress.clear() }
    var address = origin
    var (redirects, attempt, restarts) = (0, 1, 0)
    while true {
      let before = file.count
      let end = Transfer.run(into: file, total: model.bytes, address, rules) { count in
        progress.show { _ in
          "\(model.name)  \(count / 1024)/\(model.bytes / 1024) KiB  \(count * 100 / model.bytes) %"
        }
      }
      switch end {
      case .whole: return
      case .failed(let error):
        // Wrong bytes are no beginning of the right ones.
        if error.status == .badData { file.discard() }
        throw error
      case .redirect(let place):
        redirects += 1
        guard redirects <= rules.redirects else {
          throw ToolError(.unreachable, "\(origin.host) sends us round: \(redirects) redirects")
        }
        address = try PullAddress(place, rules, from: address)
      case .again:
        restarts += 1
        guard restarts == 1 else {
          throw ToolError(.unreachable, "\(address.host) sends other bytes than those asked for")
        }
        try file.restart()
        address = origin
      case .cut(let reason):
        attempt += 1
        guard attempt <= rules.attempts, file.count > before else {
          throw ToolError(
            .unreachable,
            "\(address.host): \(reason); \(file.count) of \(model.bytes) bytes are here, and the "
              + "same command goes on from there")
        }
        // An address that was pointed to may hold for a while only.
        (address, redirects) = (origin, 0)
      }
    }
  }
}
