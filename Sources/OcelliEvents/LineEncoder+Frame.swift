import OcelliVocabulary

extension LineEncoder {
  mutating func write(_ line: FrameLine) {
    text("time_src", line.stamp.timeSource.rawValue)
    text("stream", line.stamp.stream.name)
    whole("session", line.stamp.session)
    whole("frame", line.stamp.frame)
    text("path", line.path)
    decimal("pts", line.stamp.pts, decimals: 3, exact: true)
    whole("width", line.width)
    whole("height", line.height)
    if !stable {
      decimal("age_ms", line.ageMilliseconds, decimals: 1)
      decimal("infer_ms", line.inferMilliseconds, decimals: 1)
    }
    switch line.findings {
    case .objects(let objects): list("objects", objects, Self.write)
    case .classes(let classes): list("classes", classes, Self.write)
    case .mask(let masks): list("mask", masks, Self.write)
    case .text(let read): write(read)
    case .embedding(let values): embedding(values)
    case .outputs(let outputs): list("outputs", outputs, Self.write)
    }
  }

  private static func write(_ json: inout JSONWriter, _ object: Detection) -> Bool {
    let box = [object.box.left, object.box.top, object.box.right, object.box.bottom]
    guard object.confidence.isFinite, box.allSatisfy(\.isFinite),
      object.keypoints.allSatisfy({
        $0.x.isFinite && $0.y.isFinite && ($0.confidence ?? 0).isFinite
      }), (object.polygon + object.line).allSatisfy({ $0.x.isFinite && $0.y.isFinite })
    else { return false }
    json.object { json in
      writeClass(&json, object.classID, object.label, object.confidence)
      json.key("box")
      json.array { json in
        for value in box { json.fixed(Double(value), decimals: 1) }
      }
      if !object.keypoints.isEmpty {
        json.key("keypoints")
        json.array { json in
          for point in object.keypoints {
            write(&json, point.x, point.y, point.confidence)
          }
        }
      }
      for (key, points) in [("polygon", object.polygon), ("line", object.line)]
      where !points.isEmpty {
        json.key(key)
        json.array { json in
          for point in points { write(&json, point.x, point.y, nil) }
        }
      }
      if let mask = object.mask {
        json.key("mask")
        json.object { write(&$0, mask) }
      }
    }
    return true
  }

  private static func write(
    _ json: inout JSONWriter, _ x: Float, _ y: Float, _ confidence: Float?
  ) {
    json.array { json in
      json.fixed(Double(x), decimals: 1)
      json.fixed(Double(y), decimals: 1)
      if let confidence { json.trimmed(Double(confidence), decimals: 4) }
    }
  }

  private static func write(_ json: inout JSONWriter, _ found: ClassMask) -> Bool {
    json.object { json in
      writeClass(&json, found.classID, found.label, nil)
      write(&json, found.mask)
    }
    return true
  }

  private static func write(_ json: inout JSONWriter, _ mask: RunLengthMask) {
    json.key("size")
    json.array { json in
      json.integer(mask.height)
      json.integer(mask.width)
    }
    json.key("counts")
    json.whole(mask.compressed)
  }

  private mutating func write(_ read: ReadText) {
    json.key("text")
    json.object { json in
      if let text = read.text, !text.isEmpty {
        json.key("value")
        json.string(text)
      }
      json.key("symbols")
      json.array { json in
        for symbol in read.symbols { json.integer(symbol) }
      }
      json.key("confidence")
      json.trimmed(Double(read.confidence.isFinite ? read.confidence : 0), decimals: 4)
    }
    if !read.attributes.isEmpty { list("classes", read.attributes, Self.write) }
  }

  private static func write(_ json: inout JSONWriter, _ found: Classification) -> Bool {
    guard found.confidence.isFinite else { return false }
    json.object { writeClass(&$0, found.classID, found.label, found.confidence) }
    return true
  }

  private static func writeClass(
    _ json: inout JSONWriter, _ id: Int, _ label: String?, _ confidence: Float?
  ) {
    json.key("class_id")
    json.integer(id)
    if let label, !label.isEmpty {
      json.key("label")
      json.string(label)
    }
    guard let confidence else { return }
    json.key("confidence")
    json.trimmed(Double(confidence), decimals: 4)
  }

  /// All values or none: half an embedding is of no use.
  private mutating func embedding(_ values: [Float]) {
    // No float takes more than 16 bytes with its comma.
    let fits = values.count <= (Self.listLimit - json.bytes.count) / 16
    let isWhole = fits && values.allSatisfy(\.isFinite)
    list("embedding", isWhole ? values : [.nan]) { json, value in
      guard value.isFinite else { return false }
      json.shortest(value)
      return true
    }
  }

  private static func write(_ json: inout JSONWriter, _ output: RawOutput) -> Bool {
    json.object { json in
      json.key("name")
      json.string(output.name)
      json.key("shape")
      json.array { json in
        for extent in output.shape { json.integer(extent) }
      }
      json.key("type")
      json.string(output.type)
      if output.minimum.isFinite, output.maximum.isFinite {
        json.key("minimum")
        json.shortest(output.minimum)
        json.key("maximum")
        json.shortest(output.maximum)
      }
      guard !output.values.isEmpty, output.values.allSatisfy(\.isFinite) else { return }
      let before = json.mark
      json.key("values")
      json.array { json in
        for value in output.values {
          guard json.bytes.count < listLimit else { return }
          json.shortest(value)
        }
      }
      // Under the limit or not at all.
      if json.bytes.count >= listLimit - 32 * 1024 { json.rewind(to: before) }
    }
    return true
  }
}
