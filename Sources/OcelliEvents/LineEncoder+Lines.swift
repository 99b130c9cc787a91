import OcelliVocabulary

extension LineEncoder {
  mutating func write(_ hello: Hello) {
    if !stable { text("run", hello.run.description) }
    text("software", "ocelli")
    text("version", hello.version)
    if stable {
      json.key("stable")
      json.bool(true)
    }
    if let oldest = hello.oldestSequence {
      json.key("resume")
      json.object {
        $0.key("oldest_seq")
        $0.integer(oldest)
      }
    }
    list("streams", hello.streams) { json, stream in
      json.string(stream.name)
      return true
    }
    table("models", hello.models) { json, model in
      json.key(text: model.key)
      json.object { json in
        json.key("name")
        json.string(model.name)
        if let sha256 = model.sha256 {
          json.key("sha256")
          json.string(sha256)
        }
        json.key("task")
        json.string(model.task)
        if !model.labels.isEmpty {
          json.key("labels")
          json.array { json in
            for label in model.labels { json.string(label) }
          }
        }
      }
    }
    if let settings = hello.settings {
      json.key("settings")
      settings.write(to: &json)
    }
  }

  mutating func write(_ line: StreamLine) {
    text("stream", line.stream.name)
    whole("session", line.session)
    text("state", line.state.rawValue)
    text("codec", line.codec)
    whole("width", line.width)
    whole("height", line.height)
    decimal("fps", line.fps, decimals: 3)
    if let sample = line.sample {
      json.key("sample")
      json.object { json in
        switch sample {
        case .fps(let fps):
          json.key("fps")
          json.trimmed(fps, decimals: 3)
        case .every(let count):
          json.key("every")
          json.integer(count)
        case .seconds(let seconds):
          json.key("every")
          json.string(JSONValue.number(seconds, isInteger: seconds == seconds.rounded()).text + "s")
        case .keyPictures:
          json.key("every")
          json.string("key")
        }
      }
    }
    text("model", line.model)
    text("url", line.url)
    text("reason", line.reason)
  }

  mutating func write(_ line: GapLine) {
    text("stream", line.stream?.name)
    text("cause", line.cause.rawValue)
    whole("frames", line.frames)
    decimal("from_pts", line.fromPTS, decimals: 3, exact: true)
    decimal("to_pts", line.toPTS, decimals: 3, exact: true)
    if let lost = line.lostLines {
      json.key("from_seq")
      json.integer(lost.lowerBound)
      json.key("to_seq")
      json.integer(lost.upperBound)
    }
  }

  mutating func write(_ line: ErrorLine) {
    text("stream", line.stream?.name)
    text("code", line.code)
    text("message", line.message)
    decimal("retry_in_s", line.retryInSeconds, decimals: 1)
  }

  mutating func write(_ line: StatsLine) {
    decimal("window_s", line.windowSeconds, decimals: 3)
    write(line.streams, line.outputs)
  }

  mutating func write(_ line: EndLine) {
    text("reason", line.reason)
    json.key("frames")
    json.object { Self.write(line.frames, to: &$0) }
    write(line.streams, line.outputs)
    whole("exit_code", line.exitCode)
  }

  private mutating func write(_ streams: [StreamTotals], _ outputs: [OutputTotals]) {
    let stable = self.stable
    table("streams", streams) { json, total in
      json.key(text: total.stream.name)
      json.object { json in
        Self.write(total.frames, to: &json)
        guard !stable, let p50 = total.ageP50, let p99 = total.ageP99, p50.isFinite, p99.isFinite
        else { return }
        json.key("age_ms")
        json.object { json in
          json.key("p50")
          json.trimmed(p50, decimals: 1)
          json.key("p99")
          json.trimmed(p99, decimals: 1)
        }
      }
    }
    // How far each reader has come differs from run to run.
    guard !stable, !outputs.isEmpty else { return }
    table("outputs", outputs) { json, total in
      json.key(text: total.output)
      json.object { json in
        for (name, count) in [
          ("produced", total.produced), ("delivered", total.delivered), ("lost", total.lost),
          ("queued", total.queued),
        ] {
          json.key(name)
          json.integer(count)
        }
        if let readers = total.readers {
          json.key("readers")
          json.integer(readers)
        }
      }
    }
  }

  private static func write(_ totals: FrameTotals, to json: inout JSONWriter) {
    json.key("received")
    json.integer(totals.received)
    json.key("analysed")
    json.integer(totals.analysed)
    json.key("in_flight")
    json.integer(totals.inFlight)
    json.key("lost")
    json.object { json in
      for cause in LossCause.allCases {
        guard let count = totals.lost[cause], count != 0 else { continue }
        json.key(cause.rawValue)
        json.integer(count)
      }
    }
  }
}
