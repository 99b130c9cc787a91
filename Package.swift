// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors where CI is set; a newer compiler's new warning must not stop a user's build.
let strict = Context.environment["CI"] != nil

let swiftSettings: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
  ] + (strict ? [.treatAllWarnings(as: .error)] : [])

// C is optimised in every configuration: an unoptimised kernel is of no use even in a test.
let cSettings: [CSetting] = [
  .unsafeFlags(["-std=gnu2x", "-O3", "-Wall", "-Wextra"] + (strict ? ["-Werror"] : []))
]

/// A Swift target of the house: its imports are exactly `imports` (docs/architecture.md).
func room(
  _ name: String, _ imports: [Target.Dependency] = [], excluding files: [String] = []
) -> Target {
  .target(name: name, dependencies: imports, exclude: files, swiftSettings: swiftSettings)
}

/// A C target of the house. `embedded`: files that the C sources take in with `#embed`.
func cRoom(
  _ name: String, embedded: [String] = [], linking: [LinkerSetting] = []
) -> Target {
  .target(name: name, exclude: embedded, cSettings: cSettings, linkerSettings: linking)
}

func tests(_ name: String, _ imports: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: imports, swiftSettings: swiftSettings)
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "ocelli",
  products: [.executable(name: "ocelli", targets: ["ocelli"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // C
    cRoom("COcelliKernels", linking: [.linkedLibrary("dl"), .linkedLibrary("pthread")]),
    cRoom("COcelliSystem"),
    cRoom("COcelliCurl", linking: [.linkedLibrary("dl"), .linkedLibrary("pthread")]),
    cRoom("CBuiltInModel", embedded: ["ocelli_draft_384x224_int8.onnx"]),
    cRoom("CKnownModels"),
    .systemLibrary(
      name: "COcelliFFmpeg", pkgConfig: "libavformat libavcodec libswscale libavutil",
      providers: [
        .apt(["libavformat-dev", "libavcodec-dev", "libswscale-dev", "libavutil-dev"])
      ]),

    // Values and machinery
    room("OcelliVocabulary"),
    room("OcelliPlumbing", ["OcelliVocabulary", "COcelliSystem", system]),

    // Engine
    room("OcelliTensor"),
    room("OcelliKernels", ["COcelliKernels", "OcelliTensor"]),
    room("OcelliGraph", ["OcelliTensor"]),
    room(
      "OcelliONNX", ["OcelliGraph", "OcelliTensor", protobuf],
      excluding: ["Protobuf/onnx.proto"]),
    room("OcelliReference", ["OcelliGraph", "OcelliKernels", "OcelliTensor"]),
    room("OcelliLowering", ["OcelliGraph", "OcelliKernels", "OcelliTensor"]),
    room(
      "OcelliEngine",
      [
        "OcelliLowering", "OcelliReference", "OcelliPlumbing", "OcelliGraph", "OcelliKernels",
        "OcelliTensor",
      ]),

    // Picture and media
    room("OcelliPicture", ["COcelliKernels", "OcelliKernels", "OcelliVocabulary"]),
    room(
      "OcelliMedia",
      ["COcelliFFmpeg", "OcelliPicture", "OcelliPlumbing", "OcelliVocabulary"]),

    // What is seen
    room(
      "OcelliVision",
      [
        "OcelliONNX", "OcelliEngine", "OcelliGraph", "OcelliTensor", "OcelliPicture",
        "OcelliVocabulary",
      ]),
    room("BuiltInModel", ["CBuiltInModel"]),
    room(
      "OcelliQuantize",
      [
        "OcelliONNX", "OcelliEngine", "OcelliGraph", "OcelliTensor", "OcelliMedia",
        "OcelliPicture", "OcelliVision", "OcelliVocabulary",
      ]),

    // Out
    room("OcelliEvents", ["OcelliVocabulary"]),
    room("OcelliSinks", ["OcelliEvents", "OcelliPlumbing", "OcelliVocabulary", system]),

    // Assembly
    room(
      "OcelliPipeline",
      [
        "OcelliMedia", "OcelliPicture", "OcelliVision", "OcelliSinks", "OcelliEvents",
        "OcelliPlumbing", "OcelliVocabulary", logging,
      ]),
    room(
      "OcelliConfig",
      [
        "OcelliPipeline", "OcelliSinks", "OcelliVision", "OcelliMedia", "OcelliVocabulary",
        "CKnownModels", yams,
      ]),
    room(
      "OcelliTools",
      [
        "OcelliPipeline", "OcelliQuantize", "OcelliVision", "OcelliEngine", "OcelliONNX",
        "OcelliReference", "OcelliLowering",
        "OcelliGraph", "OcelliTensor", "OcelliKernels", "OcelliMedia", "OcelliPicture",
        "OcelliEvents", "OcelliSinks", "OcelliPlumbing", "OcelliVocabulary", "BuiltInModel",
        "COcelliCurl",
      ]),
    room(
      "OcelliService",
      [
        "OcelliConfig", "OcelliPipeline", "OcelliVision", "OcelliMedia", "OcelliSinks",
        "OcelliEvents", "OcelliPlumbing", "OcelliVocabulary", "OcelliEngine", "BuiltInModel",
        logging,
      ]),
    .executableTarget(
      name: "ocelli",
      dependencies: [
        "OcelliService", "OcelliTools", "OcelliConfig", "OcelliPipeline", "OcelliQuantize",
        "OcelliVision", "OcelliMedia", "OcelliSinks", "OcelliEvents", "OcelliPlumbing",
        "OcelliVocabulary",
        argumentParser, logging,
      ],
      swiftSettings: swiftSettings),

    // Tests mirror the targets.
    tests("OcelliVocabularyTests", ["OcelliVocabulary"]),
    tests("OcelliPlumbingTests", ["OcelliPlumbing", system]),
    tests("OcelliGraphTests", ["OcelliGraph", "OcelliTensor"]),
    tests(
      "OcelliONNXTests",
      ["OcelliONNX", "OcelliReference", "OcelliGraph", "OcelliTensor", protobuf]),
    tests("OcelliReferenceTests", ["OcelliReference", "OcelliGraph", "OcelliTensor"]),
    tests(
      "OcelliEngineTests",
      [
        "OcelliEngine", "OcelliLowering", "OcelliReference", "OcelliONNX", "OcelliGraph",
        "OcelliKernels", "OcelliTensor", "COcelliKernels", protobuf,
      ]),
    tests("OcelliPictureTests", ["OcelliPicture", "OcelliVocabulary"]),
    tests(
      "OcelliMediaTests", ["OcelliMedia", "OcelliPicture", "OcelliPlumbing", "OcelliVocabulary"]),
    tests(
      "OcelliVisionTests",
      [
        "OcelliVision", "OcelliONNX", "OcelliEngine", "OcelliGraph", "OcelliTensor",
        "OcelliPicture", "OcelliVocabulary", "BuiltInModel",
      ]),
    tests(
      "OcelliQuantizeTests",
      [
        "OcelliQuantize", "OcelliONNX", "OcelliEngine", "OcelliGraph", "OcelliTensor",
        "OcelliMedia", "OcelliVision", "OcelliVocabulary", protobuf,
      ]),
    tests("OcelliEventsTests", ["OcelliEvents", "OcelliVocabulary"]),
    tests(
      "OcelliSinksTests", ["OcelliSinks", "OcelliEvents", "OcelliPlumbing", "OcelliVocabulary"]),
    tests(
      "OcelliPipelineTests",
      [
        "OcelliPipeline", "OcelliMedia", "OcelliVision", "OcelliSinks", "OcelliEvents",
        "OcelliPicture", "OcelliPlumbing", "OcelliVocabulary",
      ]),
    tests(
      "OcelliConfigTests",
      ["OcelliConfig", "OcelliPipeline", "OcelliSinks", "OcelliTensor", "OcelliVision"]),
    tests(
      "OcelliToolsTests",
      ["OcelliTools", "OcelliEvents", "OcelliKernels", "OcelliLowering", "OcelliTensor"]),
    tests("OcelliCommandTests", ["ocelli", "OcelliEvents", "OcelliTools", "OcelliVision"]),
    tests("OcelliServiceTests", ["OcelliService", "OcelliEvents", "OcelliPlumbing", logging]),
    tests("HouseTests", []),
  ]
)

// `make fuzz` alone builds these; everybody else's build does not know of them.
if Context.environment["OCELLI_FUZZ"] != nil {
  for (name, imports) in [
    ("Importer", ["OcelliGraph", "OcelliONNX"]),
    (
      "Engine",
      ["OcelliEngine", "OcelliGraph", "OcelliLowering", "OcelliONNX", "OcelliTensor"]
    ),
  ] {
    let product = "fuzz-\(name.lowercased())"
    package.targets.append(
      .executableTarget(
        name: product,
        dependencies: imports.map { .init(stringLiteral: $0) }
          + (name == "Engine" ? [protobuf] : []),
        path: "Tests/Fuzzing/\(name)", swiftSettings: swiftSettings))
    package.products.append(.executable(name: product, targets: [product]))
  }
}
