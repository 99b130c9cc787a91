extension Graph {
  /// Puts the nodes in an order in which they can run, otherwise as they stand.
  /// Errors: a cycle, or a value with two producers; both name a node.
  package mutating func sortTopologically() throws(OperatorError) {
    nodes = try topologicalOrder().map { nodes[$0] }
  }

  /// The indices of the nodes in an order in which they can run; the earliest possible one first.
  package func topologicalOrder() throws(OperatorError) -> [Int] {
    try checkProducers()
    let producers = producers()
    let consumers = consumers()
    var missing = nodes.map { node in
      node.inputs.count { $0.map { producers[$0.index] != nil } ?? false }
    }
    var ready = MinimumHeap()
    for index in nodes.indices where missing[index] == 0 { ready.insert(index) }
    var order: [Int] = []
    while let index = ready.removeMinimum() {
      order.append(index)
      for output in nodes[index].outputs {
        for reader in output.map({ consumers[$0.index] }) ?? [] {
          missing[reader] -= 1
          if missing[reader] == 0 { ready.insert(reader) }
        }
      }
    }
    if order.count < nodes.count, let stuck = cycleMember(waiting: missing, producers) {
      throw OperatorError("the graph has a cycle at node \(nodes[stuck].label)")
    }
    return order
  }

  private func checkProducers() throws(OperatorError) {
    var made = [Bool](repeating: false, count: values.count)
    for node in nodes {
      for case let output? in node.outputs {
        guard !made[output.index] else {
          throw OperatorError("\(node.label) makes \(self[output].name.debugDescription) again")
        }
        made[output.index] = true
      }
    }
  }

  /// A node of a cycle: walks from a waiting node to the waiting producer of an input until one comes again.
  private func cycleMember(waiting: [Int], _ producers: [Int?]) -> Int? {
    guard var node = waiting.firstIndex(where: { $0 > 0 }) else { return nil }
    var seen = Set<Int>()
    while seen.insert(node).inserted {
      let before = nodes[node].inputs.lazy.compactMap { $0.flatMap { producers[$0.index] } }
      guard let next = before.first(where: { waiting[$0] > 0 }) else { return node }
      node = next
    }
    return node
  }
}

/// A binary heap, so that the order is the same whatever the shape of the graph.
private struct MinimumHeap {
  private var items: [Int] = []

  mutating func insert(_ item: Int) {
    items.append(item)
    var child = items.count - 1
    while child > 0, items[(child - 1) / 2] > items[child] {
      items.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeMinimum() -> Int? {
    guard let last = items.popLast() else { return nil }
    guard let minimum = items.first else { return last }
    items[0] = last
    var parent = 0
    while true {
      let left = 2 * parent + 1
      guard left < items.count else { break }
      let right = left + 1
      let child = right < items.count && items[right] < items[left] ? right : left
      guard items[child] < items[parent] else { break }
      items.swapAt(child, parent)
      parent = child
    }
    return minimum
  }
}
