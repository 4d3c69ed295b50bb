import Foundation
import TestSupport

/// The shared object that is preloaded into the processes under test, made from `volume-faults.c` at the start.
struct VolumeInterposer: Sendable {
    let path: String

    /// nil, with the reason, when there is no compiler: then there are no faults of the volume.
    static func make(in folder: TestFolder) async throws -> (interposer: VolumeInterposer?, reason: String) {
        let compilers = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"] + inPath("cc") + inPath("clang")
        guard let compiler = compilers.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            return (nil, "there is no C compiler (cc, clang or gcc)")
        }
        let (source, object) = (folder.path + "/volume-faults.c", folder.path + "/volume-faults.so")
        try Data(PackageResources.volume_faults_c).write(to: URL(fileURLWithPath: source))
        let process = try folder.spawn(
            "cc", compiler, ["-O1", "-shared", "-fPIC", "-o", object, source, "-ldl", "-lpthread"])
        guard try await process.end(within: .seconds(60)) == .exited(0) else {
            throw HarnessError(message: "\(compiler) failed: \(process.log)")
        }
        return (VolumeInterposer(path: object), "")
    }

    private static func inPath(_ name: String) -> [String] {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
    }

    func environment(volume: String, control: VolumeControl) -> [String: String] {
        [
            "LD_PRELOAD": path, "FAULT_VOLUME": volume, "FAULT_CONTROL": control.path,
        ]
    }
}
