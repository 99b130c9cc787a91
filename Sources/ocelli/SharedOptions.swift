internal import ArgumentParser
import OcelliMedia
import OcelliTools
import OcelliVision

/// The model of a command, and what its file does not say or says wrongly.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "Model to run: a file, or a name of 'ocelli model list' (default: the built-in detector).",
      valueName: "model"))
  var model: String?

  @OptionGroup var input: InputSizeOptions

  @OptionGroup(title: "Model overrides") var overrides: ModelOverrideOptions

  /// The model with what is written about it. Errors: as `NamedModel`.
  func named() throws(ToolError) -> NamedModel { try NamedModel(model) }

  /// What the user says about it. Errors: a file of labels that cannot be read.
  func card() throws(ToolError) -> CardOverrides { try overrides.card(size: input.size) }
}

/// The extents of a model's input.
struct InputSizeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Input size in pixels, where the model leaves it open (default: what the model says).",
      valueName: "WxH"))
  var size: PictureSize?
}

/// How many threads infer.
struct CrewOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Threads of inference (default: the cores that affinity and cgroup quota leave).",
      valueName: "N"))
  var threads: Count?

  /// 0: as affinity and quota leave.
  var threadCount: Int { threads?.value ?? 0 }
}

/// Each of these replaces one conclusion of `ocelli model inspect`.
struct ModelOverrideOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How the outputs are read. (values: \(HeadName.all))", valueName: "head"))
  var head: String?

  @Option(help: ArgumentHelp("Order of the input's channels.", valueName: "order"))
  var color: ColorOrder?

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
  var layout: TensorLayout?

  @Option(
    help: ArgumentHelp(
      "How a picture fits the input; letterbox is centred.",
      valueName: "way"))
  var resize: ResizeMode?

  @Option(
    help: ArgumentHelp("Grey level around a letterboxed picture, 0–255.", valueName: "level"))
  var pad: GreyLevel?

  @Option(
    help: ArgumentHelp(
      "Names of the classes: a text file with one a line, or a list a,b,c.", valueName: "labels"))
  var labels: String?

  @OptionGroup var exactness: ExactOptions
}

/// Whether sums are rearranged to be fast.
struct ExactOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Add in the order that the operators state: no Winograd convolutions, whose last digits "
        + "differ."))
  var exact = false
}

extension ModelOverrideOptions {
  /// What the user says about a model. Errors: a file of labels that cannot be read.
  func card(size: PictureSize?) throws(ToolError) -> CardOverrides {
    CardOverrides(
      head: head, size: size?.input, layout: layout, color: color, mean: mean?.channels,
      scale: scale?.channels, resize: resize, pad: pad?.value,
      labels: try labels.map { (text) throws(ToolError) in try LabelsOption.read(text) },
      exact: exactness.exact)
  }
}

extension TensorLayout: ExpressibleByArgument {}
extension ColorOrder: ExpressibleByArgument {}
extension ResizeMode: ExpressibleByArgument {}

/// The words of `--head`.
enum HeadName {
  static let all = ModelCard.headNames.joined(separator: ", ")
}

extension PictureSize {
  var input: InputSize { InputSize(width: width, height: height) }
}

extension ChannelValues {
  /// One number stands for all three channels.
  var channels: [Float] { values.count == 1 ? [values[0], values[0], values[0]] : values }
}

/// Video without a container, which says nothing of itself.
struct RawInputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The sources are raw pictures, one after the other, of this size.", valueName: "WxH"))
  var inputSize: PictureSize?

  @Option(
    help: ArgumentHelp(
      "How raw samples lie: yuv420p, nv12, bgr24, gray and all that 'ffmpeg -pix_fmts' lists "
        + "(default: yuv420p).", valueName: "format"))
  var inputPixels: String?

  @Option(
    help: ArgumentHelp(
      "Raw pictures a second (default: 25).", valueName: "rate"))
  var inputRate: FrameRate?

  func validate() throws {
    if inputSize == nil, inputPixels != nil || inputRate != nil {
      throw ValidationError(
        "Raw video says nothing of itself: --input-size WxH is missing beside --input-pixels or "
          + "--input-rate.")
    }
  }

  /// Errors: `.usage` for a format that is not known.
  func rawVideo() throws(ToolError) -> RawVideo? {
    guard let inputSize else { return nil }
    do throws(MediaError) {
      return try RawVideo(
        width: inputSize.width, height: inputSize.height, pixelFormat: inputPixels ?? "yuv420p",
        fps: inputRate?.value ?? 25)
    } catch { throw ToolError(.usage, ToolError(error).description) }
  }
}

/// What a source may take.
struct SourceLimitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Refuse larger pictures (default: 35651584 for files, 67108864 for still pictures, 9437184 "
        + "for live sources).", valueName: "pixels"))
  var maxPixels: Count?

  var limits: MediaLimits {
    var limits = MediaLimits()
    limits.maxPixels = maxPixels?.value
    return limits
  }
}
