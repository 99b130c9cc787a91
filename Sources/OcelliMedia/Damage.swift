/// What was found unsound in one session, for the sentence at its end.
struct Damage {
  /// Packets that the decoder could make nothing of.
  var undecoded = 0
  /// Packets that ought to have given a picture and did not, without a word.
  var vanished = 0
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
    if undecoded > 0 { parts.append(count(undecoded, "packet") + " could not be decoded") }
    if vanished > 0 { parts.append(count(vanished, "packet") + " gave no picture") }
    if pictures > 0 {
      parts.append(count(pictures, "picture") + (pictures == 1 ? " is" : " are") + " not sound")
    }
    return parts.isEmpty ? nil : "the file is damaged: " + parts.joined(separator: ", ")
  }

  private func count(_ number: Int, _ thing: String) -> String {
    "\(number) \(thing)\(number == 1 ? "" : "s")"
  }
}
