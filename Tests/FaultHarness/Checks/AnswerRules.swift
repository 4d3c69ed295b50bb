import Foundation
import TestSupport

/// What API.md and DESIGN.md allow one answer to say. Each check gives what is wrong, or nil.
struct AnswerRules: Sendable {
    let promises: Promises
    let members: [Member]
    /// What was promised before the request was sent: answers to requests that overlap may come in any order.
    let before: Promises.State
    /// No faults any more, and time enough has passed since.
    let isCalm: Bool
    /// The volume may have been told to be full.
    let mayBeFull: Bool
    /// Whether nobody else acted on the upload when the request was sent; see `Promises.isAlone`.
    let wasAlone: Bool
    /// Whether nobody else could move the offset then; see `Promises.isOffsetSettled`.
    let wasSettled: Bool

    private var isAlone: Bool { wasAlone && promises.isAlone(members) }

    // MARK: Every answer

    /// nil: the status is one of those that trouble may cause, and nothing is wrong.
    private func trouble(_ answer: Answer) -> String? {
        switch answer.status {
        case 503 where isCalm: "503 although nothing is wrong any more"
        case 503: answer["Retry-After"] == nil ? "503 without Retry-After" : nil
        case 507 where !mayBeFull || isCalm: "507 although the volume was never full"
        case 507: nil
        case 410 where before.deletion != .none || promises.now.deletion != .none: nil
        default: "status \(answer.status)"
        }
    }

    private func offset(_ answer: Answer) -> String? {
        guard let offset = answer.offset else { return "no Upload-Offset" }
        if offset < before.acknowledged {
            return "an acknowledged offset fell: \(offset) after \(before.acknowledged)"
        }
        if offset > promises.now.sent { return "offset \(offset), but only \(promises.now.sent) bytes were sent" }
        return nil
    }

    private func location(_ answer: Answer) -> String? {
        guard let location = answer.location else {
            return promises.now.isItemDeleted ? nil : "complete, but no Location of the item"
        }
        if let known = before.item, known != location { return "the item's Location changed from \(known)" }
        return nil
    }

    // MARK: By method

    func head(_ answer: Answer) -> String? {
        guard answer.status == 200 else { return trouble(answer) }
        if before.deletion == .done { return "200 after the DELETE was acknowledged" }
        if let wrong = offset(answer) { return wrong }
        if answer["Upload-Length"] != "\(promises.length)" { return "Upload-Length \(answer["Upload-Length"] ?? "-")" }
        if answer["Upload-Metadata"] != promises.metadata { return "Upload-Metadata differs" }
        if answer.offset == promises.length { return location(answer) }
        return answer.location == nil ? nil : "Location although the upload is not complete"
    }

    func patch(_ answer: Answer, at start: Int64, to end: Int64, isWhole: Bool) -> String? {
        switch answer.status {
        case 204:
            if before.deletion == .done { return "204 after the DELETE was acknowledged" }
            if let wrong = offset(answer) { return wrong }
            if answer.offset != end { return "204 with offset \(answer.offset ?? -1) instead of \(end)" }
            return end == promises.length ? location(answer) : nil
        case 409:
            if let wrong = offset(answer) { return wrong }
            return wasSettled && start == before.acknowledged ? "409 to the only client, which knew the offset" : nil
        case 400 where !isWhole: return nil
        default: return trouble(answer)
        }
    }

    func create(_ answer: Answer, bytes: Int64?, isWhole: Bool) -> String? {
        switch answer.status {
        case 201:
            if answer.location == nil { return "201 without Location" }
            if let bytes, answer.offset != bytes { return "201 with offset \(answer.offset ?? -1) instead of \(bytes)" }
            if bytes == promises.length || promises.length == 0, answer["Link"] == nil {
                return "complete at its creation, but no Link to the item"
            }
            return nil
        case 400 where !isWhole: return nil
        default: return trouble(answer)
        }
    }

    func delete(_ answer: Answer) -> String? {
        answer.status == 204 ? nil : trouble(answer)
    }

    func item(_ answer: Answer) -> String? {
        switch answer.status {
        case 200, 202: nil
        case 404 where promises.now.isItemDeleted: nil
        case 404, 410: "the item that Location named is not there (\(answer.status))"
        default: trouble(answer)
        }
    }

    /// - Parameter mayGiveWay: the request's client may have been gone before its claim.
    func lost(_ reason: String, _ loss: Reply.Loss, mayGiveWay: Bool) -> String? {
        guard isCalm, isAlone else { return nil }
        switch loss {
        case .refused: return "a connection is refused although nothing is wrong any more: \(reason)"
        case .endedByServer:
            return mayGiveWay ? nil : "the server ended the connection although nothing is wrong any more"
        case .leftClaimed: return nil
        case .givenUp: return reason.contains("timedOut") ? "a request hangs: no answer in \(Requester.patience)" : nil
        }
    }
}
