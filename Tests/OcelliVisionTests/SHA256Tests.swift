import BuiltInModel
import OcelliVision
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  @Test(
    "The vectors of FIPS 180-4 and the lengths around a block",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 55),
        "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"
      ),
      (
        String(repeating: "a", count: 64),
        "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"
      ),
    ])
  func vectors(text: String, digest: String) {
    #expect(SHA256.hexadecimal(Array(text.utf8).span) == digest)
  }

  @Test("Bytes may come in pieces of any size")
  func pieces() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let whole = SHA256.hexadecimal(bytes.span)
    for size in [1, 3, 63, 64, 65, 127, 500, 1000] {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: size) {
        hash.add(bytes.span.extracting(start..<min(start + size, bytes.count)))
      }
      #expect(hash.finish() == whole, "\(size)")
    }
  }

  @Test("The built-in model is the file that its card names")
  func builtIn() {
    #expect(SHA256.hexadecimal(BuiltInModel.bytes.span) == BuiltInModel.sha256)
  }
}
