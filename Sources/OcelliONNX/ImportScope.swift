import OcelliGraph

/// What the graphs of one file have in common, as one of them sees it.
struct ImportScope {
  /// How many graphs may lie around one.
  static let maximumDepth = 8

  /// The version of each domain.
  var opsets: [String: Int64]
  private(set) var depth = 0
  let functions: [String: ONNXFunctionBody]
  let budget = ImportBudget()
  private let folder: ExternalFolder

  /// Errors: `.opset`, and functions of one name.
  init(_ model: ONNXModel, folder: String? = nil) throws(ONNXError) {
    self.folder = ExternalFolder(folder)
    opsets = try Self.opsets(model.opsetImport)
    var functions: [String: ONNXFunctionBody] = [:]
    for function in model.functions {
      let key = Self.key(function.domain, function.name, function.overload)
      guard functions.updateValue(function, forKey: key) == nil else {
        throw .graph("function \(key.debugDescription) stands twice")
      }
    }
    self.functions = functions
  }

  /// Errors: a version of the default domain that is not known here.
  static func opsets(_ entries: [ONNXOperatorSet]) throws(ONNXError) -> [String: Int64] {
    var opsets: [String: Int64] = [:]
    for entry in entries { opsets[domain(entry.domain)] = entry.version }
    if let version = opsets[""] {
      guard 1...OperatorList.newestOpset ~= version else { throw .opset(version) }
    }
    return opsets
  }

  /// The default domain has two names.
  static func domain(_ name: String) -> String { name == "ai.onnx" ? "" : name }

  /// The files beside the model, where a tensor's elements lie in one and they may be read.
  /// Errors: `.unreadable`.
  func external(for entry: ONNXTensorEntry) throws(ONNXError) -> ExternalData? {
    entry.externalData.isEmpty ? nil : try folder.opened()
  }

  /// The function that a node calls, where it calls one.
  func function(_ node: ONNXNodeEntry) -> (key: String, body: ONNXFunctionBody)? {
    guard !functions.isEmpty else { return nil }
    let key = Self.key(node.domain, node.opType, node.overload)
    return functions[key].map { (key, $0) }
  }

  private static func key(_ domain: String, _ name: String, _ overload: String) -> String {
    let domain = Self.domain(domain)
    return (domain.isEmpty ? "" : "\(domain).") + name + (overload.isEmpty ? "" : ":\(overload)")
  }

  /// The scope of a body of a node. Errors: bodies too deep in each other.
  func ofBody(opsets: [String: Int64]) throws(OperatorError) -> ImportScope {
    guard depth < Self.maximumDepth else {
      throw OperatorError("bodies are nested more than \(Self.maximumDepth) deep")
    }
    var scope = self
    scope.depth += 1
    scope.opsets = opsets
    return scope
  }
}

/// Counts what a file makes while it is imported: functions that call functions multiply.
final class ImportBudget {
  private var nodes = 0
  private(set) var calls = 0

  /// Errors: `.limit` for nodes.
  func takeNode() throws(ONNXError) {
    nodes += 1
    try ONNXImporter.check("nodes", nodes, maximum: ONNXImporter.maximumNodes)
  }

  /// The number of a call. Errors: `.limit`.
  func takeCall() throws(ONNXError) -> Int {
    calls += 1
    try ONNXImporter.check("calls of functions", calls, maximum: ONNXImporter.maximumNodes)
    return calls
  }
}
