import OcelliGraph
import OcelliTensor

/// Two pictures that are concatenated and then take turns by channel, as ShuffleNet's units end:
/// `Concat → Reshape → Transpose → Reshape`.
struct PairShuffle {
  /// What it all makes.
  let output: ValueID
  /// First outputs of the nodes behind the concatenation.
  let nodes: [ValueID]

  init?(_ concat: Int, _ graph: Graph, _ readers: [[Int]]) {
    let node = graph.nodes[concat]
    guard let op = node.op as? Concat, op.axis == 1 || op.axis == -3, node.inputs.count == 2,
      let a = node.inputs[0], let b = node.inputs[1], let part = graph[a].fact?.shape,
      part.rank == 4, part[0] == 1, graph[b].fact == graph[a].fact
    else { return nil }
    let (c, h, w) = (part[1], part[2], part[3])
    let steps: [(shape: [Int], permutation: [Int]?)] = [
      ([1, 2, c, h, w], nil), ([1, c, 2, h, w], [0, 2, 1, 3, 4]), ([1, 2 * c, h, w], nil),
    ]
    var nodes: [ValueID] = []
    var at = node.outputs[0]
    for step in steps {
      guard let id = at, readers[id.index].count == 1, !graph.outputs.contains(id) else {
        return nil
      }
      let next = graph.nodes[readers[id.index][0]]
      guard let made = next.outputs[0], next.inputs[0] == id,
        graph[made].fact?.shape?.dimensions == step.shape,
        step.permutation == nil
          ? next.op is Reshape : (next.op as? Transpose)?.permutation == step.permutation
      else { return nil }
      nodes.append(made)
      at = made
    }
    self.nodes = nodes
    output = nodes[2]
  }
}
