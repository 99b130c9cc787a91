/// Where pictures come from, as a user typed it. It prints itself without its secrets.
package struct SourceAddress: Sendable, Equatable, CustomStringConvertible,
  CustomDebugStringConvertible, CustomReflectable
{
  /// Which way leads to the pictures.
  package enum Kind: Sendable, Equatable {
    /// A path, literally: no patterns, no protocols, no options.
    case file(String)
    case standardInput
    /// A V4L2 node.
    case captureDevice(String)
    case http
    case rtsp
  }

  package let kind: Kind
  /// What may be printed: user, password and secret query values are `***`.
  package let description: String
  /// With credentials, percent-encoded; for FFmpeg alone.
  package let url: String
  /// Every form in which the credentials could turn up in a message.
  package let secrets: [String]

  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["address": description]) }

  /// Pictures come at their own pace and the newest one counts. An `http` source is taken for live
  /// unless its name ends as a file's; what the server says at opening overrides this.
  package var isLive: Bool {
    switch kind {
    case .file, .standardInput: false
    case .captureDevice, .rtsp: true
    case .http: !SourceAddress.namesFile(url)
    }
  }

  /// Reads what a user typed; `username` and `password`, where given, replace those of a URL.
  /// Errors: `.unsupported` for an empty name, an unknown scheme or a URL without a host.
  package init(
    parsing text: String, username: String? = nil, password: String? = nil
  ) throws(MediaError) {
    guard !text.isEmpty else { throw .unsupported("the source has no name") }
    guard !text.utf8.contains(0) else {
      throw .unsupported("the source's name holds a NUL byte")
    }
    guard let colon = text.firstRange(of: "://"), SourceAddress.isScheme(text[..<colon.lowerBound])
    else {
      self.init(path: text)
      return
    }
    let scheme = text[..<colon.lowerBound].lowercased()
    let rest = text[colon.upperBound...]
    switch scheme {
    case "file":
      guard rest.first == "/" else {
        throw .unsupported("\(text): a file URL needs an absolute path (file:///…)")
      }
      self.init(path: percentDecoded(String(rest)))
    case "http", "https", "rtsp", "rtsps":
      let parts = URLParts(rest)
      guard !parts.host.isEmpty else {
        throw .unsupported("\(scheme)://\(parts.redactedPath): the address has no host")
      }
      let user = username ?? parts.user
      let secret = password ?? (username == nil ? parts.password : nil)
      self.init(
        kind: scheme.hasPrefix("http") ? .http : .rtsp, scheme: scheme, parts: parts, user: user,
        password: secret)
    default:
      throw .unsupported(
        "\(scheme)://…: unknown scheme; a source is a file, -, http(s)://, rtsp(s):// or /dev/videoN"
      )
    }
  }

  /// A file by its path, literally. Errors: `.unsupported` for a name that no system call takes.
  init(file path: String) throws(MediaError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw .unsupported("the source has no name")
    }
    url = path
    description = path
    secrets = []
    kind = .file(path)
  }

  private init(path: String) {
    url = path
    description = path
    secrets = []
    if path == "-" {
      kind = .standardInput
    } else if path.hasPrefix("/dev/video") || path.hasPrefix("/dev/v4l/") {
      kind = .captureDevice(path)
    } else {
      kind = .file(path)
    }
  }

  private init(kind: Kind, scheme: String, parts: URLParts, user: String?, password: String?) {
    self.kind = kind
    var login = ""
    if let user {
      login = percentEncoded(user)
      if let password { login += ":" + percentEncoded(password) }
      login += "@"
    }
    url = "\(scheme)://\(login)\(parts.host)\(parts.path)"
    description = "\(scheme)://\(login.isEmpty ? "" : "***@")\(parts.host)\(parts.redactedPath)"
    secrets = SourceAddress.forms(user: user, password: password) + parts.querySecrets
  }

  /// Raw, percent-encoded and base64 forms, longest first.
  private static func forms(user: String?, password: String?) -> [String] {
    guard let password, !password.isEmpty else { return [] }
    let pair = "\(user ?? ""):\(password)"
    return [
      base64(pair), "\(percentEncoded(user ?? "")):\(percentEncoded(password))", pair,
      base64(password), percentEncoded(password), password,
    ]
  }

  private static func isScheme(_ text: Substring) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
          || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || byte == UInt8(ascii: "+")
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      }
  }

  private static let stillEndings: Set<String> = [
    "bmp", "j2k", "jp2", "jpe", "jpeg", "jpg", "jxl", "pam", "pbm", "pgm", "png",
    "ppm", "qoi", "tif", "tiff", "webp",
  ]

  private static let animationEndings: Set<String> = ["apng", "gif"]

  private static let videoEndings: Set<String> = [
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "ts", "mts", "m2ts", "mpg", "mpeg", "m2v", "vob",
    "flv", "wmv", "asf", "ogv", "3gp", "3g2", "mxf", "dv", "y4m", "h264", "264", "h265", "hevc",
    "265", "ivf", "obu", "mjpeg", "mjpg",
  ]

  /// Whether a name ends as that of a single picture.
  package static func namesStill(_ name: String) -> Bool {
    ending(of: name[...]).map(stillEndings.contains) ?? false
  }

  /// Whether a name ends as that of a picture, which may move.
  package static func namesPicture(_ name: String) -> Bool {
    ending(of: name[...]).map { stillEndings.contains($0) || animationEndings.contains($0) }
      ?? false
  }

  /// Whether a name ends as that of a video file or a picture.
  package static func namesMedia(_ name: String) -> Bool {
    namesPicture(name) || ending(of: name[...]).map(videoEndings.contains) ?? false
  }

  private static func namesFile(_ url: String) -> Bool {
    namesMedia(String(url.prefix { $0 != "?" && $0 != "#" }))
  }

  private static func ending(of path: Substring) -> String? {
    guard let name = path.split(separator: "/").last, let dot = name.lastIndex(of: ".") else {
      return nil
    }
    return name[name.index(after: dot)...].lowercased()
  }
}

