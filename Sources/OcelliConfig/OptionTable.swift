import OcelliMedia
import OcelliVision

/// Every key there is, in the order of the sample.
enum OptionTable {
  static let version = Option(
    name: "version", kind: .integer(1...1), isRequired: true,
    meaning: "The version of this file's form.", example: "1")

  static let outputs = Option(
    name: "outputs", kind: .texts, standard: #"["-"]"#,
    meaning: "Where lines go: - (standard output), a file (appended to), unix:PATH (a socket).",
    example: "[\"-\", \"unix:/run/ocelli/lines.sock\"]")

  static let streams = OptionGroup(
    name: "streams", isNamed: true,
    meaning: "What is watched: a name for the lines, and how to get at it.",
    options: [
      Option(
        name: "url", kind: .text, isRequired: true,
        meaning: "A file, http(s)://…, rtsp(s)://… or /dev/videoN.",
        example: "rtsp://192.0.2.5/stream1"),
      Option(
        name: "username", kind: .text,
        meaning: "Raw, not percent-encoded; it replaces one in the URL.", example: "watcher"),
      Option(
        name: "password", kind: .secret,
        meaning: "Raw too; better a reference than the word itself.",
        example: "${credential:gate-password}"),
      Option(
        name: "password_file", kind: .text,
        meaning: "A file that holds the password, instead of password.",
        example: "/etc/ocelli/gate.password"),
      Option(
        name: "model", kind: .text, standard: "default", meaning: "A name under models."),
      Option(
        name: "fps", kind: .number(0.001...1000), unit: "pictures a second",
        meaning: "So many pictures a second are analysed; all where neither fps nor every is set.",
        example: "5"),
      Option(
        name: "every", kind: .every,
        meaning: "Every n-th picture is analysed, or key for key pictures.", example: "key"),
      Option(
        name: "classes", kind: .texts,
        meaning: "Only these classes are told, by label or number; all where not set.",
        example: "[person]"),
      Option(
        name: "confidence", kind: .number(0...1),
        meaning: "Nothing less certain is told; the model's own limit where not set.",
        example: "0.4"),
      Option(
        name: "transport", kind: .choice(MediaOptions.Transport.allCases.map(\.rawValue)),
        standard: "tcp", meaning: "How RTSP brings the pictures."),
      Option(
        name: "drop", kind: .choice(["never", "newest"]),
        meaning: "Whether the source waits (files) or the newest picture wins (live sources).",
        example: "newest"),
      Option(
        name: "max_lag", kind: .number(0.05...3600), standard: "2", unit: "seconds",
        meaning: "Older pictures of a live source are not analysed."),
      Option(
        name: "stall", kind: .number(1...3600), standard: "10", unit: "seconds",
        meaning: "A live source without a picture for so long is opened anew."),
    ])

  static let models = OptionGroup(
    name: "models", isNamed: true,
    meaning: "What looks at the pictures. Without this the built-in detector is the default.",
    options: [
      Option(
        name: "path", kind: .text, standard: "builtin",
        meaning: "An ONNX file, or builtin for the detector that is part of the program."),
      Option(
        name: "size", kind: .size, unit: "pixels",
        meaning: "The input's width and height, where the file leaves them open.",
        example: "416x416"),
      Option(
        name: "head", kind: .choice(ModelCard.headNames),
        meaning: "How outputs are read; concluded from the file where not set.", example: "yolox"),
      Option(
        name: "color", kind: .choice(ColorOrder.allCases.map(\.rawValue)),
        meaning: "The order of the colours.", example: "rgb"),
      Option(
        name: "resize", kind: .choice(ResizeMode.allCases.map(\.rawValue)),
        meaning: "How a picture is fitted to the input.", example: "stretch"),
      Option(
        name: "mean", kind: .numbers(count: 3), unit: "grey levels",
        meaning: "Taken away from each colour.", example: "[0, 0, 0]"),
      Option(
        name: "scale", kind: .numbers(count: 3), meaning: "Each colour is multiplied by it.",
        example: "[0.0039, 0.0039, 0.0039]"),
      Option(
        name: "labels", kind: .texts, meaning: "The classes' names, in order.",
        example: "[person, car]"),
      Option(
        name: "confidence", kind: .number(0...1), standard: "0.25",
        meaning: "Nothing less certain is told."),
      Option(
        name: "iou", kind: .number(0...1),
        meaning:
          "A box that overlaps a better one by more is left out; the model's own where not set.",
        example: "0.7"),
    ])

  static let limits = OptionGroup(
    name: "limits", isNamed: false, meaning: "What the program may use.",
    options: [
      Option(
        name: "threads", kind: .integer(0...1024), standard: "0",
        meaning: "For inference; 0: the cores that this process may use."),
      Option(
        name: "stats", kind: .number(1...86_400), standard: "10", unit: "seconds",
        meaning: "Between two stats lines."),
      Option(
        name: "readers", kind: .integer(1...1024), standard: "64",
        meaning: "Of one socket at the same time."),
      Option(
        name: "queue", kind: .integer(1...1024), standard: "16", unit: "MiB",
        meaning: "Lines that wait for one slow reader; the oldest are lost when it is full."),
      Option(
        name: "stop", kind: .number(0...60), standard: "2", unit: "seconds",
        meaning: "How long the end waits for sources and for readers."),
    ])

  static let groups = [streams, models, limits]
  static let topKeys = ["version", "streams", "models", "outputs", "limits"]
}
