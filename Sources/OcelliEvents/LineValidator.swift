/// Holds a line against the schema, more strictly than a reader would: no unknown keys or types,
/// keys in the schema's order, `time` in every line or in none.
///
/// It knows the part of JSON Schema that the schema of the lines uses, patterns excepted.
package struct LineValidator: Sendable {
  private let definitions: JSONValue
  private let stable: Bool

  /// Errors: the embedded schema is no JSON (a fault of this program).
  package init(stable: Bool = false) throws(JSONFault) {
    let schema = try JSONValue(parsing: Array(LineSchema.text.utf8))
    guard let definitions = schema["$defs"] else {
      throw JSONFault("the schema has no $defs")
    }
    self.definitions = definitions
    self.stable = stable
  }

  /// The line as read. `bytes` may end in a line feed. Errors: what is wrong, and where in the line.
  @discardableResult
  package func validate(_ bytes: some Collection<UInt8>) throws(JSONFault) -> JSONValue {
    guard bytes.count <= LineEncoder.limit else {
      throw JSONFault("\(bytes.count) bytes are too many")
    }
    var body = Array(bytes)
    if body.last == UInt8(ascii: "\n") { body.removeLast() }
    guard !body.contains(UInt8(ascii: "\n")) else {
      throw JSONFault("more than one line")
    }
    let line = try JSONValue(parsing: body)
    guard let type = line["type"]?.string, let schema = definitions[type] else {
      throw JSONFault("no type, or an unknown one")
    }
    try check(line, schema, at: type)
    let time = line["time"] != nil
    guard time != stable else {
      throw JSONFault("\(type): time is \(time ? "there" : "missing")")
    }
    let head = line.members.prefix(4).map(\.key)
    guard head.starts(with: stable ? ["v", "type", "seq"] : ["v", "type", "seq", "time"]) else {
      throw JSONFault("\(type) begins with \(head)")
    }
    return line
  }

  private func check(_ value: JSONValue, _ schema: JSONValue, at path: String) throws(JSONFault) {
    func fault(_ reason: String) -> JSONFault { JSONFault("\(path): \(reason)") }
    if let name = schema["$ref"]?.string?.dropFirst("#/$defs/".count) {
      guard let target = definitions[String(name)] else { throw fault("no definition \(name)") }
      return try check(value, target, at: path)
    }
    if let constant = schema["const"], constant != value { throw fault("is not \(constant)") }
    if let choices = schema["enum"]?.array, !choices.contains(value) {
      throw fault("is none of \(choices)")
    }
    if let type = schema["type"] {
      let names = type.array ?? [type]
      guard names.contains(where: { value.isOf(type: $0.string ?? "") }) else {
        throw fault("is no \(names.compactMap(\.string).joined(separator: " or "))")
      }
    }
    if let least = schema["minimum"]?.number, let number = value.number, number < least {
      throw fault("is less than \(least)")
    }
    if let least = schema["minLength"]?.number, let text = value.string,
      text.unicodeScalars.count < Int(least)
    {
      throw fault("is too short")
    }
    if let elements = value.array { try checkElements(elements, schema, at: path) }
    if case .object(let members) = value { try checkMembers(members, schema, at: path) }
  }

  private func checkElements(
    _ elements: [JSONValue], _ schema: JSONValue, at path: String
  ) throws(JSONFault) {
    let least = Int(schema["minItems"]?.number ?? 0)
    let most = schema["maxItems"]?.number.map { Int($0) } ?? Int.max
    guard elements.count >= least, elements.count <= most else {
      throw JSONFault("\(path): \(elements.count) elements")
    }
    guard let items = schema["items"] else { return }
    for (index, element) in elements.enumerated() {
      try check(element, items, at: "\(path)[\(index)]")
    }
  }

  private func checkMembers(
    _ members: [JSONValue.Member], _ schema: JSONValue, at path: String
  ) throws(JSONFault) {
    for name in schema["required"]?.array?.compactMap(\.string) ?? []
    where !members.contains(where: { $0.key == name }) {
      throw JSONFault("\(path): no \(name)")
    }
    if let others = schema["additionalProperties"] {
      for member in members { try check(member.value, others, at: "\(path).\(member.key)") }
      return
    }
    let order = schema["properties"]?.members.map(\.key) ?? []
    var place = -1
    for member in members {
      guard let index = order.firstIndex(of: member.key) else {
        throw JSONFault("\(path): unknown key \(member.key)")
      }
      guard index > place else {
        throw JSONFault("\(path): \(member.key) is out of order")
      }
      place = index
      try check(
        member.value, schema["properties"]?[member.key] ?? .null, at: "\(path).\(member.key)")
    }
  }
}

extension JSONValue {
  /// Whether this is of a type of JSON Schema.
  fileprivate func isOf(type: String) -> Bool {
    switch (self, type) {
    case (.object, "object"), (.array, "array"), (.string, "string"), (.bool, "boolean"),
      (.number, "number"), (.null, "null"), (.number(_, isInteger: true), "integer"):
      true
    default: false
    }
  }
}
