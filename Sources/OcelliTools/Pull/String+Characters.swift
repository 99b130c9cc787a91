extension String {
  /// From a C array of characters, up to its zero.
  init<T>(characters: T) {
    self = unsafe withUnsafeBytes(of: characters) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
