// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .treatAllWarnings(as: .error),  // SE-0480
    // Generic code of one module is specialised in the others: a twentieth less processor time.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

extension Target.Dependency {
    static let argumentParser: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras: Self = .product(name: "CryptoExtras", package: "swift-crypto")
    static let httpTypes: Self = .product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbird: Self = .product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore: Self = .product(name: "HummingbirdCore", package: "hummingbird")
    static let lifecycle: Self = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let logging: Self = .product(name: "Logging", package: "swift-log")
    static let metrics: Self = .product(name: "Metrics", package: "swift-metrics")
    static let nio: Self = .product(name: "NIOCore", package: "swift-nio")
    static let nioHPACK: Self = .product(name: "NIOHPACK", package: "swift-nio-http2")
    static let nioHTTP1: Self = .product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTP2: Self = .product(name: "NIOHTTP2", package: "swift-nio-http2")
    static let nioPosix: Self = .product(name: "NIOPosix", package: "swift-nio")
    static let nioHTTPTypes: Self = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioHTTPTypesHTTP1: Self = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
    static let nioHTTPTypesHTTP2: Self = .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras")
    static let nioSSL: Self = .product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioTLS: Self = .product(name: "NIOTLS", package: "swift-nio")
    static let structuredFields: Self = .product(
        name: "RawStructuredFieldValues", package: "swift-http-structured-headers")
    static let subprocess: Self = .product(name: "Subprocess", package: "swift-subprocess")
    static let system: Self = .product(name: "SystemPackage", package: "swift-system")
    static let yams: Self = .product(name: "Yams", package: "Yams")
}

/// The files of schema/, compiled into the executable.
let migrations = ["001_content.sql", "002_uploads.sql", "003_jobs.sql", "004_monitoring.sql"]

/// The files of Sources/Pages/Dashboard/, compiled into the executable.
let dashboard = [
    "api.js", "audit.js", "charts.js", "dashboard.css", "dashboard.html", "dashboard.js", "detail.js", "dialogs.js",
    "elements.js", "figures.js", "format.js", "icon.svg", "keys.js", "live.js", "place.js", "steering.js", "table.js",
    "words.js", "workers.js",
]

func module(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: Target.Dependency...) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name)] + dependencies, swiftSettings: settings)
}

