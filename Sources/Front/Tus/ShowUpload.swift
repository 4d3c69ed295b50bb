import Content
import Foundation
import HTTPTypes
import Hummingbird
import Monitoring
import UploadProtocol
import Uploads

/// GET: an upload as JSON, for people and for progress pages. Takes no lock and disturbs no writer.
struct ShowUpload: Sendable {
    let exchange: Exchange
    let id: UploadID

    init(_ exchange: Exchange, _ id: UploadID) {
        self.exchange = exchange
        self.id = id
    }

    func answer() async throws -> Response {
        let place = try await Place.ofUploads(exchange)
        guard let upload = try await exchange.node.uploads.find(id) else { throw UploadError.notFound }
        try place.check(upload)
        let finished = try await Finished(upload, exchange)
        let job = try await exchange.node.jobs.job(of: id.uuid)
        let parts = upload.isFinal ? try await exchange.node.uploads.parts(of: id) : []
        var fields: HTTPFields = [.cacheControl: "no-store"]
        if upload.dialect == .tus { fields[.tusResumable] = Tus.version }
        return ErrorResponses.json(.ok, describe(upload, parts, finished, job), fields)
    }

    private func describe(
        _ upload: Upload, _ parts: [Upload], _ finished: Finished?, _ job: JobStatus?
    ) -> JSONValue {
        .object([
            "@id": .string(exchange.uploadURL(upload.id, name: exchange.route.uploadName)),
            "id": .string(upload.id.description),
            "state": .string(upload.state.rawValue),
            "offset": .number(upload.offset),
            "length": upload.length.map { .number($0) } ?? .null,
            "metadata": .object([
                "filename": .string(upload.filename), "content-type": .string(upload.contentType),
                "@type": .string(upload.kind),
            ]),
            "concat": upload.concat == nil ? .null : .string(upload.isFinal ? "final" : "partial"),
            "parts": upload.isFinal ? .array(describe(parts, of: upload)) : .null,
            "expires": finished == nil ? .string(PloneDate.format(upload.expires)) : .null,
            "job": job.map(JobJSON.summary) ?? .null,
            "item": .optional(finished?.url),
            "reason": .optional(upload.reason),
        ])
    }

    /// The parts in their order, under the URLs that the client gave them; `is_awaited` tells what is missing.
    private func describe(_ parts: [Upload], of final: Upload) -> [JSONValue] {
        let urls = final.concat.flatMap { UploadConcat($0) }?.parts ?? []
        return parts.enumerated().map { index, part in
            .object([
                // Rows of parts are forgotten after a while: then nothing tells which URL was whose.
                "url": .optional(urls.count == parts.count ? urls[index] : nil),
                "id": .string(part.id.description),
                "state": .string(part.state.rawValue),
                "offset": .number(part.offset),
                "length": part.length.map { .number($0) } ?? .null,
                "is_awaited": .bool(final.isWaitingForParts && part.state == .open),
            ])
        }
    }
}

extension Route {
    /// The name that uploads have in the URL of this request.
    var uploadName: String {
        if case .upload(let name, _) = endpoint { name } else { "@upload" }
    }
}

extension UploadID {
    /// The same 128 bits.
    var uuid: UUID {
        var bytes = [UInt8]()
        var digits = description.utf8.makeIterator()
        while let high = digits.next(), let low = digits.next() {
            bytes.append(Self.value(high) << 4 | Self.value(low))
        }
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    private static func value(_ digit: UInt8) -> UInt8 {
        digit >= UInt8(ascii: "a") ? digit - UInt8(ascii: "a") + 10 : digit - UInt8(ascii: "0")
    }
}
