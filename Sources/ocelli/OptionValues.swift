internal import ArgumentParser

/// The extents of a picture, as `WxH`.
struct PictureSize: ExpressibleByArgument, Equatable {
  let width: Int
  let height: Int

  /// Units: pixels a side.
  static let maximum = 16_384

  init?(argument: String) {
    let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
    guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
      (1...Self.maximum).contains(width), (1...Self.maximum).contains(height)
    else { return nil }
    self.width = width
    self.height = height
  }
}

/// A length of time: `90`, `1.5s`, `250ms`, `2m`, `1h`, `1:30`, `01:02:03.5`.
struct TimeLength: ExpressibleByArgument, Equatable, CustomStringConvertible {
  let seconds: Double
  private let text: String

  init?(argument: String) {
    guard let seconds = Self.parse(argument), seconds.isFinite, seconds >= 0, seconds <= 1e8
    else { return nil }
    self.seconds = seconds
    text = argument
  }

  var description: String { text }
  var defaultValueDescription: String { text }

  private static func parse(_ text: String) -> Double? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count > 1 {
      guard parts.count <= 3, let last = number(parts.last!), last < 60 else { return nil }
      var whole = 0.0
      for part in parts.dropLast() {
        guard let value = Int(part), value >= 0 else { return nil }
        whole = whole * 60 + Double(value)
      }
      return whole * 60 + last
    }
    for (suffix, factor) in [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
    where text.hasSuffix(suffix) {
      return number(text.dropLast(suffix.count)).map { $0 * factor }
    }
    return number(text[...])
  }

  /// Digits and a point: neither a sign nor `nan`, `inf` or `0x1p3`, which `Double` would take.
  private static func number(_ text: Substring) -> Double? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }) else {
      return nil
    }
    return Double(text)
  }
}

/// A number from 0 to 1.
struct Fraction: ExpressibleByArgument, Equatable, CustomStringConvertible {
  let value: Float

  init(_ value: Float) { self.value = value }

  init?(argument: String) {
    guard let value = Float(argument), value >= 0, value <= 1 else { return nil }
    self.value = value
  }

  var description: String { "\(value)" }
  var defaultValueDescription: String { description }
}

/// A frame rate. Units: frames a second.
struct FrameRate: ExpressibleByArgument, Equatable {
  let value: Double

  init?(argument: String) {
    guard let value = Double(argument), value > 0, value <= 1000 else { return nil }
    self.value = value
  }
}

/// A whole number from 1.
struct Count: ExpressibleByArgument, Equatable, CustomStringConvertible {
  let value: Int

  init(_ value: Int) { self.value = value }

  init?(argument: String) {
    guard let value = Int(argument), value >= 1, value <= 1_000_000_000 else { return nil }
    self.value = value
  }

  var description: String { "\(value)" }
  var defaultValueDescription: String { description }
}

/// Names separated by commas.
struct NameList: ExpressibleByArgument, Equatable {
  let names: [String]

  init?(argument: String) {
    names = argument.split(separator: ",").map {
      String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty }) else { return nil }
  }
}

/// One number, or three for the channels: `127.5` or `123.7,116.3,103.5`.
struct ChannelValues: ExpressibleByArgument, Equatable {
  let values: [Float]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { Float($0) }.filter(\.isFinite)
    guard values.count == parts.count, values.count == 1 || values.count == 3 else { return nil }
  }
}

/// `NAME=FILE`.
struct NamedFile: ExpressibleByArgument, Equatable {
  let name: String
  let path: String

  init?(argument: String) {
    // A name may hold a '='; a file is less likely to.
    guard let equals = argument.lastIndex(of: "=") else { return nil }
    name = String(argument[..<equals])
    path = String(argument[argument.index(after: equals)...])
    guard !name.isEmpty, !path.isEmpty else { return nil }
  }
}

/// A grey level. Units: 0…255.
struct GreyLevel: ExpressibleByArgument, Equatable {
  let value: Float

  init?(argument: String) {
    guard let value = Float(argument), value >= 0, value <= 255 else { return nil }
    self.value = value
  }
}
