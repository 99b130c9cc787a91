/// A dense tensor, row-major, copied on write. Elements are lent as spans, never one by one.
package struct Tensor: Sendable {
  package let type: ElementType
  package let shape: Shape
  private(set) var storage: AlignedBytes

  /// A tensor of zeros. Errors: `.outOfMemory`.
  package init(_ type: ElementType, _ shape: Shape) throws(TensorError) {
    self.type = type
    self.shape = shape
    self.storage = try AlignedBytes(count: shape.count * type.size)
  }

  /// A tensor of the given elements, row-major. Errors: `.byteCount` where their number is not the shape's.
  package init<E: TensorElement>(_ elements: [E], shape: Shape) throws(TensorError) {
    guard elements.count == shape.count else {
      throw .byteCount(
        expected: shape.count * E.elementType.size, found: elements.count * E.elementType.size)
    }
    try self.init(E.elementType, shape)
    unsafe elements.withUnsafeBytes { source in
      if let base = source.baseAddress {
        unsafe storage.pointer.copyMemory(from: base, byteCount: source.count)
      }
    }
  }

  /// A tensor of raw little-endian bytes. Errors: `.byteCount`.
  package init(_ type: ElementType, _ shape: Shape, bytes: borrowing RawSpan) throws(TensorError) {
    guard bytes.byteCount == shape.count * type.size else {
      throw .byteCount(expected: shape.count * type.size, found: bytes.byteCount)
    }
    try self.init(type, shape)
    unsafe bytes.withUnsafeBytes { source in
      if let base = source.baseAddress {
        unsafe storage.pointer.copyMemory(from: base, byteCount: source.count)
      }
    }
  }

  /// A tensor of raw little-endian bytes. Errors: `.byteCount`.
  package init(_ type: ElementType, _ shape: Shape, bytes: [UInt8]) throws(TensorError) {
    try self.init(type, shape, bytes: unsafe bytes.span.bytes)
  }

  /// A scalar.
  package init<E: TensorElement>(scalar: E) throws(TensorError) {
    try self.init([scalar], shape: [])
  }

  package var count: Int { shape.count }
  package var byteCount: Int { storage.count }

  package var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let span = unsafe RawSpan(_unsafeStart: storage.pointer, byteCount: storage.count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The raw little-endian bytes, to be written. Copies first where the storage is shared.
  package var mutableBytes: MutableRawSpan {
    @_lifetime(&self)
    mutating get {
      makeUnique()
      let span = unsafe MutableRawSpan(
        _unsafeStart: storage.pointer, byteCount: storage.count)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  /// The elements. Traps: where `E` is not the tensor's type.
  @_lifetime(borrow self)
  package borrowing func span<E: TensorElement>(of type: E.Type) -> Span<E> {
    precondition(self.type == E.elementType, "elements are \(self.type.rawValue)")
    let span = unsafe Span(
      _unsafeStart: storage.pointer.assumingMemoryBound(to: E.self), count: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// The elements, to be written. Copies first where the storage is shared.
  /// Traps: where `E` is not the tensor's type.
  @_lifetime(&self)
  package mutating func mutableSpan<E: TensorElement>(of type: E.Type) -> MutableSpan<E> {
    precondition(self.type == E.elementType, "elements are \(self.type.rawValue)")
    makeUnique()
    let span = unsafe MutableSpan(
      _unsafeStart: storage.pointer.assumingMemoryBound(to: E.self), count: count)
    return unsafe _overrideLifetime(span, mutating: &self)
  }

  /// The same elements under another shape. Traps: where the counts differ.
  package func reshaped(_ shape: Shape) -> Tensor {
    precondition(shape.count == count)
    return Tensor(type: type, shape: shape, storage: storage)
  }

  /// The elements as an array. Traps: where `E` is not the tensor's type.
  package func array<E: TensorElement>(of type: E.Type = E.self) -> [E] {
    let elements = span(of: E.self)
    return unsafe [E](unsafeUninitializedCapacity: count) { buffer, initialized in
      for i in 0..<elements.count { unsafe buffer.initializeElement(at: i, to: elements[i]) }
      initialized = elements.count
    }
  }

  /// The raw little-endian bytes as an array.
  package func byteArray() -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
      unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(
        from: UnsafeRawBufferPointer(start: storage.pointer, count: byteCount))
      initialized = byteCount
    }
  }

  private init(type: ElementType, shape: Shape, storage: AlignedBytes) {
    self.type = type
    self.shape = shape
    self.storage = storage
  }

  /// Lends the memory to be written. Copies first where it is shared.
  mutating func withMutableBase(_ body: (UnsafeMutableRawPointer) -> Void) {
    makeUnique()
    unsafe body(storage.pointer)
  }

  private mutating func makeUnique() {
    if isKnownUniquelyReferenced(&storage) { return }
    // A copy of what fitted once; if memory is gone now there is no way on.
    guard let copy = try? AlignedBytes(count: storage.count) else {
      preconditionFailure("no memory for \(storage.count) bytes")
    }
    unsafe copy.pointer.copyMemory(from: storage.pointer, byteCount: storage.count)
    storage = copy
  }
}
