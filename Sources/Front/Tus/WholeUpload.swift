import Content
import Digests
import UploadProtocol
import Uploads

/// Uploads that a single small request brings whole, and that are complete by one statement; see `WholeBody`. Nothing
/// else may be asked of them: no digest, no part of a later upload.
enum WholeUpload {
    /// Of the only chunk file of an upload that nobody knows of yet.
    private static let firstFence: Int64 = 1

    /// One that comes with its creation; nil: create it and stream the body.
    static func create(_ new: NewUpload, _ plan: AppendPlan, _ exchange: Exchange) async throws -> Finished? {
        guard let length = new.length, plan.expected == length, plan.limit >= length, plan.check == nil,
            plan.whole.all.isEmpty, new.expected.all.isEmpty, new.wanted.isEmpty, new.concat == nil,
            let body = try await WholeBody(exchange, length: length)
        else { return nil }
        let finished = try await body.keep(new.id, file: firstFence) {
            try await exchange.node.uploads.createWhole(new, length: length, as: reservation(new.filename))
        }
        guard let finished else { throw UploadError.notFound }
        return finished
    }

    /// One that was created before and has no bytes yet; nil: claim it and stream the body.
    static func fill(
        _ arrival: Arrivals.Arrival, in place: Place, _ request: AppendRequest, _ exchange: Exchange
    ) async throws -> Finished? {
        let uploads = exchange.node.uploads
        guard request.offset == 0, request.check == nil, request.whole.all.isEmpty,
            let length = request.body.announced, length > 0,
            let upload = try await uploads.find(arrival.upload), upload.isEmpty, upload.length == length,
            request.length == nil || request.length == length,
            let body = try await WholeBody(exchange, length: length)
        else { return nil }
        let file = UploadStore.fileOfItsOwn()
        return try await body.keep(upload.id, file: file) {
            try await uploads.completeAtOnce(
                upload.id, in: place.item.id, owner: place.ownerOfUploads, length: length, file: file,
                as: reservation(upload.filename), for: arrival)
        }
    }

    private static func reservation(_ filename: String) -> ItemReservation {
        let name = ItemName(filename: filename)
        return ItemReservation(stem: name.stem, suffix: name.suffix)
    }
}

extension Upload {
    /// Open, without a writer, and without a byte or a file that ever had one.
    fileprivate var isEmpty: Bool {
        state == .open && dialect == .tus && lease == nil && offset == 0 && chunks.fences.isEmpty && concat == nil
            && !isRemoved && expected.all.isEmpty && wanted.isEmpty
    }
}
