// The C declarations are this module's face: a plan is made of them.
@_exported public import COcelliKernels

/// The instruction set that kernels are chosen for, slowest first; a processor may lack one and have
/// another behind it.
package enum KernelTier: String, Sendable, CaseIterable {
  case scalar, avx2, avxvnni, avx512, avx512vnni, avx512vbmi

  /// What runs here: the processor's best, or another that it has and `OCELLI_ISA` names.
  package static var current: KernelTier { KernelTier(ock_isa()) }

  /// The processor's best, whatever the environment asks.
  package static var best: KernelTier { KernelTier(ock_isa_best()) }

  /// Those that this processor has, slowest first.
  package static var available: [KernelTier] { allCases.filter { ock_isa_has($0.cTier) } }

  package var cTier: ock_isa_tier {
    switch self {
    case .scalar: OCK_ISA_SCALAR
    case .avx2: OCK_ISA_AVX2
    case .avxvnni: OCK_ISA_AVXVNNI
    case .avx512: OCK_ISA_AVX512
    case .avx512vnni: OCK_ISA_AVX512VNNI
    case .avx512vbmi: OCK_ISA_AVX512VBMI
    }
  }

  private init(_ tier: ock_isa_tier) {
    self = KernelTier.allCases.first { $0.cTier == tier } ?? .scalar
  }
}

/// The library behind general matrix products.
package enum Blas {
  /// OpenBLAS's own description (release, threading, core); nil where it is not installed.
  package static var description: String? {
    guard let text = unsafe ock_blas_description() else { return nil }
    return unsafe String(cString: text)
  }
}

extension KernelTier {
  /// The names of all row kernels, as plans call them.
  package static var kernelNames: [String] {
    var names: [String] = []
    while let name = unsafe ock_f32_row_name(Int32(names.count)) {
      names.append(unsafe String(cString: name))
    }
    let floats = names.count
    while let name = unsafe ock_q8_row_name(Int32(names.count - floats)) {
      names.append("q8 " + (unsafe String(cString: name)))
    }
    return names
  }

  /// What one core of this processor multiplies at most. Measured anew: some 20 ms. Units:
  /// multiplications with addition, a nanosecond.
  package var peak: Peak {
    Peak(floats: ock_peak_f32(cTier), bytes: ock_peak_q8(cTier))
  }

  /// Units: multiplications with addition, a nanosecond.
  package struct Peak: Sendable, Equatable {
    package var floats: Double
    /// As exact products: of four bytes where the tier has them, else of 16-bit pairs.
    package var bytes: Double

    package init(floats: Double, bytes: Double) {
      self.floats = floats
      self.bytes = bytes
    }
  }
}
