internal import ArgumentParser

/// The model of a command, and what its file does not say or says wrongly.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp("Model to run (default: the built-in detector).", valueName: "model.onnx"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Input size in pixels, where the model leaves it open (default: what the model says).",
      valueName: "WxH"))
  var size: PictureSize?

  @OptionGroup(title: "Model overrides") var overrides: ModelOverrideOptions
}

/// Each of these replaces one conclusion of `ocelli model inspect`.
struct ModelOverrideOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How the outputs are read: \(HeadName.all).", valueName: "head"))
  var head: String?

  @Option(help: ArgumentHelp("Order of the input's channels.", valueName: "order"))
  var color: ColorOrderName?

  @Option(
    help: ArgumentHelp(
      "Subtracted from each channel, before scaling; in grey levels 0–255, one number or three.",
      valueName: "numbers"))
  var mean: ChannelValues?

  @Option(
    help: ArgumentHelp(
      "Each channel is multiplied by this; 0.00392157 gives 0–1; one number or three.",
      valueName: "numbers"))
  var scale: ChannelValues?

  @Option(help: ArgumentHelp("Layout of the input.", valueName: "layout"))
  var layout: LayoutName?

  @Option(
    help: ArgumentHelp(
      "How a picture fits the input; letterbox is centred.",
      valueName: "way"))
  var resize: ResizeName?

  @Option(
    help: ArgumentHelp(
      "Names of the classes: a text file with one a line, or a list a,b,c.", valueName: "labels"))
  var labels: String?
}

/// The words of `--color`.
enum ColorOrderName: String, ExpressibleByArgument, CaseIterable { case rgb, bgr }

/// The words of `--layout`.
enum LayoutName: String, ExpressibleByArgument, CaseIterable { case nchw, nhwc }

/// The words of `--resize`.
enum ResizeName: String, ExpressibleByArgument, CaseIterable {
  case letterbox
  case letterboxTopLeft = "letterbox-topleft"
  case stretch
}

/// The words of `--head`.
enum HeadName {
  static let all = "yolox, nanodet, ultraface, yunet, ocelli, classify or raw"
}
