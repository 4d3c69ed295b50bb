import ArgumentParser
import Content
import Foundation
import Front
import Monitoring

/// Uploads and who holds them, straight from the database.
struct Uploads: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at uploads, and end them.",
        discussion: """
            Exit codes: 0, 1 when an upload does not exist or cannot be ended, 64 for a wrong option, 69 when the \
            database is away.
            """,
        subcommands: [List.self, Show.self, Expire.self], defaultSubcommand: List.self)
}

/// The id of an upload, as in its URL.
struct UploadArgument: ExpressibleByArgument {
    let uuid: UUID

    init?(argument: String) {
        var text = argument.filter { $0 != "-" }
        guard text.count == 32 else { return nil }
        for place in [20, 16, 12, 8] {
            text.insert("-", at: text.index(text.startIndex, offsetBy: place))
        }
        guard let uuid = UUID(uuidString: text) else { return nil }
        self.uuid = uuid
    }
}

extension Uploads {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List uploads that still answer, those that expire last first.")

        @Option(help: "open, complete, finalized or failed.")
        var state: String?

        @Option(help: "Of this account.")
        var owner: String?

        @Option(help: "Uploads to show, up to 1000.")
        var limit = 25

        @OptionGroup var reading: ReadingOptions

        func validate() throws {
            guard (1...1000).contains(limit) else {
                throw ValidationError("--limit must be from 1 to 1000")
            }
            guard let state, !UploadReader.states.contains(state) else { return }
            throw ValidationError(
                "--state must be one of: \(UploadReader.states.joined(separator: ", "))")
        }

        func run() async throws {
            try await reading.reading { from in
                let uploads = try await UploadReader(pool: from.pool).list(
                    state: state, owner: owner, limit: limit)
                reading.show([
                    "items": .array(uploads.map(from.json.upload)),
                    "items_total": .number(Int64(uploads.count)),
                ]) {
                    UploadTable.lines(uploads)
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one upload, and who holds it.")

        @Argument(help: "The upload's id, 32 hex digits.")
        var id: UploadArgument

        @OptionGroup var reading: ReadingOptions

        func run() async throws {
            try await reading.reading { from in
                guard let upload = try await UploadReader(pool: from.pool).find(id.uuid) else {
                    Terminal.complain("there is no upload \(id.uuid.hex)")
                    throw ExitCode(1)
                }
                reading.show(from.json.upload(upload)) { UploadTable.details(upload) }
            }
        }
    }

    struct Expire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End uploads now: they answer 410, and the sweeper removes their bytes. Items stay."
        )

        @Argument(help: "Ids of uploads, 32 hex digits each.")
        var ids: [UploadArgument]

        @OptionGroup var reading: ReadingOptions

        func run() async throws {
            try await reading.reading { from in
                var isRefused = false
                var told: [JSONValue] = []
                for id in ids {
                    let refusal = try await UploadReader(pool: from.pool).expire(id.uuid)
                    told.append(["id": .string(id.uuid.hex), "message": .optional(refusal)])
                    guard let refusal else { continue }
                    isRefused = true
                    Terminal.complain("upload \(id.uuid.hex): \(refusal)")
                }
                if reading.json { say(JSONValue.array(told).text) }
                if isRefused { throw ExitCode(1) }
            }
        }
    }
}

enum UploadTable {
    static func lines(_ uploads: [UploadRecord]) -> [String] {
        guard !uploads.isEmpty else { return ["no uploads"] }
        var table = Table(
            .init("ID"), .init("STATE"), .init("DONE", isNumber: true), .init("SIZE", isNumber: true),
            .init("EXPIRES", isNumber: true), .init("FILE", isFlexible: true),
            .init("OWNER", isFlexible: true, isOptional: true),
            .init("HOLDER", isFlexible: true, isOptional: true))
        for upload in uploads {
            let share = upload.length.map { $0 == 0 ? "100%" : "\(upload.offset * 100 / $0)%" } ?? "?"
            table.add(
                upload.id.hex, upload.state, share, upload.length.map(Shown.bytes) ?? "?",
                Shown.seconds(upload.expiresAt.timeIntervalSinceNow), path(upload), upload.owner, upload.holder ?? "")
        }
        return table.lines(width: Terminal.width)
    }

    static func details(_ upload: UploadRecord) -> [String] {
        let facts: [(String, String?)] = [
            ("upload", upload.id.hex), ("state", upload.state + (upload.isRemoved ? ", removed" : "")),
            ("file", path(upload)), ("owner", upload.owner),
            ("bytes", "\(upload.offset) of \(upload.length.map { "\($0)" } ?? "?")"),
            ("created", Shown.time(upload.createdAt)), ("expires", Shown.time(upload.expiresAt)),
            ("holder", upload.holder), ("until", upload.leaseUntil.map(Shown.time)),
            ("job", upload.job.map { "\($0)" }),
            ("reason", upload.reason),
        ]
        return facts.compactMap { name, value in
            value.map { name + String(repeating: " ", count: 10 - name.count) + Table.plain($0) }
        }
    }

    private static func path(_ upload: UploadRecord) -> String {
        guard let folder = upload.folder else { return upload.filename }
        return "/" + (folder + [upload.filename]).joined(separator: "/")
    }
}
