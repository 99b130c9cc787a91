package import OcelliEvents
package import OcelliVision

extension ModelReport {
  /// The report as one JSON object.
  package var json: JSONValue {
    .members([
      "file": .string(file), "sha256": .string(sha256),
      "inputs": .array(inputs.map(\.json)), "outputs": .array(outputs.map(\.json)),
      "nodes": .whole(nodes), "parameters": .whole(parameters),
      "mmacs": .decimal(megaMACs, decimals: 3),
      "metadata": .table(metadata.keys.sorted().map { ($0, .string(metadata[$0] ?? "")) }),
      "conclusions": .table(
        conclusions.map { line in
          (
            line.what,
            .members([
              "value": .string(line.value), "sureness": .string(line.sureness.rawValue),
              "reason": .string(line.reason),
            ])
          )
        }),
      "refusal": refusal.map { .string($0) },
    ])
  }
}

extension ModelReport.Port {
  fileprivate var json: JSONValue {
    .members([
      "name": .string(name), "type": .string(type),
      "shape": shape.map { .array($0.map { $0.map { .whole($0) } ?? .null }) },
    ])
  }
}
