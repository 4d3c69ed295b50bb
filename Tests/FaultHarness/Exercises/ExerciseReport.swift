import TestSupport

/// What came of an exercise.
package struct ExerciseReport: Sendable {
    /// By what was timed.
    package var times: [String: Times] = [:]
    /// By status; 0: the connection was ended for a newer request.
    package var answers: [Int: Int] = [:]
    /// Offsets that were less than what the holder had on the volume: it lost its claim by force.
    package var forced = 0
    /// Bytes of items that were downloaded and compared.
    package var bytesChecked: Int64 = 0
    /// Promises that were not kept.
    package var violations: [String] = []

    package var summary: String {
        let named = times.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.count), \($0.value.summary)" }
        let statuses = answers.sorted { $0.key < $1.key }.map {
            $0.key == 0 ? "given way \($0.value)" : "\($0.key) \($0.value)"
        }
        return """
            \(named.joined(separator: "\n"))
            answers: \(statuses.joined(separator: ", ")); 423: \(answers[423] ?? 0), 409: \(answers[409] ?? 0)
            claims taken by force from a node that runs: \(forced)
            bytes checked: \(bytesChecked)
            """
    }

    mutating func count(_ answer: Answer) { answers[answer.status, default: 0] += 1 }

    /// The item holds exactly these bytes.
    mutating func check(_ item: String?, holds bytes: UploadBytes, _ length: Int64, _ client: TusClient) async throws {
        guard let item else { return violations.append("a complete upload without an item") }
        let data = try await client.download(item)
        if Int64(data.count) != length { return violations.append("\(item) has \(data.count) of \(length) bytes") }
        if let place = bytes.difference(from: data) { return violations.append("\(item) differs at byte \(place)") }
        bytesChecked += length
    }
}
