import OcelliMedia
import OcelliPlumbing

/// When a stream that failed is tried again: slower where insisting would lock an account.
struct Reconnect {
  /// Pictures must have come for this long before failures are forgotten: a source that opens and
  /// ends at once must not become a hot loop. Units: seconds.
  static let proofSeconds = 10.0

  private var network = Backoff.network
  private var authentication = Backoff.authentication
  private var random: SplitMix

  init(seed: UInt64) { random = SplitMix(state: seed) }

  /// Units: seconds.
  mutating func delay(after error: MediaError) -> Double {
    if case .authenticationFailed = error { return authentication.next(using: &random) }
    return network.next(using: &random)
  }

  mutating func reset() {
    network.reset()
    authentication.reset()
  }
}

/// A small generator that a test can seed.
/// Source: SplitMix64, Steele, Lea, Flood 2014.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
