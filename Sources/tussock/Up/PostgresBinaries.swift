import Foundation

/// Where PostgreSQL's programs are on this machine.
struct PostgresBinaries: Sendable {
    /// The folder with `initdb` and `postgres`.
    let folder: String
    /// The major version, such as 15.
    let version: Int

    /// Looks in Debian's places, the newest first, then on PATH.
    /// - Parameter needed: the version that made the data, which alone can go on with it.
    static func find(version needed: Int?) throws -> PostgresBinaries {
        let all = debian() + path()
        guard !all.isEmpty else {
            throw Settings.Mistake(
                description: "PostgreSQL's programs were not found in /usr/lib/postgresql/*/bin nor on PATH; "
                    + "on Debian or Ubuntu: apt-get install postgresql")
        }
        guard let needed else { return all[0] }
        guard let match = all.first(where: { $0.version == needed }) else {
            let versions = all.map { "\($0.version)" }.joined(separator: ", ")
            throw Settings.Mistake(
                description:
                    "the folder's database was made by PostgreSQL \(needed), but only \(versions) is installed; "
                    + "install postgresql-\(needed), or name another folder with --data")
        }
        return match
    }

    private static func debian() -> [PostgresBinaries] {
        let root = "/usr/lib/postgresql"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return names.compactMap(Int.init).sorted(by: >).compactMap { version in
            let folder = "\(root)/\(version)/bin"
            return isComplete(folder) ? PostgresBinaries(folder: folder, version: version) : nil
        }
    }

    private static func path() -> [PostgresBinaries] {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return folders.filter(isComplete).compactMap { folder in
            version(of: folder + "/postgres").map { PostgresBinaries(folder: folder, version: $0) }
        }
    }

    private static func isComplete(_ folder: String) -> Bool {
        ["initdb", "postgres"].allSatisfy { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
    }

    /// From `postgres (PostgreSQL) 15.18 …`.
    private static func version(of program: String) -> Int? {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--version"]
        process.standardOutput = output
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let number = text.split(separator: " ").dropFirst(2).first
        return number.flatMap { Int($0.prefix { $0.isNumber }) }
    }
}
