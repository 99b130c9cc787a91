import OcelliGraph
import OcelliTensor

extension KernelCase {
  /// Shapes as vision models have them, at least one for every kernel.
  package static let all: [KernelCase] = [
    KernelCase("conv", "first layer 3×3/2, 416² 3→16, SiLU") { graph in
      try graph.convolution([3, 416, 416], 16, kernel: 3, stride: 2, then: .silu)
    },
    KernelCase("conv", "1×1, 104² 16→16, ReLU") { graph in
      try graph.convolution([16, 104, 104], 16, kernel: 1, then: .relu)
    },
    KernelCase("conv", "1×1, 52² 64→64, ReLU") { graph in
      try graph.convolution([64, 52, 52], 64, kernel: 1, then: .relu)
    },
    KernelCase("conv", "1×1, 26² 128→128, SiLU") { graph in
      try graph.convolution([128, 26, 26], 128, kernel: 1, then: .silu)
    },
    KernelCase("conv", "1×1, 13² 256→256, ReLU") { graph in
      try graph.convolution([256, 13, 13], 256, kernel: 1, then: .relu)
    },
    KernelCase("conv", "3×3/2, 104² 32→64, ReLU") { graph in
      try graph.convolution([32, 104, 104], 64, kernel: 3, stride: 2, then: .relu)
    },
    KernelCase("depthwise", "3×3, 52² 96, SiLU") { graph in
      try graph.convolution([96, 52, 52], 96, kernel: 3, groups: 96, then: .silu)
    },
    KernelCase("depthwise", "3×3/2, 104² 64, ReLU") { graph in
      try graph.convolution([64, 104, 104], 64, kernel: 3, stride: 2, groups: 64, then: .relu)
    },
    KernelCase("depthwise", "5×5, 26² 128, ReLU") { graph in
      try graph.convolution([128, 26, 26], 128, kernel: 5, groups: 128, then: .relu)
    },
    KernelCase("winograd", "3×3, 80² 32→32, SiLU") { graph in
      try graph.convolution([32, 80, 80], 32, kernel: 3, then: .silu)
    },
    KernelCase("winograd", "3×3, 40² 64→64, ReLU") { graph in
      try graph.convolution([64, 40, 40], 64, kernel: 3, then: .relu)
    },
    KernelCase("winograd", "3×3, 20² 128→128, ReLU") { graph in
      try graph.convolution([128, 20, 20], 128, kernel: 3, then: .relu)
    },
    KernelCase("pool", "maximum 5×5, 13² 192") { graph in
      try graph.pool(.max, [192, 13, 13], kernel: 5, stride: 1)
    },
    KernelCase("pool", "maximum 3×3/2, 104² 24") { graph in
      try graph.pool(.max, [24, 104, 104], kernel: 3, stride: 2)
    },
    KernelCase("pool", "average 2×2/2, 52² 64") { graph in
      try graph.pool(.average, [64, 52, 52], kernel: 2, stride: 2)
    },
    KernelCase("resize", "nearest ×2, 26²→52² 96") { graph in
      try graph.resize([96, 26, 26], by: 2, .nearest)
    },
    KernelCase("resize", "linear ×2, 26²→52² 96") { graph in
      try graph.resize([96, 26, 26], by: 2, .linear)
    },
    KernelCase("map", "sum of two, 52² 64") { graph in
      let shape = [1, 64, 52, 52]
      return try graph.add(Binary(.add), [graph.input(shape), graph.input(shape)])
    },
    KernelCase("map", "SiLU, 52² 64") { graph in
      try graph.add(Unary(.silu), [graph.input([1, 64, 52, 52])])
    },
    KernelCase("reduce", "mean over 7², 1280") { graph in
      try graph.add(
        Reduce(.mean, axes: [2, 3], keepDimensions: true), [graph.input([1, 1280, 7, 7])])
    },
    KernelCase("softmax", "4 heads, 196 of 196") { graph in
      try graph.add(Softmax(axis: 3), [graph.input([1, 4, 196, 196])])
    },
    KernelCase("matmul", "4 heads, 196×32×196") { graph in
      try graph.add(
        MatMul(), [graph.input([1, 4, 196, 32]), graph.input([1, 4, 32, 196])])
    },
    KernelCase("q8 conv", "first layer 3×3/2, 416² 3→16") { graph in
      try graph.byteConvolution([3, 416, 416], 16, kernel: 3, stride: 2)
    },
    KernelCase("q8 conv", "1×1, 104² 16→16") { graph in
      try graph.byteConvolution([16, 104, 104], 16, kernel: 1)
    },
    KernelCase("q8 conv", "1×1, 52² 64→64, table") { graph in
      try graph.byteConvolution([64, 52, 52], 64, kernel: 1, table: true)
    },
    KernelCase("q8 conv", "1×1, 26² 128→128") { graph in
      try graph.byteConvolution([128, 26, 26], 128, kernel: 1)
    },
    KernelCase("q8 conv", "3×3, 40² 64→64") { graph in
      try graph.byteConvolution([64, 40, 40], 64, kernel: 3)
    },
    KernelCase("q8 depthwise", "3×3, 52² 96") { graph in
      try graph.byteConvolution([96, 52, 52], 96, kernel: 3, groups: 96)
    },
    KernelCase("q8 depthwise", "5×5, 26² 128") { graph in
      try graph.byteConvolution([128, 26, 26], 128, kernel: 5, groups: 128)
    },
    KernelCase("q8 map", "sum of two, 52² 64") { graph in
      let shape = [1, 64, 52, 52]
      let scales = (ByteScale(scale: 0.02, zero: 128), ByteScale(scale: 0.03, zero: 110))
      return try graph.add(
        QuantizedBinary(
          .add, a: scales.0, b: scales.1, y: ByteScale(scale: 0.04, zero: 120)),
        [graph.input(shape, .uint8), graph.input(shape, .uint8)])
    },
    KernelCase("q8 map", "table, 52² 64") { graph in
      try graph.add(
        ByteTable((0..<256).map { UInt8(255 - $0) }), [graph.input([1, 64, 52, 52], .uint8)])
    },
    KernelCase("q8 pool", "maximum 5×5, 13² 192") { graph in
      try graph.pool(.max, [192, 13, 13], kernel: 5, stride: 1, .uint8)
    },
    KernelCase("q8 resize", "nearest ×2, 26²→52² 96") { graph in
      try graph.resize([96, 26, 26], by: 2, .nearest, .uint8)
    },
  ]
}
