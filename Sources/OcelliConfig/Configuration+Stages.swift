import OcelliMedia
package import OcelliPipeline
package import OcelliVision
import OcelliVocabulary

extension Configuration.Stream {
  /// What the pipeline is told of this stream.
  package var streamSettings: StreamSettings {
    var media = MediaOptions()
    media.limits = limits
    if let transport = settings.text("transport").flatMap(MediaOptions.Transport.init) {
      media.transport = transport
    }
    media.stallSeconds = settings.number("stall") ?? media.stallSeconds
    media.keyPicturesOnly = settings.text("every") == "key"
    let address = address
    let options = media
    var stream = StreamSettings(
      id: StreamID(name), isLive: address.isLive, model: model
    ) { address.makeSource(options: options) }
    if let fps = settings.number("fps") { stream.sampling = .fps(fps) }
    if let every = settings.integer("every") { stream.sampling = .every(every) }
    if settings.text("every") == "key" { stream.sampling = .keyPictures }
    if address.isLive { stream.maxLagSeconds = settings.number("max_lag") }
    if let drop = settings.text("drop").flatMap(StreamSettings.Drop.init) { stream.drop = drop }
    stream.classes = settings.texts("classes").map(Set.init)
    stream.confidence = settings.number("confidence").map(Float.init)
    stream.redactedURL = address.description
    // A daemon gives nothing up: the file may lie on a disk that comes back.
    stream.retry = .always
    return stream
  }
}

extension Configuration.Model {
  /// What the user says about the model; it wins over what follows from the file.
  package var overrides: CardOverrides {
    let sides = settings.text("size")?.split(separator: "x").compactMap { Int($0) } ?? []
    return CardOverrides(
      head: settings.text("head"),
      size: sides.count == 2 ? InputSize(width: sides[0], height: sides[1]) : nil,
      color: settings.text("color").flatMap(ColorOrder.init),
      mean: settings.numbers("mean"), scale: settings.numbers("scale"),
      resize: settings.text("resize").flatMap(ResizeMode.init), labels: settings.texts("labels"),
      exact: settings.text("sums") == "exact")
  }

  /// What is told of what it finds.
  package var analyzerSettings: AnalyzerSettings {
    AnalyzerSettings(
      confidence: settings.number("confidence").map(Float.init) ?? 0.25,
      overlap: settings.number("iou").map(Float.init))
  }
}
