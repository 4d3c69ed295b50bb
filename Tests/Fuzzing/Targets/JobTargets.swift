import Monitoring

extension FuzzTarget {
    static let jobs: [FuzzTarget] = [
        FuzzTarget(
            "job-query",
            like: ["state=queued,dead&folder=/media/a&owner=ann&older_than=60", "b_size=25&state=done", "b_start=5"]
        ) { text in
            let pairs = text.split(separator: "&").map { pair in
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (name: String(sides[0]), value: sides.count == 2 ? String(sides[1]) : "")
            }
            do {
                let filter = try JobQuery(pairs).filter
                try hold(filter.olderThan ?? 0 >= 0, "an age is not negative")
                let texts = (filter.folder ?? []) + [filter.owner ?? ""]
                try hold(!texts.contains { $0.utf8.contains(0) }, "PostgreSQL can take it")
            } catch let mistake as JobFilter.Mistake {
                try hold(mistake.description.isPrintable, "a message prints: \(mistake)")
                throw mistake
            }
        }
    ]
}
