import Foundation
import TestSupport

/// References that are programs of their own.
extension Stage {
    /// As many bytes to the same disk, made durable at the end.
    func dd(_ work: String, mebibytes: Int) async throws -> Figure {
        let begin = ContinuousClock.now
        let ending = try await cluster.folder.run(
            "dd", "/bin/dd",
            ["if=/dev/zero", "of=\(cluster.folder.path)/dd", "bs=1M", "count=\(mebibytes)", "conv=fdatasync"])
        guard ending == .exited(0) else { throw BenchError("dd failed") }
        let seconds = (ContinuousClock.now - begin).seconds
        unlink(cluster.folder.path + "/dd")
        return Figure(
            work: work, system: "dd", durability: durability, rate: Double(mebibytes) / seconds, unit: "MiB/s")
    }

    /// Updates of one row each that the database commits in a second, by 16 clients.
    func pgbench() async throws -> Figure {
        try await cluster.sql("DROP TABLE IF EXISTS bench_row")
        try await cluster.sql(
            "CREATE TABLE bench_row AS SELECT id, 0::bigint AS done FROM generate_series(1, 10000) AS id")
        try await cluster.sql("ALTER TABLE bench_row ADD PRIMARY KEY (id)")
        let script = cluster.folder.path + "/pgbench.sql"
        let text = "\\set id random(1, 10000)\nUPDATE bench_row SET done = done + 1 WHERE id = :id;\n"
        try text.write(toFile: script, atomically: false, encoding: .utf8)
        let process = try cluster.folder.spawn(
            "pgbench", try cluster.databaseProgram("pgbench"),
            [
                "-n", "-M", "prepared", "-c", "16", "-j", "1", "-T", "\(max(1, Int(options.seconds)))", "-f", script,
                cluster.database,
            ])
        guard try await process.end() == .exited(0) else { throw BenchError("pgbench: \(process.log)") }
        let line = process.output.split(separator: "\n").first { $0.hasPrefix("tps = ") }
        guard let rate = line?.split(separator: " ").dropFirst(2).first.flatMap({ Double($0) }) else {
            throw BenchError("pgbench said: \(process.output)")
        }
        try await cluster.sql("DROP TABLE bench_row")
        return Figure(work: "one-row updates", system: "pgbench", durability: durability, rate: rate, unit: "1/s")
    }
}
