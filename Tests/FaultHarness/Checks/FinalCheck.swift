import Foundation
import Postgres
import TestSupport

/// The checks of the whole after everything has been healed: rows against promises, the volume against the rows.
struct FinalCheck: Sendable {
    let context: RunContext
    private var cluster: FaultCluster { context.cluster }

    init(_ context: RunContext) { self.context = context }

    private func broken(_ text: String, _ promises: Promises? = nil) {
        if let promises { return context.violated(text, promises) }
        context.verdict.add(Violation(text: text, trace: []))
    }

    func run() async throws {
        try await settleJobs()
        await settleClaims()
        for text in try await cluster.pool.query(Leftovers()) { broken(text) }
        let ends = try await cluster.pool.query(EndsOfUploads())
        let promises = Dictionary(
            context.all.compactMap { upload in upload.now.url.map { (String($0.suffix(32)), upload) } }
        ) { $1 }
        let known = Set(ends.map(\.id))
        for (id, upload) in promises where !known.contains(id) { broken("the upload has no row", upload) }
        for end in ends { await check(end, promises[end.id]) }
        let attempts = try await cluster.pool.first(JobAttempts()) ?? 0
        let orphans = orphans(ends)
        let fsck = try await cluster.fsck()
        if !fsck.isFine { broken("fsck found something wrong:\n\(fsck.text)") }
        context.tally.count { numbers in
            (numbers.jobAttempts, numbers.orphans) = (attempts, orphans)
            numbers.fsck = fsck.text.split(separator: "\n").joined(separator: "; ")
        }
    }

    /// Nothing is queued, running or retrying any more. Jobs of killed workers wait for the end of their lease.
    private func settleJobs() async throws {
        let deadline = ContinuousClock.now + context.options.settling
        while let left = try await cluster.pool.first(UnsettledJobs()), !left.isEmpty {
            guard ContinuousClock.now < deadline else {
                return broken("jobs that do not end within \(context.options.settling):\n\(left)")
            }
            try await cluster.pool.execute(HastenJobs())
            await Pace.pause(500)
        }
    }

    /// A claim of a killed node stands until somebody asks: HEAD of every upload that may be open. Its offset must not
    /// be behind what was acknowledged.
    private func settleClaims() async {
        let open = (try? await cluster.pool.query(EndsOfUploads()).filter { $0.state == "open" }) ?? []
        for end in open {
            let answer = try? await cluster.client(0).head("\(FaultCluster.contentFolder)/@upload/\(end.id)")
            if answer?.status != 200 || answer?.offset.map({ $0 >= end.offset }) != true {
                broken("HEAD of the open upload \(end.id) at \(end.offset): \(answer.map { "\($0)" } ?? "no answer")")
            }
        }
    }

    private func check(_ end: EndOfUpload, _ promises: Promises?) async {
        guard let content = Self.content(end) else { return broken("upload \(end.id): metadata \(end.metadata)") }
        if let promises { check(end, keeps: promises.now, promises) }
        switch end.state {
        case "finalized": await checkFinished(end, content, promises)
        case "open": checkChunks(end, content, promises)
        case "terminated" where end.item != nil: broken("the terminated upload \(end.id) has an item", promises)
        default: break
        }
    }

    private func check(_ end: EndOfUpload, keeps state: Promises.State, _ promises: Promises) {
        if end.offset < state.acknowledged {
            broken("the row's offset is \(end.offset), acknowledged were \(state.acknowledged)", promises)
        }
        if end.offset > state.sent { broken("offset \(end.offset) of \(state.sent) bytes sent", promises) }
        if state.deletion == .done, end.state == "open" { broken("a deleted upload is open", promises) }
        if state.isItemGone, let name = end.item { broken("the item was deleted, and \(name) is there", promises) }
        if let item = state.item, let name = end.item, item != "\(FaultCluster.contentFolder)/\(name)" {
            broken("the item is \(name), promised was \(item)", promises)
        }
    }

    /// The content that the metadata tells of, also of uploads whose creation was never answered.
    private static func content(_ end: EndOfUpload) -> UploadBytes? {
        let pair = end.metadata.split(separator: ",").first { $0.hasPrefix("harness ") }
        let note = pair.flatMap { Data(base64Encoded: String($0.dropFirst("harness ".count))) }
        let seed = note.map { String(decoding: $0, as: UTF8.self) }?.split(separator: ":").first
        return seed.flatMap { UInt64($0) }.map { UploadBytes(seed: $0) }
    }

    private func checkFinished(_ end: EndOfUpload, _ content: UploadBytes, _ promises: Promises?) async {
        let state = promises?.now
        guard let name = end.item, let blob = end.blob else {
            if state?.isItemDeleted != true { broken("the finished upload \(end.id) has no item", promises) }
            return
        }
        let path = "\(cluster.volume)/blobs/\(blob.prefix(2))/\(blob)"
        if Self.size(path) != end.length { broken("blob \(blob) has \(Self.size(path) ?? -1) bytes", promises) }
        if state?.isVerified == true { return }
        do {
            let data = try await cluster.client(0).download("\(FaultCluster.contentFolder)/\(name)")
            let place = Int64(data.count) == end.length ? content.difference(from: data) : Int64(data.count)
            if let place { return broken("item \(name) differs from byte \(place) on", promises) }
            context.tally.count { $0.verified += 1 }
        } catch {
            broken("item \(name) cannot be downloaded: \(error)", promises)
        }
    }

    /// The committed bytes stand in the chunk files, each where the row says.
    private func checkChunks(_ end: EndOfUpload, _ content: UploadBytes, _ promises: Promises?) {
        for (index, fence) in end.fences.enumerated() {
            let start = end.starts[index]
            let next = index + 1 < end.starts.count ? end.starts[index + 1] : end.offset
            guard next > start else { continue }
            let path = "\(cluster.volume)/uploads/\(end.id.prefix(2))/\(end.id).\(fence)"
            let data = (try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)) ?? Data()
            guard Int64(data.count) >= next - start else {
                broken("\(path) has \(data.count) bytes, committed are \(next - start)", promises)
                continue
            }
            if let place = content.difference(from: data.prefix(Int(next - start)), at: start) {
                broken("byte \(place) of the open upload \(end.id) is wrong in \(path)", promises)
            }
        }
    }

    private func orphans(_ ends: [EndOfUpload]) -> Int {
        let chunks = ends.flatMap { end in end.fences.map { "uploads/\(end.id.prefix(2))/\(end.id).\($0)" } }
        let known = Set(chunks + ends.map { "blobs/\($0.id.prefix(2))/\($0.id)" })
        let files = FileManager.default.enumerator(atPath: cluster.volume)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.split(separator: "/").count == 3 && !known.contains($0) }.count
    }

    private static func size(_ path: String) -> Int64? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.size].flatMap { $0 as? Int }.map(Int64.init)
    }
}
