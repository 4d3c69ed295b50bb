import Postgres

extension Installation {
    /// The identity of the volume that belongs to this database; nil if none was ever made. Changes nothing.
    package func madeVolume() async throws -> String? {
        let identity = try await pool.first(ReadSetting(name: "volume"))
        return try await pool.first(ReadSetting(name: "volume-made")) == identity ? identity : nil
    }
}
