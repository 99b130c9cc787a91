/// Finds what somebody meant who mistyped.
package enum Nearest {
  /// The longest word that is looked for. Units: characters.
  private static let longest = 64

  /// The candidate nearest to `word`, where one is near enough to be meant.
  package static func to(_ word: String, in candidates: some Sequence<String>) -> String? {
    let typed = Array(word.lowercased())
    guard typed.count <= longest else { return nil }
    let allowed = max(1, min(3, typed.count / 3 + 1))
    let scored = candidates.lazy.filter { $0.count <= longest }
      .map { ($0, distance(typed, Array($0))) }
    guard let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= allowed else { return nil }
    return best.0
  }

  /// Insertions, deletions, substitutions and swaps of neighbours.
  /// Source: optimal string alignment (Damerau 1964).
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var before: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var cost = min(last[j + 1], row[j]) + 1
        cost = min(cost, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
        row.append(cost)
      }
      before = last
      last = row
    }
    return last[b.count]
  }
}