let package = Package(
    name: "tussock",
    products: [.executable(name: "tussock", targets: ["tussock"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-structured-headers", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // From the bottom up. A module imports what stands on its own line, nothing else; the build checks it.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "Schema", path: "schema", resources: migrations.map { .embedInCode($0) }, swiftSettings: settings),
        .target(name: "CChecksums"),
        .target(name: "CFileCalls"),
        .target(  // what browsers load
            name: "Pages", resources: dashboard.map { .embedInCode("Dashboard/\($0)") }, swiftSettings: settings),
        module("Meters", .metrics),  // what is measured, and the means to record it
        module("Postgres", "CLibPQ", "Meters", .lifecycle, .logging),  // async libpq client, pool, listener, migrations
        module("Digests", "CChecksums", .crypto),  // checksums of bytes that pass by; no I/O
        module("UploadProtocol", "Digests", .httpTypes, .structuredFields),  // tus and the HTTP draft as values; no I/O
        module("Chunks", "CFileCalls", .nio),  // bytes on the volume
        module("Content", "Postgres", .crypto, .cryptoExtras),  // folders, files, images, accounts, permissions
        module(
            "Uploads", "UploadProtocol", "Digests", "Postgres", "Meters", .lifecycle, .logging),  // uploads, leases
        module("Monitoring", "Postgres", "Meters", .lifecycle, .logging, .metrics),  // jobs, metrics, logs
        module(
            "Finalizer", "Uploads", "UploadProtocol", "Digests", "Content", "Chunks", "Postgres", "Meters", .lifecycle,
            .logging, .nio),
        module(  // a deployment seen from outside
            "Doctor", "UploadProtocol", .nio, .nioHTTP1, .nioPosix, .nioSSL, .nioTLS),
        module(  // the volume held against the database
            "Inspection", "Finalizer", "Uploads", "UploadProtocol", "Digests", "Chunks", "Postgres"),
        module(
            "Front", "Pages", "Monitoring", "Uploads", "Content", "Chunks", "UploadProtocol", "Digests", "Postgres",
            "Meters",
            .httpTypes, .hummingbird, .hummingbirdCore, .lifecycle, .logging, .nio, .nioHPACK, .nioHTTP1, .nioHTTP2,
            .nioHTTPTypes,
            .nioHTTPTypesHTTP1, .nioHTTPTypesHTTP2, .nioSSL, .nioTLS),
        .executableTarget(
            name: "tussock",
            dependencies: [
                "Doctor", "Front", "Inspection", "Finalizer", "Monitoring", "Uploads", "Content", "Chunks",
                "UploadProtocol", "Postgres",
                "Meters", "Schema", .argumentParser, .httpTypes, .hummingbird, .hummingbirdCore, .lifecycle, .logging,
                .subprocess, .system, .yams,
            ],
            swiftSettings: settings),

        .target(
            name: "TestSupport",
            dependencies: ["Uploads", "UploadProtocol", "Chunks", "Postgres", "Schema", .logging, .nio],
            path: "Tests/TestSupport", swiftSettings: settings),
        tests(of: "Postgres", "TestSupport", .lifecycle, .logging),
        tests(of: "Digests", "CChecksums"),
        tests(of: "UploadProtocol", "Digests", .httpTypes),
        tests(of: "Chunks", "TestSupport", .nio),
        tests(of: "Content", "Uploads", "UploadProtocol", "Postgres", "TestSupport", .logging),
        tests(of: "Uploads", "Finalizer", "UploadProtocol", "Postgres", "TestSupport", .logging),
        tests(of: "Monitoring", "Meters", "Uploads", "UploadProtocol", "Postgres", "TestSupport", .logging, .metrics),
        tests(
            of: "Finalizer", "Monitoring", "Uploads", "UploadProtocol", "Digests", "Content", "Chunks", "Postgres",
            "TestSupport",
            .logging,
            .nio),
        tests(
            of: "Inspection", "Finalizer", "Uploads", "UploadProtocol", "Digests", "Content", "Chunks", "Postgres",
            "TestSupport", .logging, .nio),
        tests(
            of: "Front", "Pages", "TestSupport", "Uploads", "Content", "Chunks", "UploadProtocol", "Postgres",
            .httpTypes,
            .hummingbird,
            .hummingbirdCore, .logging),
        tests(
            of: "Schema", "Finalizer", "Inspection", "Monitoring", "Uploads", "UploadProtocol", "Content", "Postgres",
            "TestSupport", .logging),
        .target(
            name: "FaultHarness", dependencies: ["TestSupport", "Postgres", .logging], path: "Tests/FaultHarness",
            resources: [.embedInCode("Volume/volume-faults.c")], swiftSettings: settings),
        .executableTarget(
            name: "tussock-faults", dependencies: ["FaultHarness", "TestSupport", "tussock", .argumentParser],
            path: "Tests/tussock-faults", swiftSettings: settings),
        .target(
            name: "Fuzzing",
            dependencies: [
                "Front", "Content", "Digests", "Monitoring", "UploadProtocol", "Postgres", "TestSupport", .httpTypes,
            ],
            path: "Tests/Fuzzing", swiftSettings: settings),
        .executableTarget(
            name: "tussock-fuzz", dependencies: ["Fuzzing", .argumentParser], path: "Tests/tussock-fuzz",
            swiftSettings: settings),
        .testTarget(
            name: "FuzzTests", dependencies: ["Fuzzing", "Front", "TestSupport", "tussock"], swiftSettings: settings),
        .target(
            name: "Benchmarks", dependencies: ["FaultHarness", "TestSupport"], path: "Tests/Benchmarks",
            swiftSettings: settings),
        .executableTarget(
            name: "tussock-bench", dependencies: ["Benchmarks", "tussock", .argumentParser],
            path: "Tests/tussock-bench", swiftSettings: settings),
        .testTarget(
            name: "ClusterTests",
            dependencies: ["Digests", "Doctor", "FaultHarness", "Pages", "TestSupport", "tussock"],
            swiftSettings: settings),
        .testTarget(name: "ConformanceTests", swiftSettings: settings),  // the specifications, row by row
        .testTarget(name: "TidyTests", swiftSettings: settings),  // house rules as tests
    ]
)
