import Foundation
import TestSupport

/// After the last byte, or instead of it.
extension UploadClient {
    /// DELETE until it is certain that the upload has gone.
    mutating func delete() async {
        promises.change { $0.deletion = .asked }
        while !context.verdict.isOver, ContinuousClock.now - promises.now.lastSuccess < context.options.patience {
            let request = UploadRequest(method: "DELETE", path: promises.now.url ?? "")
            let answer = await exchange(request) { rules in { rules.delete($0) } }
            if answer?.status == 204 || answer?.status == 410 {
                promises.change { $0.deletion = .done }
                context.tally.count { $0.deleted += 1 }
                _ = await askOffset()
                return
            }
            await pause()
        }
    }

    /// The offset is the length: asks again in ways that must not make a second item, and looks at the item.
    mutating func finish() async {
        context.tally.count { numbers in
            numbers.finished += 1
            numbers.bytes += promises.length
        }
        for _ in 0..<(random.weighted([(0, 5.0), (1, 3), (3, 1)]) ?? 0) { await repeatLast() }
        if random.chance(0.5) { _ = await askOffset() }
        if promises.now.item == nil { await learnItem() }
        // The rest is verified at the end. Long ones mostly go, so that a long run does not fill the disk.
        let isLong = promises.length > 1 << 20
        guard random.chance(isLong ? 0.9 : 0.5) else { return }
        guard await isPublished(), await verifyDownload(), random.chance(isLong ? 0.9 : 0.3) else { return }
        await deleteItem()
    }

    private mutating func repeatLast() async {
        let length = promises.length
        let request = UploadRequest(
            method: "PATCH", path: promises.now.url ?? "",
            fields: ["Upload-Offset": "\(length)", "Content-Type": TusClient.offsetStream], body: length..<length)
        _ = await exchange(request) { rules in { rules.patch($0, at: length, to: length, isWhole: true) } }
    }

    private mutating func learnItem() async {
        while promises.now.item == nil, !context.verdict.isOver,
            ContinuousClock.now - promises.now.lastSuccess < context.options.patience
        {
            _ = await askOffset()
        }
    }

    /// Looks a few times; the rest is left to the check at the end.
    private mutating func isPublished() async -> Bool {
        for _ in 0..<3 {
            let request = UploadRequest(method: "GET", path: promises.now.item ?? "")
            let answer = await exchange(request) { rules in { rules.item($0) } }
            if answer?.status == 200 { return true }
            await pause()
        }
        return false
    }

    /// False also when it could not be downloaded now.
    private mutating func verifyDownload() async -> Bool {
        let request = UploadRequest(method: "GET", path: (promises.now.item ?? "") + "/@@download/file")
        let answer = await exchange(request) { rules in { rules.item($0) } }
        guard let answer, answer.status == 200 else { return false }
        guard let wrong = promises.wrong(answer.body) else {
            context.tally.count { $0.verified += 1 }
            promises.change { $0.isVerified = true }
            return true
        }
        context.violated("the download is wrong: \(wrong)", promises)
        return false
    }

    private mutating func deleteItem() async {
        promises.change { $0.isItemDeleted = true }
        let request = UploadRequest(method: "DELETE", path: promises.now.item ?? "")
        let answer = await exchange(request) { rules in { $0.status == 404 ? nil : rules.delete($0) } }
        if answer?.status == 204 || answer?.status == 404 { promises.change { $0.isItemGone = true } }
    }
}

extension Promises {
    /// What is wrong with these bytes as the whole content; nil: nothing.
    func wrong(_ data: Data) -> String? {
        if Int64(data.count) != length { return "\(data.count) bytes instead of \(length)" }
        return bytes.difference(from: data).map { "byte \($0) differs" }
    }
}
