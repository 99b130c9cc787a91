import COcelliFFmpeg
import Glibc

/// V4L2 cameras. libavdevice is loaded at the first of them: linked, it would drag a second
/// OpenBLAS into every start of the program.
package enum CaptureDevice {
  /// Looks at the node and gives FFmpeg's V4L2 demuxer.
  /// Errors: `.notFound`, `.permissionDenied`, `.noVideo` for a node that is no camera,
  /// `.unsupported` where libavdevice is missing.
  static func inputFormat(
    path: String, address: SourceAddress
  ) throws(MediaError) -> UnsafePointer<AVInputFormat> {
    try check(path: path, address: address)
    let library = "libavdevice.so.\(ocelli_avdevice_major())"
    guard let handle = unsafe dlopen(library, RTLD_NOW),
      let symbol = unsafe dlsym(handle, "avdevice_register_all")
    else {
      throw .unsupported(
        "\(address): \(library) is missing; install FFmpeg's libavdevice"
          + " (apt install libavdevice\(ocelli_avdevice_major()))")
    }
    typealias Register = @convention(c) () -> Void
    unsafe unsafeBitCast(symbol, to: Register.self)()
    guard let format = unsafe av_find_input_format("video4linux2") else {
      throw .unsupported("\(address): this FFmpeg is built without V4L2")
    }
    return unsafe format
  }

  /// Whether the node is a camera that we may open.
  package static func check(path: String, address: SourceAddress) throws(MediaError) {
    let descriptor = unsafe path.withCString { unsafe ocelli_open($0, O_RDWR | O_NONBLOCK) }
    guard descriptor >= 0 else {
      let code = errno
      switch code {
      case EACCES, EPERM:
        throw .permissionDenied(
          "\(address): permission denied; add the user to the group video")
      case EBUSY: throw .unsupported("\(address): another program uses the camera")
      case ENOENT, ENXIO, ENODEV:
        throw .notFound("\(address): there is no such camera; ls /dev/video* shows those there are")
      case EISDIR: throw .noVideo("\(address): is no video device")
      default: throw mediaError(errno: code, at: address)
      }
    }
    let code = ocelli_query_capture(descriptor)
    close(descriptor)
    guard code == 0 else { throw .noVideo("\(address): is no video capture device") }
  }
}
