// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target: warnings are errors, in the Swift 6 language mode.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "dyna",
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
    ],
    targets: [
        .target(name: "Primitives", swiftSettings: strict),
        .target(name: "Ring", dependencies: ["Primitives"], swiftSettings: strict),
        .target(name: "Causality", dependencies: ["Primitives"], swiftSettings: strict),
        .target(name: "Replica", dependencies: ["Ring", "Causality"], swiftSettings: strict),
        .target(
            name: "Quorum", dependencies: ["Ring", "Causality", "Replica"], swiftSettings: strict),
        .target(name: "Membership", dependencies: ["Ring"], swiftSettings: strict),
        .target(
            name: "Wire", dependencies: ["Ring", "Causality", "Replica", "Quorum", "Membership"],
            swiftSettings: strict),
        .testTarget(
            name: "PrimitivesTests", dependencies: ["Primitives"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