/// A URL behind its scheme, taken apart leniently: cameras' passwords hold every character.
private struct URLParts {
  var user: String?
  var password: String?
  /// With the port.
  var host = ""
  /// Path, query and fragment, from the `/` or `?` on.
  var path = ""
  var redactedPath = ""
  var querySecrets: [String] = []

  init(_ text: Substring) {
    var authority = text.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    // `user:pa/ss@host`: what stands behind the first colon is no port, so the name goes on.
    if !authority.contains("@"), let at = text.lastIndex(of: "@"),
      let colon = authority.firstIndex(of: ":"), authority.first != "[",
      !authority[authority.index(after: colon)...].allSatisfy(\.isNumber)
    {
      let end = text[at...].firstIndex(of: "/") ?? text.endIndex
      authority = text[..<end]
    }
    path = String(text[authority.endIndex...])
    if let at = authority.lastIndex(of: "@") {
      let login = authority[..<at]
      let colon = login.firstIndex(of: ":") ?? login.endIndex
      user = percentDecoded(String(login[..<colon]))
      if colon != login.endIndex {
        password = percentDecoded(String(login[login.index(after: colon)...]))
      }
      host = String(authority[authority.index(after: at)...])
    } else {
      host = String(authority)
    }
    redactQuery()
  }

  private static let secretKeys = ["pass", "pwd", "token", "key", "secret", "auth", "user", "sig"]

  private mutating func redactQuery() {
    guard let mark = path.firstIndex(of: "?") else {
      redactedPath = path
      return
    }
    let fields = path[path.index(after: mark)...].split(
      separator: "&", omittingEmptySubsequences: false)
    let shown = fields.map { field -> String in
      guard let equals = field.firstIndex(of: "=") else { return String(field) }
      let name = field[..<equals].lowercased()
      let value = String(field[field.index(after: equals)...])
      guard !value.isEmpty, Self.secretKeys.contains(where: name.contains) else {
        return String(field)
      }
      querySecrets.append(value)
      return "\(field[..<equals])=***"
    }
    redactedPath = path[..<mark] + "?" + shown.joined(separator: "&")
  }
}

/// RFC 3986: all but the unreserved characters as `%XX`.
func percentEncoded(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var out: [UInt8] = []
  for byte in text.utf8 {
    let isAlphanumeric =
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
      || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    if byte < 128 && (isAlphanumeric || "-._~".utf8.contains(byte)) {
      out.append(byte)
    } else {
      out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: out, as: UTF8.self)
}

/// The reverse of `percentEncoded`; what is no `%XX` stays as it is.
func percentDecoded(_ text: String) -> String {
  let bytes = Array(text.utf8)
  var out: [UInt8] = []
  var index = 0
  while index < bytes.count {
    if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
      let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2])
    {
      out.append(high << 4 | low)
      index += 3
    } else {
      out.append(bytes[index])
      index += 1
    }
  }
  return String(decoding: out, as: UTF8.self)
}

private func hexValue(_ byte: UInt8) -> UInt8? {
  Character(UnicodeScalar(byte)).hexDigitValue.map { UInt8($0) }
}

/// RFC 4648, with padding: the form in which HTTP's Basic scheme carries a login.
func base64(_ text: String) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  let bytes = Array(text.utf8)
  var out: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
    for place in 0..<4 {
      let isPadding = place > group.count
      out.append(isPadding ? UInt8(ascii: "=") : letters[bits >> (18 - 6 * place) & 63])
    }
  }
  return String(decoding: out, as: UTF8.self)
}
