import Foundation

/// The JSON Schema (2020-12) of the configuration, for an editor's completion.
package enum ConfigurationSchema {
  package static let text: String = {
    let root: [String: Any] = [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": "urn:ocelli:config:1",
      "title": "Ocelli's configuration, version 1",
      "type": "object",
      "additionalProperties": false,
      "required": ["version", "streams"],
      "properties": [
        "version": property(OptionTable.version),
        "outputs": property(OptionTable.outputs),
        "streams": group(OptionTable.streams),
        "models": group(OptionTable.models),
        "limits": group(OptionTable.limits),
      ],
    ]
    let options: JSONSerialization.WritingOptions = [
      .prettyPrinted, .sortedKeys, .withoutEscapingSlashes,
    ]
    let data = (try? JSONSerialization.data(withJSONObject: root, options: options)) ?? Data()
    return String(decoding: data, as: UTF8.self) + "\n"
  }()

  private static func group(_ group: OptionGroup) -> [String: Any] {
    let properties = Dictionary(
      uniqueKeysWithValues: group.options.map { ($0.name, property($0)) })
    var entry: [String: Any] = [
      "type": "object", "additionalProperties": false, "properties": properties,
    ]
    let required = group.options.filter(\.isRequired).map(\.name)
    if !required.isEmpty { entry["required"] = required }
    guard group.isNamed else {
      entry["description"] = group.meaning
      return entry
    }
    return ["type": "object", "description": group.meaning, "additionalProperties": entry]
  }

  /// A value that may also be a reference, to be replaced by what it names.
  private static var reference: [String: Any] { ["type": "string", "pattern": "\\$\\{"] }

  private static func property(_ option: ConfigurationOption) -> [String: Any] {
    var property = form(option.kind)
    var words = [option.meaning]
    if let unit = option.unit { words.append("Unit: \(unit).") }
    if let standard = option.standard { words.append("Default: \(standard)") }
    property["description"] = words.joined(separator: " ")
    return property
  }

  private static func form(_ kind: ConfigurationOption.Kind) -> [String: Any] {
    switch kind {
    case .text, .secret: ["type": "string"]
    case .integer(let range):
      [
        "anyOf": [
          [
            "type": "integer", "minimum": range.lowerBound, "maximum": range.upperBound,
          ] as [String: Any], reference,
        ]
      ]
    case .number(let range):
      [
        "anyOf": [
          [
            "type": "number", "minimum": range.lowerBound, "maximum": range.upperBound,
          ] as [String: Any], reference,
        ]
      ]
    case .choice(let choices): ["anyOf": [["enum": choices], reference]]
    case .texts: ["type": ["array", "string"], "items": ["type": ["string", "number"]]]
    case .numbers(let count):
      ["type": "array", "items": ["type": "number"], "minItems": count, "maxItems": count]
    case .every:
      [
        "anyOf": [
          ["type": "integer", "minimum": 1] as [String: Any], ["const": "key"], reference,
        ]
      ]
    case .size: ["anyOf": [["type": "string", "pattern": "^[0-9]+x[0-9]+$"], reference]]
    }
  }
}
