import OcelliGraph

/// A node of a file, and the operator versions that hold where it stands.
struct PlacedNode {
  var entry: ONNXNodeEntry
  var opsets: [String: Int64]
}

/// Puts a model's functions in the place of their calls.
struct FunctionInlining {
  /// How many calls may lie around one.
  static let maximumDepth = 32

  let scope: ImportScope
  private(set) var nodes: [PlacedNode] = []

  init(_ scope: ImportScope) { self.scope = scope }

  /// Errors: a function that calls itself, calls too deep or too many.
  mutating func add(_ entries: [ONNXNodeEntry]) throws(ONNXError) {
    for entry in entries { try add(PlacedNode(entry: entry, opsets: scope.opsets), within: []) }
  }

  private mutating func add(_ node: PlacedNode, within calls: [String]) throws(ONNXError) {
    guard let (key, function) = scope.function(node.entry) else {
      try scope.budget.takeNode()
      nodes.append(node)
      return
    }
    guard !calls.contains(key) else {
      throw .graph("function \(key.debugDescription) calls itself")
    }
    try ONNXImporter.check(
      "functions within each other", calls.count + 1, maximum: Self.maximumDepth)
    var opsets = node.opsets
    for (domain, version) in try ImportScope.opsets(function.opsetImport) {
      opsets[domain] = version
    }
    var call = FunctionCall(node.entry, function, number: try scope.budget.takeCall())
    for entry in call.entries() {
      try add(PlacedNode(entry: entry, opsets: opsets), within: calls + [key])
    }
  }
}

/// One call: the names and attributes that its function's nodes have here.
private struct FunctionCall {
  private let node: ONNXNodeEntry
  private let function: ONNXFunctionBody
  private let number: Int
  /// What the function calls a value, and what it is called here.
  private var names: [String: String] = ["": ""]
  private var attributes: [String: ONNXAttributeEntry] = [:]

  init(_ node: ONNXNodeEntry, _ function: ONNXFunctionBody, number: Int) {
    self.node = node
    self.function = function
    self.number = number
    for entry in function.attributeProto { attributes[entry.name] = entry }
    for entry in node.attribute { attributes[entry.name] = entry }
    for (index, name) in function.input.enumerated() where !name.isEmpty {
      names[name] = index < node.input.count ? node.input[index] : ""
    }
  }

  /// The function's nodes, in the names of the caller.
  mutating func entries() -> [ONNXNodeEntry] {
    var copies: [ONNXNodeEntry] = []
    for (name, wanted) in zip(function.output, node.output) where !wanted.isEmpty {
      guard let own = names[name] else {
        names[name] = wanted
        continue
      }
      // An output that is an input, or another output too.
      var copy = ONNXNodeEntry()
      copy.opType = "Identity"
      copy.input = [own]
      copy.output = [wanted]
      copies.append(copy)
    }
    return function.node.map { renamed($0) } + copies
  }

  private mutating func renamed(_ name: String) -> String {
    if let known = names[name] { return known }
    // Short, whatever the file calls it: a long name copied in every call would fill the memory.
    let fresh = "\(function.name.prefix(32))#\(number)/\(names.count)"
    names[name] = fresh
    return fresh
  }

  private mutating func renamed(_ entry: ONNXNodeEntry) -> ONNXNodeEntry {
    var entry = entry
    let place = node.name.isEmpty ? node.opType : node.name
    entry.name = "\(place.suffix(64))/\(entry.name.prefix(64))"
    entry.input = entry.input.map { renamed($0) }
    entry.output = entry.output.map { renamed($0) }
    entry.attribute = entry.attribute.compactMap { resolved($0) }
    return entry
  }

  /// The attribute with what the call says; nil where that says nothing and there is no default.
  private mutating func resolved(_ entry: ONNXAttributeEntry) -> ONNXAttributeEntry? {
    guard entry.refAttrName.isEmpty else {
      guard var given = attributes[entry.refAttrName] else { return nil }
      given.name = entry.name
      return given
    }
    guard entry.hasG else { return entry }
    var entry = entry
    entry.g = renamed(entry.g)
    return entry
  }

  private mutating func renamed(_ body: ONNXGraphBody) -> ONNXGraphBody {
    var body = body
    for index in body.input.indices { body.input[index].name = renamed(body.input[index].name) }
    for index in body.output.indices { body.output[index].name = renamed(body.output[index].name) }
    for index in body.initializer.indices {
      body.initializer[index].name = renamed(body.initializer[index].name)
    }
    for index in body.node.indices { body.node[index] = renamed(body.node[index]) }
    return body
  }
}
