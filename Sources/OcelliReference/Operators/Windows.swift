import OcelliGraph
import OcelliTensor

extension TransposedConvolution: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    if x.type == .float32 { return [try run(inputs, try facts.shape(), Float.self)] }
    guard let type = x.type.float else { throw unsupported(x.type) }
    return [try run(inputs, try facts.shape(), type)]
  }

  /// The convolution's walk with its ends exchanged: its input is our output.
  private func run<E: FloatElement>(
    _ inputs: [Tensor?], _ shape: Shape, _ type: E.Type
  ) throws -> Tensor {
    let x = try inputs.required(0)
    let w = try inputs.required(1)
    let (window, extents) = try window(input: x.shape, weights: w.shape)
    let v = try Volume(window, input: extents)
    var result = try Tensor(biases: inputs.optional(2), shape, type)
    let input = x.span(of: E.self)
    let weights = w.span(of: E.self)
    var y = result.mutableSpan(of: E.self)
    let (channels, width, stride) = (x.shape[1], w.shape[1], v.strides[2])
    for tap in 0..<v.kernelCount {
      let rows = v.rows(tap: tap)
      for channel in 0..<x.shape[0] * channels {
        let (n, c) = (channel / channels, channel % channels)
        let first = n * shape[1] + c / (channels / groups) * width
        let source = channel * v.outputCount
        for m in 0..<width {
          let weight = weights[(c * width + m) * v.kernelCount + tap]
          let target = (first + m) * v.inputCount
          for row in rows {
            let (from, to) = (source + row.output, target + row.input)
            for i in row.columns { y[to + i * stride] += weight * input[from + i] }
          }
        }
      }
    }
    return result
  }
}

extension ColumnsToImage: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    guard let type = x.type.number else { throw unsupported(x.type) }
    return [try run(inputs, try facts.shape(), type)]
  }

  private func run<E: NumberElement>(
    _ inputs: [Tensor?], _ shape: Shape, _ type: E.Type
  ) throws -> Tensor {
    let x = try inputs.required(0)
    let extents = try inputs.required(1).integers("image_shape")
    let window = try window(
      extents: extents, block: try inputs.required(2).integers("block_shape"))
    let v = try Volume(window, input: extents)
    var result = try Tensor(x.type, shape)
    let input = x.span(of: E.self)
    var y = result.mutableSpan(of: E.self)
    let stride = v.strides[2]
    for tap in 0..<v.kernelCount {
      let rows = v.rows(tap: tap)
      for plane in 0..<shape[0] * shape[1] {
        let source = (plane * v.kernelCount + tap) * v.outputCount
        let target = plane * v.inputCount
        for row in rows {
          for i in row.columns {
            let place = target + row.input + i * stride
            y[place] = E.sum(y[place], input[source + row.output + i])
          }
        }
      }
    }
    return result
  }
}

extension DeformableConvolution: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    guard let type = x.type.float else { throw unsupported(x.type) }
    return [try run(inputs, try facts.shape(), type)]
  }

  private func run<E: FloatElement>(
    _ inputs: [Tensor?], _ shape: Shape, _ type: E.Type
  ) throws -> Tensor {
    let x = try inputs.required(0)
    let w = try inputs.required(1)
    let window = try window(input: x.shape, weights: w.shape)
    let offsets = try inputs.required(2).array(of: E.self)
    let mask = inputs.optional(4)?.array(of: E.self)
    let planes = Planes(x, type)
    let weights = w.span(of: E.self)
    var result = try Tensor(biases: inputs.optional(3), shape, type)
    var y = result.mutableSpan(of: E.self)
    let (channels, depth, places) = (x.shape[1], w.shape[1], shape[2] * shape[3])
    let taps = window.kernel[0] * window.kernel[1]
    for n in 0..<shape[0] {
      for tap in 0..<taps {
        let (ky, kx) = (tap / window.kernel[1], tap % window.kernel[1])
        for place in 0..<places {
          let (row, column) = (place / shape[3], place % shape[3])
          let top = E(row * window.strides[0] - window.pads[0] + ky * window.dilations[0])
          let left = E(column * window.strides[1] - window.pads[1] + kx * window.dilations[1])
          for c in 0..<channels {
            let group = c / (channels / offsetGroups)
            let moved = (n * offsetGroups + group) * taps + tap
            var sample = planes.sample(
              n * channels + c, top + offsets[2 * moved * places + place],
              left + offsets[(2 * moved + 1) * places + place])
            if let mask { sample *= mask[moved * places + place] }
            let first = c / depth * (shape[1] / groups)
            for m in first..<first + shape[1] / groups {
              y[(n * shape[1] + m) * places + place] +=
                sample * weights[(m * depth + c % depth) * taps + tap]
            }
          }
        }
      }
    }
    return result
  }
}

/// Pictures `[…, H, W]`, sampled between their elements; beyond them all is 0.
private struct Planes<E: FloatElement> {
  private let elements: [E]
  private let height: Int
  private let width: Int

  init(_ x: Tensor, _ type: E.Type) {
    elements = x.array(of: E.self)
    (height, width) = (x.shape[2], x.shape[3])
  }

  func sample(_ plane: Int, _ y: E, _ x: E) -> E {
    guard y > -1, x > -1, y < E(height), x < E(width) else { return 0 }
    let (top, left) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
    let (down, right) = (y - E(top), x - E(left))
    return (1 - down) * (1 - right) * at(plane, top, left)
      + (1 - down) * right * at(plane, top, left + 1)
      + down * (1 - right) * at(plane, top + 1, left)
      + down * right * at(plane, top + 1, left + 1)
  }

  private func at(_ plane: Int, _ y: Int, _ x: Int) -> E {
    guard 0..<height ~= y, 0..<width ~= x else { return 0 }
    return elements[(plane * height + y) * width + x]
  }
}

extension MaxUnpool: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    let pooled = try pooledShape(x.shape)
    let indices = try inputs.required(1).reshaped([x.count]).integers("I")
    // Indices count in the shape that was pooled; a larger output has them at the same coordinates.
    let (own, wide) = (pooled.strides, shape.strides)
    let positions = try indices.map { index in
      guard 0..<pooled.count ~= index else {
        throw OperatorError("index \(index) in \(pooled)")
      }
      return zip(own, wide).enumerated().reduce(0) { place, axis in
        place + index / axis.element.0 % pooled[axis.offset] * axis.element.1
      }
    }
    return [try Tensor(x.type, shape).replacing(positions, with: x)]
  }
}
