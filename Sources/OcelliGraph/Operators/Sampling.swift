/// A change of size. Inputs: x, scales?, sizes? (`sizes` wins), regions?.
/// Source: ONNX `Resize`, `Upsample`.
package struct Resize: Operator {
  package enum Mode: String, Sendable { case nearest, linear, cubic }
  package enum Coordinates: String, Sendable {
    case halfPixel, pytorchHalfPixel, alignCorners, asymmetric
    case halfPixelSymmetric, tfHalfPixelForNearest
    /// Source coordinates span the region that the fourth input states.
    case tfCropAndResize
  }
  package enum Rounding: String, Sendable { case roundPreferFloor, roundPreferCeil, floor, ceil }
  /// What `sizes` mean: the extents, or bounds within or around which the aspect is kept.
  package enum Policy: String, Sendable { case stretch, notLarger, notSmaller }

  package var mode: Mode
  package var coordinates: Coordinates
  package var rounding: Rounding
  /// Where the result is smaller, as many elements as it has fewer take part in each of its own.
  package var antialias = false
  /// Taps beyond the border do not count, and the others are scaled up for them.
  package var excludesOutside = false
  package var cubicCoefficient: Float = -0.75
  /// What stands beyond the border where a region reaches there.
  package var extrapolation: Float = 0
  /// The axes that scales, sizes and regions speak of; nil: all.
  package var axes: [Int]?
  package var policy = Policy.stretch

  package init(mode: Mode, coordinates: Coordinates, rounding: Rounding) {
    self.mode = mode
    self.coordinates = coordinates
    self.rounding = rounding
  }

  /// Whether mode, coordinates and rounding are all that matters.
  package var isPlain: Bool {
    switch coordinates {
    case .halfPixelSymmetric, .tfHalfPixelForNearest, .tfCropAndResize: return false
    case .halfPixel, .pytorchHalfPixel, .alignCorners, .asymmetric: break
    }
    return !antialias && !excludesOutside && axes == nil && policy == .stretch
      && (mode != .cubic || cubicCoefficient == -0.75)
  }

  package var name: String { "Resize" }
  package var detail: String {
    "\(mode.rawValue), \(coordinates.rawValue)"
      + (mode == .nearest ? ", \(rounding.rawValue)" : "") + (antialias ? ", antialias" : "")
      + (excludesOutside ? ", outside excluded" : "") + (axes.map { ", axes \($0)" } ?? "")
      + (policy == .stretch ? "" : ", \(policy.rawValue)")
  }
}

/// Samples at places that an input states, −1…1 over the picture.
/// Inputs: x `[N, C, …]`, grid `[N, …, axes]` with the last axis's place first. Source: ONNX `GridSample`.
package struct GridSample: Operator {
  package enum Mode: String, Sendable { case nearest, linear, cubic }
  package enum Border: String, Sendable { case zeros, border, reflection }
  package var mode: Mode
  package var border: Border
  package var alignCorners: Bool

  package init(mode: Mode, border: Border, alignCorners: Bool) {
    self.mode = mode
    self.border = border
    self.alignCorners = alignCorners
  }

  package var name: String { "GridSample" }
  package var detail: String {
    "\(mode.rawValue), \(border.rawValue)" + (alignCorners ? ", corners aligned" : "")
  }
}

/// The grid that `GridSample` takes, of affine maps. Inputs: theta `[N, 2, 3]` or `[N, 3, 4]`, size.
/// Source: ONNX `AffineGrid`.
package struct AffineGrid: Operator {
  package var alignCorners: Bool
  package init(alignCorners: Bool) { self.alignCorners = alignCorners }
  package var name: String { "AffineGrid" }
  package var detail: String { alignCorners ? "corners aligned" : "" }
}

/// Pools regions of a picture to one size. Inputs: x `[N, C, H, W]`, regions `[R, 4]`, pictures `[R]`.
/// Source: ONNX `RoiAlign`.
package struct RoiAlign: Operator {
  package enum Mode: String, Sendable { case average, maximum }
  package var mode: Mode
  package var height: Int
  package var width: Int
  /// Samples an output element and axis; 0: as many as the region has elements for each.
  package var samples: Int
  package var scale: Float
  /// Regions are half an element up and left of where they are stated.
  package var halfPixel: Bool

  package init(
    mode: Mode, height: Int, width: Int, samples: Int, scale: Float, halfPixel: Bool
  ) {
    self.mode = mode
    self.height = height
    self.width = width
    self.samples = samples
    self.scale = scale
    self.halfPixel = halfPixel
  }

  package var name: String { "RoiAlign" }
  package var detail: String {
    "\(mode.rawValue), \(height)×\(width), \(samples) samples, scale \(scale)"
      + (halfPixel ? ", half pixel" : "")
  }
}
