/// Columns of text that line up.
package struct Table {
  private var rows: [[String]] = []
  private let indent: Int
  private let numbers: Set<Int>

  /// `numbers`: the columns that end alike and do not begin alike.
  package init(indent: Int = 0, numbers: Set<Int> = []) {
    self.indent = indent
    self.numbers = numbers
  }

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
        let space = String(repeating: " ", count: max(widths[column] - cell.count, 0))
        line += numbers.contains(column) ? space + cell : cell
        guard column < row.count - 1 else { break }
        line += (numbers.contains(column) ? "" : space) + "  "
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
