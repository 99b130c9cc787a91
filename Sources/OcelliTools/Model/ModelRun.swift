import OcelliEngine
import OcelliGraph
import OcelliTensor
import OcelliVocabulary

/// Runs a model once on tensors out of files, and writes its outputs into files.
package enum ModelRun {
  /// Writes one file an output into `folder`, and returns their paths in the order of the outputs.
  /// Errors: a model or a tensor that is wrong, an input that is missing or unknown, a full disk.
  package static func run(
    model: ModelSource, inputs: [(name: String, path: String)], folder: String,
    kind: TensorStore.Kind,
    threads: Int, exact: Bool = false
  ) throws(ToolError) -> [String] {
    let graph = try model.graph()
    let tensors = try ordered(inputs, of: graph, model: model)
    let session: Session
    let outputs: [Tensor]
    do {
      session = try Session(
        graph,
        options: SessionOptions(inputShapes: tensors.map { $0.shape.dimensions }, exact: exact))
      let context = try session.makeContext()
      for (index, tensor) in tensors.enumerated() { try context.setInput(index, to: tensor) }
      try session.run(context, crew: Crew(threadCount: threads))
      outputs = try graph.outputs.indices.map { index in try context.output(index) }
    } catch let error as ToolError {
      throw error
    } catch {
      throw ToolError(.badData, "\(model): \(error)")
    }
    try Files.makeFolder(folder)
    let names = fileNames(graph.outputs.map { graph[$0].name })
    var paths: [String] = []
    for (name, tensor) in zip(names, outputs) {
      let path = "\(folder)/\(name).\(kind.rawValue)"
      try TensorStore.write(tensor, to: path, name: name, kind: kind)
      paths.append(path)
    }
    return paths
  }

  /// The tensors in the order of the graph's inputs. Errors: one that is missing, unknown or wrong.
  static func ordered(
    _ inputs: [(name: String, path: String)], of graph: Graph, model: ModelSource
  ) throws(ToolError) -> [Tensor] {
    let names = graph.inputs.map { graph[$0].name }
    var found: [String: Tensor] = [:]
    for (name, path) in inputs {
      guard names.contains(name) else {
        let hint = Nearest.to(name, in: names).map { "Did you mean '\($0)'? " } ?? ""
        throw ToolError(
          .usage,
          "\(model) has no input '\(name)'. \(hint)It has: \(names.joined(separator: ", ")).")
      }
      guard found[name] == nil else {
        throw ToolError(.usage, "the input '\(name)' is given twice")
      }
      found[name] = try TensorStore.read(path)
    }
    var tensors: [Tensor] = []
    for (name, id) in zip(names, graph.inputs) {
      guard let tensor = found[name] else {
        throw ToolError(
          .usage, "the input '\(name)' is missing; give it as --input '\(name)=FILE.npy'")
      }
      if let type = graph[id].fact?.type, type != tensor.type {
        throw ToolError(
          .badData, "the input '\(name)' takes \(type.rawValue), not \(tensor.type.rawValue)")
      }
      tensors.append(tensor)
    }
    return tensors
  }

  /// File names of outputs: what does not fit a name becomes `_`, and no two are alike.
  package static func fileNames(_ names: [String]) -> [String] {
    var taken: Set<String> = []
    return names.enumerated().map { index, name in
      var safe = String(
        name.unicodeScalars.prefix(120).map { scalar in
          let fits =
            scalar.isASCII
            && (scalar.properties.isAlphabetic
              || scalar.properties.numericType != nil || "._-".unicodeScalars.contains(scalar))
          return fits ? Character(scalar) : "_"
        })
      if safe.isEmpty || safe.hasPrefix(".") || safe.hasPrefix("-") { safe = "output" + safe }
      let base = safe
      var count = 2
      while !taken.insert(safe).inserted {
        safe = "\(base)_\(count)"
        count += 1
      }
      return safe
    }
  }
}
