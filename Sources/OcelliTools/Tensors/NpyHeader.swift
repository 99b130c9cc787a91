/// The dictionary at the head of a `.npy` file: a Python literal with exactly three keys.
struct NpyHeader: Equatable {
  var descr = ""
  var fortranOrder = false
  var shape: [Int] = []

  /// Errors: anything but the three keys, once each, with values of their kind.
  init(_ text: [UInt8]) throws(NpyError) {
    var scanner = Scanner(text)
    var seen: Set<String> = []
    try scanner.expect("{")
    while !scanner.take("}") {
      let key = try scanner.string()
      guard seen.insert(key).inserted else { throw NpyError("its header has '\(key)' twice") }
      try scanner.expect(":")
      switch key {
      case "descr": descr = try scanner.string()
      case "fortran_order": fortranOrder = try scanner.truth()
      case "shape": shape = try scanner.tuple()
      default: throw NpyError("its header has the unknown key '\(key)'")
      }
      if !scanner.take(",") {
        try scanner.expect("}")
        break
      }
    }
    guard scanner.isAtEnd else { throw NpyError("its header goes on after the dictionary") }
    for key in ["descr", "fortran_order", "shape"] where !seen.contains(key) {
      throw NpyError("its header lacks '\(key)'")
    }
  }

  /// Reads the few Python literals that can stand there.
  private struct Scanner {
    private let text: [UInt8]
    private var place = 0

    init(_ text: [UInt8]) { self.text = text }

    private mutating func skipBlanks() {
      while place < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[place]) { place += 1 }
    }

    var isAtEnd: Bool {
      mutating get {
        skipBlanks()
        return place == text.count
      }
    }

    mutating func take(_ word: StaticString) -> Bool {
      skipBlanks()
      let bytes = Array("\(word)".utf8)
      guard text[place...].starts(with: bytes) else { return false }
      place += bytes.count
      return true
    }

    mutating func expect(_ word: StaticString) throws(NpyError) {
      guard take(word) else { throw NpyError("its header lacks a '\(word)' at byte \(place)") }
    }

    mutating func string() throws(NpyError) -> String {
      skipBlanks()
      guard place < text.count, [0x27, 0x22].contains(text[place]) else {
        // A structured array has a list here.
        throw NpyError("its header has no string at byte \(place); structured arrays are not read")
      }
      let quote = text[place]
      let start = place + 1
      guard let end = text[start...].firstIndex(of: quote), end - start <= 32 else {
        throw NpyError("its header has a string without an end at byte \(place)")
      }
      guard text[start..<end].allSatisfy({ (0x20..<0x7F).contains($0) && $0 != 0x5C }) else {
        throw NpyError("its header has an odd character at byte \(place)")
      }
      place = end + 1
      return String(decoding: text[start..<end], as: UTF8.self)
    }

    mutating func truth() throws(NpyError) -> Bool {
      if take("True") { return true }
      if take("False") { return false }
      throw NpyError("its header has neither True nor False at byte \(place)")
    }

    mutating func tuple() throws(NpyError) -> [Int] {
      try expect("(")
      var numbers: [Int] = []
      while !take(")") {
        skipBlanks()
        let digits = text[place...].prefix { (0x30..<0x3A).contains($0) }
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
          throw NpyError("its header has no extent at byte \(place)")
        }
        place += digits.count
        // Python 2 wrote long integers so.
        _ = take("L")
        numbers.append(number)
        if !take(",") {
          try expect(")")
          break
        }
      }
      return numbers
    }
  }
}
