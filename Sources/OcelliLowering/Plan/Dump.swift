import OcelliGraph
import OcelliKernels
import OcelliTensor

extension Program {
  /// One link a line: kernel, rows, operands. Stable from run to run.
  package func dump() -> String {
    var lines: [String] = []
    for (index, step) in steps.enumerated() {
      switch step {
      case .interpreted(let node):
        lines.append("\(index)  interpreted \(node.node.op.name)  # \(node.node.name)")
      case .chain(let links):
        for (position, link) in links.enumerated() {
          let mark =
            links.count == 1 ? "" : position == 0 ? " ┌" : position == links.count - 1 ? " └" : " │"
          let operands = link.operands.map { $0.map(describe) ?? "–" }
          lines.append(
            "\(index)\(mark)  \(operands[0]) = \(link.arguments.name) rows \(link.rows)"
              + " (\(operands.dropFirst().joined(separator: ", ")))  # \(link.label)")
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func describe(_ operand: Operand) -> String {
    let buffer = self[operand.buffer]
    let offset = operand.offset == 0 ? "" : "+\(operand.offset)"
    if case .constant = buffer.kind { return "w\(operand.buffer.index)\(offset)" }
    return "b\(operand.buffer.index)\(offset)"
  }
}

extension Plan {
  /// The program with its memory: arena, rings, tiles.
  package func dump() -> String {
    var text =
      "tier \(tier.rawValue), arena \(memory.arenaBytes) bytes, scratch \(memory.scratchBytes) bytes"
      + " a thread, weights \(weights.count) bytes\n"
    for (index, buffer) in program.buffers.enumerated() {
      let size = buffer.count * buffer.element.size
      switch buffer.kind {
      case .constant(let offset):
        text += "w\(index)  weights+\(offset)  \(size)  # \(buffer.label)\n"
      case .activation, .port:
        if let ring = memory.rings[index] {
          text +=
            "b\(index)  ring of \(ring.rows) rows of \(buffer.pitch * buffer.element.size)  # \(buffer.label)\n"
        } else if let offset = memory.offsets[index] {
          let port = buffer.kind == .port ? "  port" : ""
          text += "b\(index)  arena+\(offset)  \(size)\(port)  # \(buffer.label)\n"
        }
      }
    }
    return text + program.dump()
  }
}
