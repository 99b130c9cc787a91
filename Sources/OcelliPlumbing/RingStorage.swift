/// A short queue in memory of its own, oldest first. It holds what cannot be copied.
///
/// Unsafe: slots 0..<count are initialised, the others are not; every method keeps that.
@safe struct RingStorage<Element: ~Copyable>: ~Copyable {
  private let slots: UnsafeMutablePointer<Element>
  let capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = capacity
    unsafe slots = .allocate(capacity: capacity)
  }

  deinit {
    unsafe slots.deinitialize(count: count)
    unsafe slots.deallocate()
  }

  var isFull: Bool { count == capacity }

  /// Traps: where it is full.
  mutating func append(_ element: consuming Element) {
    precondition(count < capacity)
    unsafe (slots + count).initialize(to: element)
    count += 1
  }

  /// Takes one out and moves the later ones up: rings hold a handful.
  /// Traps: where there is no such element.
  mutating func remove(at index: Int) -> Element {
    precondition(index >= 0 && index < count)
    let element = unsafe (slots + index).move()
    unsafe (slots + index).moveInitialize(from: slots + index + 1, count: count - index - 1)
    count -= 1
    return element
  }

  /// The place of the oldest that `isWanted`, and how many there are.
  func first(where isWanted: (borrowing Element) -> Bool) -> (index: Int, count: Int)? {
    var found: (index: Int, count: Int)?
    for index in 0..<count where unsafe isWanted(slots[index]) {
      found = (found?.index ?? index, (found?.count ?? 0) + 1)
    }
    return found
  }
}

// It owns its memory alone, and who moves it moves all of it.
extension RingStorage: @unchecked Sendable where Element: Sendable & ~Copyable {}
