import COcelliCurl

/// What a fetch may do.
package struct PullRules: Sendable {
  /// Until there is a connection. Units: seconds.
  package var connectSeconds = 20
  /// So long may (nearly) nothing come. Units: seconds.
  package var stallSeconds = 30
  /// Fewer bytes a second count as nothing. Units: bytes a second.
  package var stallRate = 256
  /// Redirects of one file.
  package var redirects = 5
  /// A transfer that breaks off is taken up again so often, while each attempt brought something.
  package var attempts = 4
  /// The user's own catalogue may name plain HTTP anywhere; ours and redirects may not.
  package var allowsPlain = false

  package init() {}
}

/// An address that may be fetched, after the rules.
struct PullAddress {
  let url: String
  /// What may be printed: the way to a file may hold keys.
  let host: String
  let isSecure: Bool
  let isLoopback: Bool

  /// `from`: who pointed here, where it is a redirect.
  /// Errors: `.badData` for what is no address, and for one that the rules refuse.
  init(_ url: String, _ rules: PullRules, from: PullAddress? = nil) throws(ToolError) {
    var place = ocelli_curl_place()
    guard unsafe ocelli_curl_read_url(url, &place) else {
      throw ToolError(
        .badData,
        from.map { "\($0.host) points to something that is no http(s) address" }
          ?? "\(url.prefix(200)): is no http(s) address")
    }
    self.url = url
    host = String(characters: place.host)
    isSecure = String(characters: place.scheme) == "https"
    isLoopback = Self.isLoopback(host)
    guard !place.has_credentials else {
      throw ToolError(.badData, "\(host): an address with a user or a password is not fetched")
    }
    if let from {
      // What began encrypted stays so, and what is plain does not leave this machine.
      guard isSecure || (!from.isSecure && isLoopback) else {
        throw ToolError(.badData, "\(from.host) points to \(host) without encryption: not followed")
      }
    } else {
      guard isSecure || isLoopback || rules.allowsPlain else {
        throw ToolError(.badData, "\(host): is fetched over https only")
      }
    }
  }

  private static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
