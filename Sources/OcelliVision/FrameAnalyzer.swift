package import OcelliPicture
package import OcelliVocabulary

/// What the scheduler drives: one picture in, findings out. One instance belongs to one thread at a time.
package protocol FrameAnalyzer: AnyObject {
  /// Letterboxes the picture into the input tensor; the picture may go back when this returns.
  func load(_ picture: borrowing PictureView) throws(VisionError)
  /// Runs the model on what was loaded. Boxes are pixels of the loaded picture.
  func infer() throws(VisionError) -> Findings
}

/// Why a model cannot be understood, or a picture not be analysed.
package enum VisionError: Error, CustomStringConvertible {
  /// The file, what is wrong with it, and the remedy.
  case model(String)
  case picture(String)
  case inference(String)

  package var description: String {
    switch self {
    case .model(let s), .picture(let s), .inference(let s): s
    }
  }
}
