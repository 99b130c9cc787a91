/// The candidate that a misspelt word was probably meant to be; nil where none is near.
package func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
  let limit = max(1, min(3, word.count / 3 + 1))
  let found = candidates.map { (name: $0, distance: editDistance(word.lowercased(), $0)) }
    .min { $0.distance < $1.distance }
  return found.flatMap { $0.distance <= limit ? $0.name : nil }
}

/// Levenshtein's distance; words over 64 characters are taken as far away.
private func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  guard a.count <= 64, b.count <= 64 else { return .max }
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let substituted = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
