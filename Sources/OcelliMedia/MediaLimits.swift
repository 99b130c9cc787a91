import COcelliFFmpeg
import Synchronization

/// What a source may take, so that a small file cannot ask for all memory there is.
package struct MediaLimits: Sendable, Equatable {
  /// The largest picture that is decoded. Units: pixels; nil: `livePixels`, `filePixels` or
  /// `stillPixels`, by the kind of source.
  package var maxPixels: Int?
  /// The most input for one picture of a source that cannot be sought in. Units: bytes; nil:
  /// `livePacketBytes` or `pipePacketBytes`, and for files what a block may be.
  package var maxPacketBytes: Int?
  /// Streams in one container, those that nobody wants included.
  package var maxStreams = 128

  package static let livePixels = 9_437_184
  package static let filePixels = 35_651_584
  package static let stillPixels = 67_108_864
  package static let livePacketBytes = 16 << 20
  package static let pipePacketBytes = 64 << 20
  /// Packets in a row that give no picture: what comes is not what it says that it is.
  package static let idlePackets = 10_000
  /// Sides beyond this are refused whatever the area. Units: pixels.
  package static let longestSide = 65_535

  package init() {}

  /// The largest picture of such a source. Units: pixels.
  func pixels(isStill: Bool, isLive: Bool) -> Int {
    if let maxPixels { return max(maxPixels, 1) }
    return isLive ? Self.livePixels : isStill ? Self.stillPixels : Self.filePixels
  }

  private static let block = Mutex(0)

  /// Holds every single block that FFmpeg takes below 512 MiB, or below what `pixels` at their
  /// widest (four samples of 16 bits) need. The largest wish of the process counts.
  static func boundBlocks(pixels: Int) {
    let wish = min(max(512 << 20, pixels.multipliedReportingOverflow(by: 8).partialValue), 1 << 36)
    block.withLock { held in
      guard wish > held else { return }
      held = wish
      // Room for the padding of rows.
      av_max_alloc(wish + wish / 16)
    }
  }
}
