import COcelliCurl
import Glibc

/// One answer of a server, on its way into an unfinished file.
///
/// Only from the thread that runs it.
final class Transfer {
  /// How it ended.
  enum End: Equatable {
    /// The file has all its bytes.
    case whole
    case redirect(String)
    /// What is in the file cannot be gone on with: fetch all of it.
    case again
    /// Broke off; what came is kept.
    case cut(String)
    case failed(ToolError)
  }

  private let file: PendingFile
  /// The file's size, by the catalogue. Units: bytes.
  private let total: Int
  private let address: PullAddress
  /// The first byte that was asked for.
  private let from: Int
  private let onProgress: (Int) -> Void
  private var isDecided = false
  /// Why the rest was not taken.
  private var refusal: End?

  private init(
    _ file: PendingFile, total: Int, _ address: PullAddress, onProgress: @escaping (Int) -> Void
  ) {
    self.file = file
    self.total = total
    self.address = address
    from = file.count
    self.onProgress = onProgress
  }

  /// Fetches what `file` lacks. `onProgress` is told how many bytes stand in the file.
  static func run(
    into file: PendingFile, total: Int, _ address: PullAddress, _ rules: PullRules,
    onProgress: @escaping (Int) -> Void
  ) -> End {
    let transfer = Transfer(file, total: total, address, onProgress: onProgress)
    var answer = unsafe ocelli_curl_answer()
    let end = unsafe address.url.withCString { url in
      unsafe "ocelli/\(Version.number)".withCString { agent in
        var request = unsafe ocelli_curl_request()
        unsafe request.url = url
        unsafe request.agent = agent
        unsafe request.from = Int64(transfer.from)
        unsafe request.connect_seconds = rules.connectSeconds
        unsafe request.stall_seconds = rules.stallSeconds
        unsafe request.stall_rate = rules.stallRate
        unsafe request.skip_proxy = address.isLoopback
        unsafe request.context = Unmanaged.passUnretained(transfer).toOpaque()
        unsafe request.body = { bytes, count, answer, context in
          guard let bytes = unsafe bytes, let answer = unsafe answer, let context = unsafe context
          else { return false }
          let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
          let span = unsafe RawSpan(_unsafeStart: bytes, byteCount: count)
          return unsafe transfer.take(span, answer.pointee)
        }
        return unsafe ocelli_curl_get(&request, &answer)
      }
    }
    let redirect = unsafe answer.redirect.map { unsafe String(cString: $0) }
    unsafe free(answer.redirect)
    return unsafe transfer.judge(end, answer, redirect: redirect)
  }

  /// Takes a piece of the body. Returns: whether more is wanted.
  private func take(_ bytes: borrowing RawSpan, _ answer: ocelli_curl_answer) -> Bool {
    if !isDecided {
      isDecided = true
      refusal = unsafe decide(answer)
      guard refusal == nil else { return false }
    }
    guard bytes.byteCount <= total - file.count else {
      refusal = .failed(
        ToolError(
          .badData, "\(address.host): sends more than the \(total) bytes of the catalogue"))
      return false
    }
    do throws(ToolError) { try file.write(bytes) } catch {
      refusal = .failed(error)
      return false
    }
    onProgress(file.count)
    return true
  }

  /// Why a body is not wanted; nil where it is. Whatever the file holds is made to fit it.
  private func decide(_ answer: ocelli_curl_answer) -> End? {
    let length = unsafe answer.length
    switch unsafe answer.status {
    case 200:
      guard length < 0 || length == total else { return .failed(wrongSize(length)) }
      // A server that knows no ranges begins anew.
      guard from > 0 else { return nil }
      do throws(ToolError) { try file.restart() } catch { return .failed(error) }
      return nil
    case 206:
      guard unsafe from > 0 && answer.range_start == from else { return .again }
      guard length < 0 || length == total - from else {
        return .failed(wrongSize(length + Int64(from)))
      }
      return nil
    default: return .cut("")  // what the status means is said in `judge`
    }
  }

  private func wrongSize(_ bytes: Int64) -> ToolError {
    ToolError(
      .badData,
      "\(address.host): has a file of \(bytes) bytes, where the catalogue says \(total)")
  }

  private func judge(
    _ end: ocelli_curl_end, _ answer: ocelli_curl_answer, redirect: String?
  ) -> End {
    let status = unsafe answer.status
    switch status {
    case 301, 302, 303, 307, 308:
      guard let redirect else { return .failed(unreachable("points nowhere (\(status))")) }
      return .redirect(redirect)
    case 416: return from > 0 ? .again : .failed(unreachable("refuses the file (416)"))
    case 404, 410:
      return .failed(
        unreachable(
          "has no such file any more (\(status)); a newer ocelli may know where it is now"))
    case 200, 206: break
    case 429, 500...: return .failed(unreachable("cannot serve it now (\(status)); try later"))
    case 1...: return .failed(unreachable("refuses it (\(status))"))
    default: break
    }
    if let refusal { return refusal }
    let words = unsafe String(characters: answer.words)
    switch end {
    case OCELLI_CURL_DONE where file.count == total: return .whole
    case OCELLI_CURL_DONE: return .cut("the answer ends too early")
    case OCELLI_CURL_CUT: return .cut("the connection broke off (\(words))")
    case OCELLI_CURL_TIMED_OUT:
      return status == 0
        ? .failed(unreachable("does not answer (\(words))"))
        : .cut("nothing came any more (\(words))")
    case OCELLI_CURL_NOT_TRUSTED:
      return .failed(
        unreachable("cannot be trusted (\(words)); check the clock and ca-certificates"))
    case OCELLI_CURL_NOT_REACHED:
      return .failed(unreachable("cannot be reached (\(words)); check the network or https_proxy"))
    default: return .failed(unreachable("failed (\(words))"))
    }
  }

  private func unreachable(_ what: String) -> ToolError {
    ToolError(.unreachable, "\(address.host) \(what)")
  }
}
