extension ONNXGraphBody {
  /// The names that this graph reads from the graphs around it, each once, in order.
  func freeNames() -> [String] {
    var own = Set<String>([""])
    for entry in input { own.insert(entry.name) }
    for entry in initializer { own.insert(entry.name) }
    for entry in node { own.formUnion(entry.output) }
    var free: [String] = []
    func read(_ name: String) {
      if own.insert(name).inserted { free.append(name) }
    }
    for entry in node {
      entry.input.forEach(read)
      for attribute in entry.attribute where attribute.hasG {
        attribute.g.freeNames().forEach(read)
      }
    }
    for entry in output { read(entry.name) }
    return free
  }
}
