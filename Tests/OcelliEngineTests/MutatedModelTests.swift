import Foundation
import OcelliEngine
import OcelliONNX
import Testing

/// Every operator, changed in one place at a time: an attribute gone, of another kind or out of reason;
/// an input absent, one too many, of another type, rank or extent.
@Suite struct MutatedModelTests {
  private let crew = Crew(threadCount: 1)

  @Test(arguments: OperatorCorpus.names)
  func `M13, M14: a model that is wrong in one place ends in an error or runs`(_ name: String)
    throws
  {
    let model = try OperatorCorpus.model(name)
    guard case .ran = try Fate(of: model, crew: crew) else {
      Issue.record("\(name) does not run as it is: \(try Fate(of: model, crew: crew))")
      return
    }
    var refused = 0
    for mutant in Mutants.all(model) {
      let begun = ContinuousClock.now
      if case .refused(let reason) = try Fate(of: mutant.model, crew: crew) {
        #expect(!reason.isEmpty, "\(mutant.what)")
        refused += 1
      }
      #expect(ContinuousClock.now - begun < .seconds(20), "\(mutant.what)")
    }
    #expect(refused > 0, "no change of \(name) was an error")
  }

  @Test(arguments: OperatorCorpus.names)
  func `M15: NaN, infinities and integers out of reason go through every operator`(_ name: String)
    throws
  {
    let odd: [Float] = [.nan, .infinity, -.infinity, 3e38, -3e38, 0x1p-140, -0.0, 0.5]
    let edges = [Int.min, .max, -1, 0, 1 << 31, -(1 << 31), 1 << 40]
    var model = try OperatorCorpus.model(name)
    for shift in 0..<3 {
      _ = try Fate(
        of: model, crew: crew, floats: { odd[($0 + shift) % odd.count] },
        integers: { edges[($0 + shift) % edges.count] })
    }
    // In the weights too, where passes meet them.
    for index in model.graph.initializer.indices {
      model.graph.initializer[index].setFloats { odd[$0 % odd.count] }
    }
    for shift in [0, 3] {
      _ = try Fate(of: model, crew: crew, floats: { odd[($0 + shift) % odd.count] })
    }
  }
}

/// Changes of one place of a model.
private enum Mutants {
  typealias Mutant = (what: String, model: ONNXModel)

  private static let numbers: [Int64] = [0, -1, 99, 1 << 31, .max, .min]
  private static let floats: [Float] = [.nan, .infinity, -1, 0, 3e38]

  static func all(_ model: ONNXModel) -> [Mutant] {
    var list: [Mutant] = []
    func add(_ what: String, _ change: (inout ONNXGraphBody) -> Void) {
      var mutant = model
      change(&mutant.graph)
      list.append((what, mutant))
    }
    for (n, node) in model.graph.node.enumerated() {
      for (a, entry) in node.attribute.enumerated() {
        let place = "\(node.opType) attribute \(entry.name)"
        add("\(place) gone") { $0.node[n].attribute.remove(at: a) }
        for changed in changes(entry) {
          add("\(place) \(changed)") { $0.node[n].attribute[a] = changed }
        }
      }
      for i in node.input.indices {
        add("\(node.opType) without input \(i)") { $0.node[n].input[i] = "" }
        for j in node.input.indices where j != i {
          add("\(node.opType) input \(i) is \(j)") { $0.node[n].input[i] = node.input[j] }
        }
      }
      add("\(node.opType) without inputs") { $0.node[n].input = [] }
      add("\(node.opType) with inputs more") { graph in
        graph.node[n].input += [String](repeating: node.input.first ?? "x", count: 9)
      }
      add("\(node.opType) with outputs more") { graph in
        graph.node[n].output += (0..<9).map { "more\($0)" }
      }
    }
    for (i, entry) in model.graph.initializer.enumerated() {
      let place = "constant \(i)"
      add("\(place) of a rank more") { $0.initializer[i].dims.append(1) }
      add("\(place) of rank 1") { $0.initializer[i].dims = [entry.dims.reduce(1, *)] }
      add("\(place) of nothing") { $0.initializer[i].dims.append(0) }
      for type: Int32 in [1, 2, 6, 7, 9, 10, 11, 22] where type != entry.dataType {
        add("\(place) of type \(type)") { $0.initializer[i] = entry.zeros(type) }
      }
      for number in numbers where entry.dataType == 7 {
        add("\(place) of \(number)") { $0.initializer[i].setIntegers { _ in number } }
      }
    }
    for (i, info) in model.graph.input.enumerated() {
      let place = "input \(info.name)"
      for type: Int32 in [0, 1, 2, 6, 7, 8, 9, 10, 11, 16, 17, 22]
      where type != info.type.tensorType.elemType {
        add("\(place) of type \(type)") { $0.input[i].type.tensorType.elemType = type }
      }
      let shape = info.type.tensorType.shape
      var more = shape
      var one = ONNXDimension()
      one.dimValue = 1
      more.dim.append(one)
      add("\(place) of a rank more") { $0.input[i].type.tensorType.shape = more }
      add("\(place) of no rank") { $0.input[i].type.tensorType.shape.dim = [] }
      for d in shape.dim.indices {
        for extent: Int64 in [1, 5, 1 << 31, .max] {
          add("\(place) of \(extent) along \(d)") {
            $0.input[i].type.tensorType.shape.dim[d].dimValue = extent
          }
        }
      }
    }
    return list
  }

  /// The same attribute of another kind, and of values out of reason.
  private static func changes(_ entry: ONNXAttributeEntry) -> [ONNXAttributeEntry] {
    func changed(_ change: (inout ONNXAttributeEntry) -> Void) -> ONNXAttributeEntry {
      var other = entry
      change(&other)
      return other
    }
    var list = [1, 2, 3, 4, 5, 6, 7, 8, 11].filter { $0 != entry.type }
      .map { kind in changed { $0.type = kind } }
    switch entry.type {
    case 1: list += floats.map { value in changed { $0.f = value } }
    case 2: list += numbers.map { value in changed { $0.i = value } }
    case 3: list += ["", "nonsense", "\u{0}"].map { text in changed { $0.s = Data(text.utf8) } }
    case 7:
      list += numbers.flatMap { value in
        entry.ints.indices.map { index in changed { $0.ints[index] = value } }
      }
      list += [
        changed { $0.ints = [] }, changed { $0.ints.append(1) },
        changed { $0.ints = [Int64](repeating: entry.ints.first ?? 0, count: entry.ints.count) },
      ]
    default: break
    }
    return list
  }
}

extension ONNXTensorEntry {
  private var count: Int { dims.reduce(1) { $0 * Int($1) } }

  /// As many zeros of another type.
  fileprivate func zeros(_ type: Int32) -> Self {
    var other = Self()
    other.name = name
    other.dims = dims
    other.dataType = type
    let bits = [1: 32, 2: 8, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 22: 4][type] ?? 8
    other.rawData = Data(count: (count * bits + 7) / 8)
    return other
  }

  fileprivate mutating func setFloats(_ element: (Int) -> Float) {
    guard dataType == 1 else { return }
    rawData = unsafe (0..<count).map(element).withUnsafeBytes { unsafe Data($0) }
  }

  fileprivate mutating func setIntegers(_ element: (Int) -> Int64) {
    rawData = unsafe (0..<count).map(element).withUnsafeBytes { unsafe Data($0) }
  }
}
