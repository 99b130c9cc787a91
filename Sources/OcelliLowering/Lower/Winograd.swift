import OcelliKernels

/// Whether a convolution is worth rearranging as F(4×4, 3×3), and in what blocks.
/// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks".
struct Winograd {
  /// Rows of a tile's output.
  static let rows = 4

  let isFaster: Bool
  /// Tiles that are transformed together: as many as keep the transformed input in the second cache.
  let block: Int
  /// Units: bytes.
  let scratchBytes: Int

  /// What the transforms of a tile cost for each channel in and out. Units: multiplications of the
  /// product; measured on layers of 16 to 256 channels.
  private static let transformCost = 250
  private static let blockBytes = 400 << 10
  /// The widest vector and panel of any tier: the scratch fits all, so results depend on none.
  private static let (vector, panel) = (16, 32)

  init(_ a: ock_conv_shape, height: Int) {
    let (inChannels, outChannels) = (Int(a.in_channels), Int(a.out_channels))
    let tiles = (Int(a.width) + 3) / 4 * ((height + 3) / 4)
    let depth = (inChannels + Self.vector - 1) / Self.vector * Self.vector
    let fit = Self.blockBytes / (36 * 4 * max(depth, Self.panel)) / 6 * 6
    block = min(max(fit, 6), 42)
    scratchBytes = 36 * 4 * block * (depth + Self.panel) + 64
    guard a.groups == 1, a.kernel_h == 3, a.kernel_w == 3, a.stride_h == 1, a.stride_w == 1,
      a.dilation_h == 1, a.dilation_w == 1, inChannels >= 12, outChannels >= 16, height >= 4,
      a.width >= 4
    else {
      isFaster = false
      return
    }
    let direct = Int(a.width) * height * 9 * inChannels * outChannels
    let rearranged =
      tiles * (36 * inChannels * outChannels + Self.transformCost * (inChannels + outChannels))
    isFaster = rearranged * 5 < direct * 4
  }
}
