/// Sums of products over named axes. Inputs: one tensor a term. Source: ONNX `Einsum`.
package struct Einsum: Operator {
  package var equation: EinsumEquation
  package init(_ equation: EinsumEquation) { self.equation = equation }
  package var name: String { "Einsum" }
  package var detail: String { equation.text }
}

/// The terms of an Einsum, read from its text.
package struct EinsumEquation: Sendable, Equatable {
  /// An axis: a letter, or one of those that an ellipsis stands for, counted from the last.
  package enum Label: Hashable, Sendable, Comparable {
    case ellipsis(Int)
    case letter(UInt8)
  }
  private enum Symbol: Equatable {
    case ellipsis
    case letter(UInt8)
  }

  package let text: String
  private let terms: [[Symbol]]
  private let result: [Symbol]?

  /// Errors: other signs than letters, commas, dots and an arrow; two ellipses in a term.
  package init(_ text: String) throws(OperatorError) {
    self.text = text
    guard text.utf8.count <= 256 else { throw OperatorError("an equation of \(text.count) signs") }
    let signs = Array(text.utf8).filter { $0 != UInt8(ascii: " ") }
    var sides = [[UInt8]]()
    if let arrow = signs.indices.first(where: {
      $0 + 1 < signs.count && signs[$0] == UInt8(ascii: "-") && signs[$0 + 1] == UInt8(ascii: ">")
    }) {
      sides = [Array(signs[..<arrow]), Array(signs[(arrow + 2)...])]
    } else {
      sides = [signs]
    }
    var terms: [[Symbol]] = []
    for part in sides[0].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      terms.append(try Self.symbols(part, text))
    }
    self.terms = terms
    result = sides.count > 1 ? try Self.symbols(sides[1][...], text) : nil
  }

  private static func symbols(
    _ signs: ArraySlice<UInt8>, _ text: String
  ) throws(OperatorError) -> [Symbol] {
    var symbols: [Symbol] = []
    var at = signs.startIndex
    while at < signs.endIndex {
      switch signs[at] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
        symbols.append(.letter(signs[at]))
        at += 1
      case UInt8(ascii: ".")
      where at + 2 < signs.endIndex && signs[at + 1] == UInt8(ascii: ".")
        && signs[at + 2] == UInt8(ascii: ".") && !symbols.contains(.ellipsis):
        symbols.append(.ellipsis)
        at += 3
      default: throw OperatorError("equation \(text.debugDescription)")
      }
    }
    return symbols
  }

  /// The axes of every operand and of the result, where the operands have `ranks` axes.
  /// Errors: another number of operands or axes, or a letter of the result that no term has.
  package func labels(ranks: [Int]) throws(OperatorError) -> (terms: [[Label]], result: [Label]) {
    guard ranks.count == terms.count else {
      throw OperatorError("\(ranks.count) inputs for equation \(text.debugDescription)")
    }
    var resolved: [[Label]] = []
    var widest = 0
    for (term, rank) in zip(terms, ranks) {
      let letters = term.count { $0 != .ellipsis }
      let spread = rank - letters
      guard spread >= 0, spread == 0 || term.contains(.ellipsis) else {
        throw OperatorError("an input of \(rank) axes for equation \(text.debugDescription)")
      }
      if term.contains(.ellipsis) { widest = max(widest, spread) }
      resolved.append(Self.expand(term, spread))
    }
    let output = result.map { Self.expand($0, widest) } ?? implicit(resolved, widest)
    guard Set(output).count == output.count, Set(output).isSubset(of: resolved.joined()) else {
      throw OperatorError("the result of equation \(text.debugDescription)")
    }
    return (resolved, output)
  }

  private static func expand(_ term: [Symbol], _ spread: Int) -> [Label] {
    term.flatMap { symbol -> [Label] in
      switch symbol {
      case .letter(let letter): [.letter(letter)]
      case .ellipsis: (0..<spread).reversed().map { .ellipsis($0) }
      }
    }
  }

  /// Where the text has no arrow: the ellipsis, then what stands once, by the alphabet.
  private func implicit(_ terms: [[Label]], _ widest: Int) -> [Label] {
    var counts: [Label: Int] = [:]
    for label in terms.joined() { counts[label, default: 0] += 1 }
    let letters = counts.filter { entry in
      if case .letter = entry.key { entry.value == 1 } else { false }
    }
    return (0..<widest).reversed().map { Label.ellipsis($0) } + letters.keys.sorted()
  }
}
