import UploadProtocol
import Uploads

/// What one user may have unfinished: so many uploads, so many bytes. Refusals are 413.
///
/// An upload counts with the length that it announced; one whose length is deferred counts with the bytes that it has,
/// and may have no more than the quota leaves.
struct Quota: Sendable {
    private let node: FrontNode

    init(_ node: FrontNode) {
        self.node = node
    }

    /// Throws when there is no room for one more upload, or for the length that it announces.
    func check(_ new: NewUpload) async throws {
        let settings = node.settings
        guard settings.quotaBytes != nil || settings.quotaUploads != nil else { return }
        let used = try await node.uploads.unfinished(of: new.owner)
        if let most = settings.quotaUploads, used.uploads >= most {
            throw TusError.quota("\(used.uploads) uploads are unfinished; \(most) may be")
        }
        if let most = settings.quotaBytes, new.length ?? 0 > most - used.bytes {
            throw TusError.quota("\(used.bytes) bytes of unfinished uploads and these are more than \(most)")
        }
    }

    /// The first bytes of a new upload, no more than the quota leaves.
    func limit(_ plan: AppendPlan, of new: NewUpload) async throws -> AppendPlan {
        new.length == nil ? try await limit(plan, owner: new.owner) : plan
    }

    /// The next bytes of an upload, no more than the quota leaves if its length was not known before.
    func limit(_ plan: AppendPlan, of claim: Claim) async throws -> AppendPlan {
        claim.length == nil ? try await limit(plan, owner: claim.owner) : plan
    }

    private func limit(_ plan: AppendPlan, owner: String) async throws -> AppendPlan {
        guard let most = node.settings.quotaBytes else { return plan }
        let left = max(0, most - (try await node.uploads.unfinished(of: owner).bytes))
        let wanted = plan.newLength.map { $0 - plan.offset } ?? plan.expected ?? 0
        guard wanted <= left else {
            throw TusError.quota("\(wanted) more bytes of unfinished uploads are more than \(most) in all")
        }
        var plan = plan
        plan.limit = min(plan.limit, left)
        return plan
    }
}
