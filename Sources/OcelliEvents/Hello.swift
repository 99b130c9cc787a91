package import OcelliVocabulary

/// The first line that a reader gets: who speaks, and of what.
package struct Hello: Sendable, Equatable {
  package var run: ULID
  package var version: String
  package var streams: [StreamID]
  package var models: [ModelSummary]
  /// The oldest line that this reader can still be given; nil where there is nothing to resume.
  package var oldestSequence: UInt64?
  /// What was asked for and decides the lines: an object; nil where nothing is said of it.
  package var settings: JSONValue?

  package init(
    run: ULID, version: String, streams: [StreamID], models: [ModelSummary],
    oldestSequence: UInt64? = nil, settings: JSONValue? = nil
  ) {
    self.run = run
    self.version = version
    self.streams = streams
    self.models = models
    self.oldestSequence = oldestSequence
    self.settings = settings
  }
}

/// A model as `hello` names it.
package struct ModelSummary: Sendable, Equatable {
  /// The name under which streams refer to it (`default`).
  package var key: String
  package var name: String
  /// Of the file, in lower-case hexadecimal; nil where it was not computed.
  package var sha256: String?
  /// `detect`, `classify`, `embed` or `raw`.
  package var task: String
  package var labels: [String]

  package init(key: String, name: String, sha256: String?, task: String, labels: [String]) {
    self.key = key
    self.name = name
    self.sha256 = sha256
    self.task = task
    self.labels = labels
  }
}
