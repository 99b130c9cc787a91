/// Columns of text that line up.
package struct Table {
  private var rows: [[String]] = []
  private let indent: Int

  package init(indent: Int = 0) { self.indent = indent }

  package mutating func add(_ cells: String...) { rows.append(cells) }

  /// A line a row; the last column is as long as it likes.
  package var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count - 1 ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = String(repeating: " ", count: indent)
      for (column, cell) in row.enumerated() {
        line += cell
        guard column < row.count - 1 else { break }
        line += String(repeating: " ", count: widths[column] - cell.count + 2)
      }
      return line + "\n"
    }.joined()
  }
}
