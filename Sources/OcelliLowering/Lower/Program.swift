package import OcelliGraph
package import OcelliKernels
package import OcelliTensor

/// The border around a spatial buffer that windows may read. Units: rows, rows, pixels, pixels.
package struct Halo: Sendable, Equatable {
  package var top = 0
  package var bottom = 0
  package var left = 0
  package var right = 0

  package init(top: Int = 0, bottom: Int = 0, left: Int = 0, right: Int = 0) {
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  package var isEmpty: Bool { self == Halo() }

  package func union(_ other: Halo) -> Halo {
    Halo(
      top: max(top, other.top), bottom: max(bottom, other.bottom), left: max(left, other.left),
      right: max(right, other.right))
  }

  package func covers(_ other: Halo) -> Bool { union(other) == self }
}

/// A piece of memory that views lie in.
package struct Buffer: Sendable {
  package enum Kind: Sendable, Equatable {
    /// In the arena, shared with what lives at other times.
    case activation
    /// In the arena, alone for the whole run: the caller writes or reads it.
    case port
    /// In the weights, at this offset. Units: bytes.
    case constant(offset: Int)
  }
  package enum Element: Sendable, Equatable {
    case float, byte
    /// Units: bytes.
    package var size: Int { self == .float ? 4 : 1 }
  }
  package var kind: Kind
  package var element: Element
  /// Units: elements, with the halo.
  package var count: Int
  /// Where row 0, pixel 0 stands. Units: elements from the start.
  package var origin: Int
  package var halo: Halo
  /// What the halo is filled with: 0, or the byte that stands for it.
  package var padding: Float = 0
  /// Units: elements from row to row; the whole buffer where it is no picture.
  package var pitch: Int
  /// For dumps: the value it was made for.
  package var label: String
}

/// The arguments of one row kernel; operands are filled in when memory is planned.
package enum KernelArguments: Sendable {
  case convolution(ock_f32_conv_args)
  case depthwise(ock_f32_conv_args)
  /// A dense 3×3 convolution of stride 1 by F(4×4, 3×3).
  case winograd(ock_f32_conv_args)
  case pool(ock_pool_args)
  case resize(ock_resize_args)
  case map(ock_f32_map_args)
  case reduce(ock_f32_reduce_args)
  case softmax(ock_f32_softmax_args)
  case matmul(ock_f32_matmul_args)
  case byteConvolution(ock_q8_conv_args)
  case byteDepthwise(ock_q8_conv_args)
  case byteMap(ock_q8_map_args)
  case bytePool(ock_pool_args)
  case byteResize(ock_resize_args)

  package var name: String {
    switch self {
    case .convolution: "conv"
    case .depthwise: "depthwise"
    case .winograd: "winograd"
    case .pool: "pool"
    case .resize: "resize"
    case .map: "map"
    case .reduce: "reduce"
    case .softmax: "softmax"
    case .matmul: "matmul"
    case .byteConvolution: "q8 conv"
    case .byteDepthwise: "q8 depthwise"
    case .byteMap: "q8 map"
    case .bytePool: "q8 pool"
    case .byteResize: "q8 resize"
    }
  }
}

/// What a kernel's operand refers to: rows of a view.
package struct Operand: Sendable, Equatable {
  package var buffer: BufferID
  /// Units: elements from the buffer's origin.
  package var offset: Int
  /// Units: elements from row to row; 0 repeats one row.
  package var pitch: Int

  package init(buffer: BufferID, offset: Int, pitch: Int) {
    self.buffer = buffer
    self.offset = offset
    self.pitch = pitch
  }
}

/// One row kernel over all its rows: a link of a chain, and a chain of its own until chains are formed.
package struct Link: Sendable {
  package var arguments: KernelArguments
  /// The output, then the inputs; nil: absent.
  package var operands: [Operand?]
  /// Rows of the output.
  package var rows: Int
  /// Rows y0…y1 of the output need rows y0·stride − before … (y1 − 1)·stride + after of the input.
  package var stride = 1
  package var before = 0
  package var after = 0
  /// Ranges of rows begin at multiples of it.
  package var granularity = 1
  /// The kernel's temporaries in the worker's scratch. Units: bytes.
  package var scratchBytes = 0
  /// What the readers of the output count on around it, and the extents that this link writes.
  package var border = ock_border()
  /// Multiplications or elements, to share the work out.
  package var cost: Int
  /// The model's node, for dumps and profiles.
  package var label: String

  package var output: Operand { operands[0]! }
  package var inputs: [Operand] { operands.dropFirst().compactMap { $0 } }
}

/// What happens at one position of a program.
package enum Step: Sendable {
  /// Links that run in stripes together; mostly one.
  case chain([Link])
  /// A node without a lowered form, run by the reference operator between two plans.
  case interpreted(InterpretedNode)
}

/// A node that the reference operator runs.
package struct InterpretedNode: Sendable {
  /// Where a tensor comes from or goes to.
  package enum Place: Sendable {
    /// Row-major floats in the arena.
    case view(StridedView)
    /// Kept by the context, as a tensor: integers, and what is data-dependent.
    case slot(ValueID)
    case constant(Tensor)
  }
  package var node: Node
  package var inputs: [Place?]
  package var outputs: [Place?]
  /// The slots that nobody reads after this node.
  package var lastReads: [ValueID] = []
}

/// The third stage's result: a graph as kernels on views, before memory is planned.
package struct Program: Sendable {
  package var buffers: [Buffer] = []
  package var steps: [Step] = []
  /// Packed weights and other constants, each piece aligned to 64 bytes. Units: floats.
  package var weights: [Float] = []
  /// Views and slots.
  package var inputs: [InterpretedNode.Place] = []
  package var outputs: [InterpretedNode.Place] = []

  package init() {}

  /// How much one run has to do, as the links and nodes estimate it. Units: multiplications.
  package var work = 0

  package subscript(id: BufferID) -> Buffer { buffers[id.index] }

  /// The type of a view's elements as a tensor has them.
  package func type(of view: StridedView) -> ElementType {
    self[view.buffer].element == .byte ? .uint8 : .float32
  }
}
