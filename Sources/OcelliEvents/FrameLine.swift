package import OcelliVocabulary

/// What was found in one picture.
package struct FrameLine: Sendable, Equatable {
  package var stamp: FrameStamp
  /// Of the upright picture. Units: pixels.
  package var width: Int
  package var height: Int
  /// The file of a picture that came out of a folder.
  package var path: String?
  /// From capture (or arrival) to this line.
  package var ageMilliseconds: Double?
  package var inferMilliseconds: Double?
  package var findings: Findings

  package init(
    stamp: FrameStamp, width: Int, height: Int, path: String? = nil,
    ageMilliseconds: Double? = nil, inferMilliseconds: Double? = nil, findings: Findings
  ) {
    self.stamp = stamp
    self.width = width
    self.height = height
    self.path = path
    self.ageMilliseconds = ageMilliseconds
    self.inferMilliseconds = inferMilliseconds
    self.findings = findings
  }
}
