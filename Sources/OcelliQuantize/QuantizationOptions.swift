/// What a user may choose when a model is quantised.
package struct QuantizationOptions: Sendable {
  /// Pictures that are looked at; every third is held out of the calibration.
  package var pictures = 96
  /// The least confidence of a box of the model of floats that must be found again.
  package var confidence: Float = 0.25
  /// What may be lost of the agreement, 0…1.
  package var maximumLoss = 0.01
  /// What the search for layers that are better left in float may take. Units: seconds.
  package var budget = 120.0
  /// Threads of inference; 0: as many as are left to us.
  package var threads = 0

  package init() {}
}

/// What was done to a model, and what came of it.
package struct QuantizationReport: Sendable {
  /// A way that was tried, and how it agreed on the pictures held out.
  package struct Trial: Sendable {
    package var way: String
    package var agreement: Agreement
  }

  package var model: String
  /// Units: bytes of the files.
  package var sizes: (before: Int, after: Int)
  /// Names of all layers with weights, and of those left in float.
  package var layers: [String]
  package var floats: [String]
  package var calibrator: Calibrator
  /// Pairs of layers that were equalised; 0 where that did not help.
  package var equalized: Int
  /// `BatchNormalization`s that became part of their convolutions.
  package var folded: Int
  package var correctsBiases: Bool
  package var calibrated: Int
  package var agreement: Agreement
  /// In the order in which they were tried.
  package var trials: [Trial]
  /// Layers whose sensitivity was measured.
  package var swept: Int
  /// Units: seconds.
  package var seconds: Double
  /// The quantised file alone does not tell how it wants its pictures as the model of floats did: what a
  /// sidecar must say.
  package var hints: [String]
}
