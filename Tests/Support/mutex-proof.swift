// Is what ThreadSanitizer tells of Swift's Mutex true? Two threads add to a counter behind a Mutex.
// With an argument they write beside it too, where nothing guards: a race that must be told.
// scripts/sanitize runs this before the tests.

import Glibc
import Synchronization

final class Shared: @unchecked Sendable {
  let guarded = Mutex([0])
  var beside = 0
}

let shared = Shared()
let writesBeside = CommandLine.arguments.count > 1

func work(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  for turn in 0..<100_000 {
    shared.guarded.withLock { $0[0] += 1 }
    if writesBeside { shared.beside = turn }
  }
  return nil
}

var threads = [pthread_t](repeating: pthread_t(), count: 2)
for i in threads.indices { pthread_create(&threads[i], nil, work, nil) }
for thread in threads { pthread_join(thread, nil) }
let count = shared.guarded.withLock { $0[0] }
print("counted \(count) of 200000")
exit(count == 200_000 ? 0 : 1)
