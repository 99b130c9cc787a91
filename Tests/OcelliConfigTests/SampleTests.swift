import Foundation
import OcelliConfig
import Testing

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

@Suite struct SampleTests {
  /// The file in the repository; written anew with OCELLI_RECORD=1.
  private func shipped(_ name: String, _ text: String) throws -> String {
    let file = root.appending(path: "config/\(name)")
    if ProcessInfo.processInfo.environment["OCELLI_RECORD"] != nil {
      try Data(text.utf8).write(to: file)
    }
    return try String(contentsOf: file, encoding: .utf8)
  }

  @Test func theShippedFilesAreTheProgramsOwn() throws {
    #expect(try shipped("ocelli.yaml", SampleConfiguration.text) == SampleConfiguration.text)
    #expect(
      try shipped("ocelli-config.schema.json", ConfigurationSchema.text)
        == ConfigurationSchema.text)
  }

  @Test func theSampleIsAGoodConfiguration() throws {
    let config = try Configuration(
      Array(SampleConfiguration.text.utf8), file: "ocelli.yaml", interpolation: .system)
    #expect(config.streams.map(\.name) == ["gate"])
    #expect(config.models.map(\.name) == ["default"])
    #expect(SampleConfiguration.text.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test func everyCommentedLineOfTheSampleIsGoodToo() throws {
    let environment = ["CREDENTIALS_DIRECTORY": "/run/cred"]
    let interpolation = Interpolation(environment: environment) { _ in Array("x".utf8) }
    for group in OptionTable.groups {
      for option in group.options {
        let value = option.standard ?? option.example ?? ""
        var faults: [ConfigError.Fault] = []
        var reader = SettingsReader(file: "x", interpolation: interpolation)
        let text = "{\(option.name): \(value.contains("$") ? "\"\(value)\"" : value)}"
        let document = try Document(Array(text.utf8), file: "x")
        let settings = reader.settings(document.root, group, path: group.name)
        faults = reader.faults.filter { $0.key == "\(group.name).\(option.name)" }
        #expect(faults.isEmpty, "\(option.name): \(faults)")
        #expect(settings[option.name] != nil, "\(option.name)")
      }
    }
  }

  @Test func theSchemaKnowsEveryOption() throws {
    let schema = try #require(
      try JSONSerialization.jsonObject(with: Data(ConfigurationSchema.text.utf8))
        as? [String: Any])
    let properties = try #require(schema["properties"] as? [String: Any])
    #expect(Set(properties.keys) == Set(OptionTable.topKeys))
  }
}
