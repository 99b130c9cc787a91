import OcelliGraph
import OcelliONNX

/// Any bytes are either an error, or a graph that the verifier accepts, that can be printed and
/// whose open axes can be bound or are refused.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzImporter(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
  guard var graph = try? ONNXImporter.importModel(bytes: bytes) else { return 0 }
  verify(graph)
  _ = graph.dump()
  if (try? graph.bindInputs()) != nil { verify(graph) }
  return 0
}

private func verify(_ graph: Graph) {
  do { try GraphVerifier.verify(graph) } catch {
    fatalError("the importer made a graph that is not well formed: \(error)")
  }
}
