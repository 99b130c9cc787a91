import OcelliEvents

/// One of ONNX's own test cases: a folder with a model and what the model must make of its inputs.
package struct ConformanceCase: Sendable {
  /// The folder below the one that was asked for: `test_abs`, `node/test_abs`.
  package let name: String
  package let path: String
  /// The folders `test_data_set_N`, in order.
  package let dataSets: [String]
  package let tolerance: Tolerance

  /// How far an element may be from what is due: `absolute + relative · |due|`.
  package struct Tolerance: Sendable, Equatable {
    /// ONNX's own.
    package var relative = 1e-3
    package var absolute = 1e-7

    package init() {}
  }

  /// Units: bytes.
  static let fileLimit = 512 << 20

  /// The cases in a folder: itself, the folders in it, or those in them. In order of their names.
  /// Errors: a folder that is missing or has no case; what a case's `tol.json` has wrong.
  package static func find(in folder: String) throws(ToolError) -> [ConformanceCase] {
    var cases: [ConformanceCase] = []
    for name in try names(in: folder, depth: 0) {
      let path = name.isEmpty ? folder : "\(folder)/\(name)"
      let own = name.isEmpty ? folder.split(separator: "/").last.map(String.init) ?? folder : name
      cases.append(try ConformanceCase(name: own, path: path))
    }
    guard !cases.isEmpty else {
      throw ToolError(
        .inputMissing, "\(folder): no folder with a model.onnx is in it, nor in the folders in it")
    }
    return cases
  }

  /// The folders with a model, as seen from `folder`; empty stands for itself.
  private static func names(in folder: String, depth: Int) throws(ToolError) -> [String] {
    let entries = try Files.entries(of: folder)
    if entries.contains("model.onnx") { return [""] }
    guard depth < 2 else { return [] }
    var found: [String] = []
    for entry in entries where Files.isFolder("\(folder)/\(entry)") {
      for name in try names(in: "\(folder)/\(entry)", depth: depth + 1) {
        found.append(name.isEmpty ? entry : "\(entry)/\(name)")
      }
    }
    return found
  }

  private init(name: String, path: String) throws(ToolError) {
    self.name = name
    self.path = path
    let entries = try Files.entries(of: path)
    let prefix = "test_data_set_"
    dataSets =
      entries.filter { $0.hasPrefix(prefix) }
      .sorted { (Int($0.dropFirst(prefix.count)) ?? 0) < (Int($1.dropFirst(prefix.count)) ?? 0) }
      .map { "\(path)/\($0)" }
    tolerance =
      entries.contains("tol.json") ? try Self.tolerance("\(path)/tol.json") : Tolerance()
  }

  private static func tolerance(_ path: String) throws(ToolError) -> Tolerance {
    let json: JSONValue
    do { json = try JSONValue(parsing: try Files.read(path, limit: 1 << 16)) } catch let error
      as ToolError
    {
      throw error
    } catch { throw ToolError(.badData, "\(path): \(error)") }
    var tolerance = Tolerance()
    tolerance.relative = json["rtol"]?.number ?? tolerance.relative
    tolerance.absolute = json["atol"]?.number ?? tolerance.absolute
    return tolerance
  }

  /// The files `input_M.pb` or `output_M.pb` of a data set, in order.
  static func files(_ kind: String, in dataSet: String) throws(ToolError) -> [String] {
    let prefix = kind + "_"
    return try Files.entries(of: dataSet)
      .filter { $0.hasPrefix(prefix) && $0.hasSuffix(".pb") }
      .compactMap { name in Int(name.dropFirst(prefix.count).dropLast(3)) }
      .sorted().map { "\(dataSet)/\(prefix)\($0).pb" }
  }
}
