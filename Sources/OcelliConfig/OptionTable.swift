import OcelliMedia
import OcelliVision

/// Every key there is, in the order of the sample.
package enum OptionTable {
  package static let version = ConfigurationOption(
    name: "version", kind: .integer(1...1), isRequired: true,
    meaning: "The version of this file's form.", example: "1")

  package static let outputs = ConfigurationOption(
    name: "outputs", kind: .texts, standard: #"["-"]"#,
    meaning: "Where lines go: - (standard output), a file (appended to), unix:PATH (a socket).",
    example: "[\"-\", \"unix:/run/ocelli/lines.sock\"]")

  package static let streams = OptionGroup(
    name: "streams", isNamed: true,
    meaning: "What is watched: a name for the lines, and how to get at it.",
    options: [
      ConfigurationOption(
        name: "url", kind: .text, isRequired: true,
        meaning: "A file, http(s)://…, rtsp(s)://… or /dev/videoN.",
        example: "rtsp://192.0.2.5/stream1"),
      ConfigurationOption(
        name: "username", kind: .text,
        meaning: "Raw, not percent-encoded; it replaces one in the URL.", example: "watcher"),
      ConfigurationOption(
        name: "password", kind: .secret,
        meaning: "Raw too; better a reference than the word itself.",
        example: "${credential:gate-password}"),
      ConfigurationOption(
        name: "password_file", kind: .text,
        meaning: "A file that holds the password, instead of password.",
        example: "/etc/ocelli/gate.password"),
      ConfigurationOption(
        name: "model", kind: .text, standard: "default", meaning: "A name under models."),
      ConfigurationOption(
        name: "fps", kind: .number(0.001...1000), unit: "pictures a second",
        meaning: "So many pictures a second are analysed; all where neither fps nor every is set.",
        example: "5"),
      ConfigurationOption(
        name: "every", kind: .every,
        meaning: "Every n-th picture is analysed, or key for key pictures.", example: "key"),
      ConfigurationOption(
        name: "classes", kind: .texts,
        meaning: "Only these classes are told, by label or number; all where not set.",
        example: "[person]"),
      ConfigurationOption(
        name: "confidence", kind: .number(0...1),
        meaning: "Nothing less certain is told; the model's own limit where not set.",
        example: "0.4"),
      ConfigurationOption(
        name: "transport", kind: .choice(MediaOptions.Transport.allCases.map(\.rawValue)),
        standard: "tcp", meaning: "How RTSP brings the pictures."),
      ConfigurationOption(
        name: "drop", kind: .choice(["never", "newest"]),
        meaning: "Whether the source waits (files) or the newest picture wins (live sources).",
        example: "newest"),
      ConfigurationOption(
        name: "max_lag", kind: .number(0.05...3600), standard: "2", unit: "seconds",
        meaning: "Older pictures of a live source are not analysed."),
      ConfigurationOption(
        name: "stall", kind: .number(1...3600), standard: "10", unit: "seconds",
        meaning: "A live source without a picture for so long is opened anew."),
    ])

  package static let models = OptionGroup(
    name: "models", isNamed: true,
    meaning: "What looks at the pictures. Without this the built-in detector is the default.",
    options: [
      ConfigurationOption(
        name: "path", kind: .text, standard: "builtin",
        meaning:
          "An ONNX file, a name of ocelli model list, or builtin for the detector that is inside."),
      ConfigurationOption(
        name: "size", kind: .size, unit: "pixels",
        meaning: "The input's width and height, where the file leaves them open.",
        example: "416x416"),
      ConfigurationOption(
        name: "head", kind: .choice(ModelCard.headNames),
        meaning: "How outputs are read; concluded from the file where not set.", example: "yolox"),
      ConfigurationOption(
        name: "color", kind: .choice(ColorOrder.allCases.map(\.rawValue)),
        meaning: "The order of the colours.", example: "rgb"),
      ConfigurationOption(
        name: "resize", kind: .choice(ResizeMode.allCases.map(\.rawValue)),
        meaning: "How a picture is fitted to the input.", example: "stretch"),
      ConfigurationOption(
        name: "mean", kind: .numbers(count: 3), unit: "grey levels",
        meaning: "Taken away from each colour.", example: "[0, 0, 0]"),
      ConfigurationOption(
        name: "scale", kind: .numbers(count: 3), meaning: "Each colour is multiplied by it.",
        example: "[0.0039, 0.0039, 0.0039]"),
      ConfigurationOption(
        name: "labels", kind: .texts, meaning: "The classes' names, in order.",
        example: "[person, car]"),
      ConfigurationOption(
        name: "confidence", kind: .number(0...1), standard: "0.25",
        meaning: "Nothing less certain is told."),
      ConfigurationOption(
        name: "iou", kind: .number(0...1),
        meaning:
          "A box that overlaps a better one by more is left out; the model's own where not set.",
        example: "0.7"),
      ConfigurationOption(
        name: "sums", kind: .choice(["fast", "exact"]), standard: "fast",
        meaning: "exact: as the operators state them, without Winograd convolutions."),
    ])

  package static let limits = OptionGroup(
    name: "limits", isNamed: false, meaning: "What the program may use.",
    options: [
      ConfigurationOption(
        name: "threads", kind: .integer(0...1024), standard: "0",
        meaning: "For inference; 0: the cores that this process may use."),
      ConfigurationOption(
        name: "stats", kind: .number(1...86_400), standard: "10", unit: "seconds",
        meaning: "Between two stats lines."),
      ConfigurationOption(
        name: "readers", kind: .integer(1...1024), standard: "64",
        meaning: "Of one socket at the same time."),
      ConfigurationOption(
        name: "queue", kind: .integer(1...1024), standard: "16", unit: "MiB",
        meaning: "Lines that wait for one slow reader; the oldest are lost when it is full."),
      ConfigurationOption(
        name: "pixels", kind: .integer(1...1_000_000_000), unit: "pixels",
        meaning:
          "Larger pictures are refused; by itself 35651584 for files, 9437184 for live sources.",
        example: "9437184"),
      ConfigurationOption(
        name: "packet", kind: .integer(1...1024), unit: "MiB",
        meaning:
          "The most input for one picture of a live source or a pipe; by itself 16 and 64.",
        example: "16"),
      ConfigurationOption(
        name: "streams", kind: .integer(1...1000), standard: "128",
        meaning: "Streams in one container; one with more is refused."),
      ConfigurationOption(
        name: "stop", kind: .number(0...60), standard: "2", unit: "seconds",
        meaning: "How long the end waits for sources and for readers."),
    ])

  package static let groups = [streams, models, limits]
  package static let topKeys = ["version", "streams", "models", "outputs", "limits"]
}
