// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target: warnings are errors, in the Swift 6 language mode.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// Settings of the simulator: no checks of exclusive access in release builds.
///
/// A simulation is one thread's, and looking at every access to its state for another one under way
/// takes a tenth of its time. Debug builds, and so the tests, do check.
let singleThreaded: [SwiftSetting] =
    strict + [
        .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
    ]

let package = Package(
    name: "dyna",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "Primitives", swiftSettings: strict),
        .target(name: "Ring", dependencies: ["Primitives"], swiftSettings: strict),
        .target(name: "Causality", dependencies: ["Primitives"], swiftSettings: strict),
        .target(name: "Replica", dependencies: ["Ring", "Causality"], swiftSettings: strict),
        .target(
            name: "Quorum", dependencies: ["Ring", "Causality", "Replica"], swiftSettings: strict),
        .target(
            name: "AntiEntropy", dependencies: ["Ring", "Replica"], swiftSettings: strict),
        .target(name: "Membership", dependencies: ["Ring"], swiftSettings: strict),
        .target(
            name: "Wire", dependencies: ["Ring", "Causality", "Replica", "Quorum", "Membership"],
            swiftSettings: strict),
        .target(name: "RESP", dependencies: ["Primitives"], swiftSettings: strict),
        .target(name: "Staleness", dependencies: ["Primitives"], swiftSettings: strict),
        .target(
            name: "Node",
            dependencies: [
                "Ring", "Causality", "Replica", "Quorum", "AntiEntropy", "Membership", "Wire",
                "Staleness",
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: strict),
        .target(
            name: "Commands", dependencies: ["RESP", "Causality", "Replica", "Quorum"],
            swiftSettings: strict),
        .target(
            name: "Transport",
            dependencies: [
                "Wire", "RESP", "Commands", "Quorum", "Replica", "Ring",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "Server",
            dependencies: [
                "Node", "Store", "Transport", "Commands", "Membership",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .systemLibrary(name: "CSQLite"),
        .target(
            name: "Store",
            dependencies: ["Replica", "AntiEntropy", "Membership", "Ring", "Causality", "CSQLite"],
            swiftSettings: strict),
        .target(
            name: "DynaClient",
            dependencies: [
                "RESP", "Primitives",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "dynactl",
            dependencies: [
                "Server", "DynaClient", "Primitives", "SimulateCommand", "Staleness",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "SimulatedDisk", dependencies: ["CSQLite", "Primitives"],
            path: "Simulations/SimulatedDisk", swiftSettings: strict),
        .target(
            name: "Simulator",
            dependencies: [
                "SimulatedDisk", "Node", "Wire", "Store", "Commands", "RESP", "Quorum", "Replica",
                "AntiEntropy", "Causality", "Membership", "Ring", "Staleness", "Primitives",
            ],
            path: "Simulations/Simulator", swiftSettings: singleThreaded),
        .target(
            name: "Scenarios", dependencies: ["Simulator"], path: "Simulations/Scenarios",
            resources: [.embedInCode("Plans")], swiftSettings: strict),
        .target(
            name: "SimulateCommand",
            dependencies: [
                "Simulator", "Scenarios", "Primitives",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Simulations/SimulateCommand", swiftSettings: strict),
        .executableTarget(
            name: "simulate",
            dependencies: [
                "SimulateCommand", "Simulator",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Simulations/simulate", swiftSettings: strict),
        .testTarget(
            name: "SimulatedDiskTests",
            dependencies: [
                "SimulatedDisk", "Store", "Replica", "Causality", "Primitives", "CSQLite",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SimulateCommandTests", dependencies: ["SimulateCommand", "Simulator"],
            swiftSettings: strict),
        .testTarget(
            name: "SimulatorTests",
            dependencies: [
                "Simulator", "Scenarios", "Node", "Wire", "Replica", "AntiEntropy", "Causality",
                "Membership", "Ring", "Primitives",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DynaClientTests",
            dependencies: [
                "DynaClient", "RESP", "Primitives",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CausalityTests", dependencies: ["Causality"], swiftSettings: strict),
        .executableTarget(
            name: "StoreCrashWriter",
            dependencies: ["Store", "Replica", "Causality", "Primitives"],
            path: "Tests/StoreCrashWriter", swiftSettings: strict),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "Store", "StoreCrashWriter", "AntiEntropy", "Membership", "Replica", "Ring",
                "Causality", "Primitives", "CSQLite",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "NodeTests",
            dependencies: [
                "Node", "Wire", "Quorum", "Replica", "Membership", "Causality", "Ring",
                "Staleness",
            ],
            swiftSettings: strict),
        .testTarget(name: "EndToEndTests", swiftSettings: strict),
        .testTarget(
            name: "QuorumTests", dependencies: ["Quorum", "Replica", "Causality", "Ring"],
            swiftSettings: strict),
        .testTarget(
            name: "MembershipTests", dependencies: ["Membership", "Ring"], swiftSettings: strict),
        .testTarget(
            name: "CommandsTests",
            dependencies: ["Commands", "RESP", "Quorum", "Replica", "Causality", "Ring"],
            swiftSettings: strict),
        .testTarget(
            name: "ReplicaTests", dependencies: ["Replica", "Causality", "Ring"],
            swiftSettings: strict),
        .testTarget(
            name: "WireTests",
            dependencies: ["Wire", "Quorum", "Replica", "Causality", "Ring"],
            swiftSettings: strict),
        .testTarget(
            name: "AntiEntropyTests", dependencies: ["AntiEntropy", "Replica", "Ring"],
            swiftSettings: strict),
        .testTarget(name: "RingTests", dependencies: ["Ring"], swiftSettings: strict),
        .testTarget(
            name: "RESPTests", dependencies: ["RESP", "Primitives"], swiftSettings: strict),
        .testTarget(
            name: "StalenessTests", dependencies: ["Staleness", "Primitives"],
            swiftSettings: strict),
        .testTarget(
            name: "PrimitivesTests", dependencies: ["Primitives"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
