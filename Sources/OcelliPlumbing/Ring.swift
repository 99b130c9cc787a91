/// A bounded queue between one thread that makes and one that takes (any number is correct).
package final class Ring<Element: ~Copyable & Sendable>: Sendable {
  /// What happens when it is full.
  package enum Policy: Sendable, Equatable {
    /// The oldest goes, and the one who pushed gets it back to count it. Pushing never waits.
    case newest(capacity: Int)
    /// Pushing waits for room.
    case lossless(capacity: Int)
  }

  /// What became of a push. Nothing is lost silently: what does not stay comes back.
  package enum PushResult: ~Copyable, Sendable {
    case accepted
    /// It was accepted, and this older one had to go.
    case displaced(Element)
    /// The ring is closed; the element that was pushed.
    case closed(Element)
  }

  private struct State: ~Copyable, Sendable {
    var storage: RingStorage<Element>
    var isClosed = false
  }

  /// Elements that may not be dropped have this much room of their own in a `newest` ring.
  private static var reserve: Int { 64 }

  package let policy: Policy
  private let monitor: Monitor<State>
  private let signal: Signal?
  private let isDroppable: @Sendable (borrowing Element) -> Bool

  /// Traps: a capacity below 1.
  /// - `signal` is raised at every push and at `close`, for a taker that watches several rings.
  /// - `isDroppable` exempts elements from `newest`: they neither count nor go, unless over 64 of
  ///   them pile up.
  package init(
    _ policy: Policy, signal: Signal? = nil,
    isDroppable: @escaping @Sendable (borrowing Element) -> Bool = { _ in true }
  ) {
    self.policy = policy
    self.signal = signal
    self.isDroppable = isDroppable
    let slots =
      switch policy {
      case .newest(let capacity): capacity + Self.reserve
      case .lossless(let capacity): capacity
      }
    precondition(slots >= 1 && policy != .newest(capacity: 0))
    monitor = Monitor(State(storage: RingStorage(capacity: slots)))
  }

  /// Elements that wait.
  package var count: Int { monitor.withLock { $0.storage.count } }

  /// Puts an element at the end. A `lossless` ring makes the caller wait until there is room or
  /// somebody closes the ring.
  package func push(_ element: consuming Element) -> PushResult {
    var pending: Element? = consume element
    let result = monitor.wait { state -> PushResult? in
      if state.isClosed { return .closed(pending.take()!) }
      guard case .newest(let capacity) = policy else {
        if state.storage.isFull { return nil }
        state.storage.append(pending.take()!)
        return .accepted
      }
      let victim = victim(in: state.storage, for: pending!, capacity: capacity)
      guard let victim else {
        state.storage.append(pending.take()!)
        return .accepted
      }
      let displaced = state.storage.remove(at: victim)
      state.storage.append(pending.take()!)
      return .displaced(displaced)
    }
    signal?.raise()
    return result!
  }

  /// Takes the oldest, if there is one.
  package func take() -> Element? {
    monitor.update { state in
      state.storage.count > 0 ? state.storage.remove(at: 0) : nil
    }
  }

  /// Waits for the oldest; nil once the ring is closed and empty, or at the deadline.
  /// Units: `deadline` on the system's monotonic clock.
  package func pop(until deadline: Deadline = .never) -> Element? {
    let popped = monitor.wait(until: deadline) { state -> Popped? in
      if state.storage.count > 0 { return .element(state.storage.remove(at: 0)) }
      return state.isClosed ? .end : nil
    }
    guard let popped else { return nil }
    switch consume popped {
    case .element(let element): return element
    case .end: return nil
    }
  }

  /// From now on nothing enters; what waits can still be taken.
  package func close() {
    monitor.update { $0.isClosed = true }
    signal?.raise()
  }

  /// Closed and empty: nothing will ever come.
  package var isFinished: Bool {
    monitor.withLock { $0.isClosed && $0.storage.count == 0 }
  }

  private enum Popped: ~Copyable {
    case element(Element)
    case end
  }

  /// Which element a `newest` ring gives up for `newcomer`; nil where there is room.
  private func victim(
    in storage: borrowing RingStorage<Element>, for newcomer: borrowing Element, capacity: Int
  ) -> Int? {
    guard isDroppable(newcomer) else { return storage.isFull ? 0 : nil }
    guard let droppable = storage.first(where: isDroppable) else {
      return storage.isFull ? 0 : nil
    }
    return droppable.count >= capacity || storage.isFull ? droppable.index : nil
  }
}
