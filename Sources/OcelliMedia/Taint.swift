/// Which pictures are to be trusted: damage travels, in the order of decoding, from a packet to the
/// pictures after it until a clean key picture. Packets are numbered as they are sent; a picture
/// bears the number of its packet, for decoders hold pictures back and give them in another order.
package struct Taint {
  private let isIntraOnly: Bool
  /// Packets that were damaged or refused; ascending.
  private var damages: [Int64] = []
  /// The packet of the last clean key picture.
  private var cleanFrom: Int64 = -1
  /// Longer than any decoder's delay.
  private static let limit = 512

  package init(isIntraOnly: Bool) { self.isIntraOnly = isIntraOnly }

  /// A packet was damaged or refused.
  package mutating func damage(at packet: Int64) {
    guard packet > cleanFrom else { return }
    let place = damages.lastIndex { $0 <= packet }
    if let place, damages[place] == packet { return }
    damages.insert(packet, at: place.map { $0 + 1 } ?? 0)
    // The first counts until the next key picture, the late ones behind it; between, none is missed.
    if damages.count > Self.limit { damages.remove(at: 1) }
  }

  /// Whether a picture is corrupt.
  package mutating func judge(packet: Int64, isDamaged: Bool, isKey: Bool) -> Bool {
    if isDamaged { damage(at: packet) }
    let isHit = damages.contains(packet)
    if isIntraOnly {
      damages.removeAll { $0 <= packet }
      return isHit || isDamaged
    }
    if isKey && !isHit && !isDamaged {
      cleanFrom = max(cleanFrom, packet)
      damages.removeAll { $0 < packet }
      return false
    }
    return isHit || isDamaged || damages.first.map { $0 < packet } ?? false
  }
}
