/// What was found unsound in one session, for the sentence at its end.
struct Damage {
  /// The decoder could make nothing of some packets. How many it says is up to its threads.
  var isUndecodable = false
  /// Packets that ought to have given a picture and did not, where that is known.
  var missing: Int?
  /// Pictures that came and are not to be trusted.
  var pictures = 0
  /// The bytes end within a packet, or the container's reader stopped at them.
  var isCutOff = false
  /// The container is torn somewhere, in FFmpeg's words.
  var container: String?
  /// Pictures that the container announces, and packets that came of them.
  var announced: (pictures: Int, came: Int)?

  /// nil where all is sound.
  var words: String? {
    var parts: [String] = []
    if let announced, announced.came < announced.pictures {
      parts.append("it ends after \(announced.came) of \(announced.pictures) pictures")
    } else if isCutOff {
      parts.append("it is cut off")
    }
    if let container { parts.append("its container is torn (\(container))") }
    if let missing, missing > 0 {
      parts.append(count(missing, "packet") + " gave no picture")
    } else if isUndecodable {
      parts.append("packets could not be decoded")
    }
    if pictures > 0 {
      parts.append(count(pictures, "picture") + (pictures == 1 ? " is" : " are") + " not sound")
    }
    return parts.isEmpty ? nil : "the file is damaged: " + parts.joined(separator: ", ")
  }

  private func count(_ number: Int, _ thing: String) -> String {
    "\(number) \(thing)\(number == 1 ? "" : "s")"
  }
}
