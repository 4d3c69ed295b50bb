import HTTPTypes
import Testing
import UploadProtocol

/// Creation, Upload-Defer-Length.
@Suite struct DeferredLengthTests {
    static let open = UploadStatus(length: nil, offset: 70, state: .open)

    private func create(
        _ fields: HTTPFields, body: BodyLength = .none, maximumSize: Int64? = nil
    ) -> Result<CreateRequest, TusError> {
        Result { () throws(TusError) in try CreateRequest(fields, body: body, maximumSize: maximumSize) }
    }

    private func plan(_ fields: HTTPFields, maximumSize: Int64? = nil) -> Result<AppendPlan, TusError> {
        Result { () throws(TusError) in try Self.open.plan(AppendRequest(fields), maximumSize: maximumSize) }
    }

    @Test func aCreationMayTellItsLengthLater() throws {
        let request = try create([.uploadDeferLength: "1"], maximumSize: 5).get()
        #expect(request.length == nil && request.plan == nil)
    }

    @Test(arguments: ["0", "2", "01", "", "true", "1, 1", "1;", "-1", "١"])
    func anyOtherValueThanOneIs400(_ value: String) {
        for fields: HTTPFields in [[.uploadDeferLength: value], [.uploadDeferLength: value, .uploadLength: "1"]] {
            let error = create(fields).failure
            #expect(error?.code == .invalidHeader && error?.message.contains("Upload-Defer-Length") == true)
        }
        let append = refusal { () throws(TusError) in try AppendRequest(patch(.uploadDeferLength, value)) }
        #expect(append?.code == .invalidHeader)
    }

    @Test func bothOrNeitherLengthHeaderIs400() {
        #expect(create([.uploadDeferLength: "1", .uploadLength: "1"]).failure?.code == .invalidHeader)
        #expect(create([:]).failure?.message.contains("Upload-Length") == true)
        let twice = lines([(.uploadDeferLength, "1"), (.uploadDeferLength, "1")])
        #expect(create(twice).failure?.code == .invalidHeader)
        var both = patch(.uploadLength, "100")
        both[.uploadDeferLength] = "1"
        #expect(refusal { () throws(TusError) in try AppendRequest(both) }?.code == .invalidHeader)
    }

    @Test func theFirstBytesMayComeWithTheCreationUpToTheMaximum() throws {
        let fields: HTTPFields = [.uploadDeferLength: "1", .contentType: "application/offset+octet-stream"]
        let unlimited = try create(fields, body: .exactly(5)).get()
        #expect(unlimited.plan == AppendPlan(offset: 0, limit: .max, expected: 5))
        let limited = try create(fields, body: .unknown, maximumSize: 9).get()
        #expect(limited.plan == AppendPlan(offset: 0, limit: 9, expected: nil))
        #expect(create(fields, body: .exactly(10), maximumSize: 9).failure?.status.code == 413)
        #expect(create(fields, body: .exactly(9), maximumSize: 9).failure == nil)
    }

    @Test func aPatchTellsTheLength() throws {
        let with = try plan(patch(.uploadLength, "100")).get()
        #expect(with == AppendPlan(offset: 70, limit: 30, expected: 30, newLength: 100))
        var empty = patch(.uploadLength, "70")
        empty[.contentLength] = "0"
        #expect(try plan(empty).get() == AppendPlan(offset: 70, limit: 0, expected: 0, newLength: 70))
        #expect(try plan(patch(.uploadDeferLength, "1")).get().newLength == nil)
    }

    @Test func aLengthBelowTheOffsetIs400AndOneOverTheMaximum413() {
        let below = plan(patch(.uploadLength, "69")).failure
        #expect(below?.code == .invalidHeader && below?.message.contains("70") == true)
        #expect(plan(patch(.uploadLength, "101"), maximumSize: 100).failure?.status.code == 413)
        #expect(plan(patch(.uploadLength, "100"), maximumSize: 100).failure == nil)
    }

    @Test func aBodyPastTheLengthThatComesWithItIs400() {
        #expect(plan(patch(.uploadLength, "99")).failure?.code == .tooLong)
    }

    @Test func withoutALengthABodyMayGoUpToTheMaximum() throws {
        #expect(try plan(patch(), maximumSize: 100).get() == AppendPlan(offset: 70, limit: 30, expected: 30))
        #expect(plan(patch(), maximumSize: 99).failure?.status.code == 413)
        // The maximum was lowered meanwhile.
        #expect(plan(patch(), maximumSize: 10).failure?.status.code == 413)
    }

    /// Whatever numbers meet, a plan never lets the upload grow past its length or past the maximum.
    @Test func noPlanGoesPastTheLengthOrTheMaximum() {
        var generator = SeededGenerator(seed: 11)
        func number() -> Int64 {
            .random(in: 0...(.max >> Int64.random(in: 0..<63, using: &generator)), using: &generator)
        }
        for _ in 0..<5000 {
            let (length, told, most) = (number(), number(), number())
            let known = Bool.random(using: &generator) ? length : nil
            let maximum = Bool.random(using: &generator) ? most : nil
            let status = UploadStatus(length: known, offset: known.map { min($0, number()) } ?? number(), state: .open)
            var fields = patch(.uploadOffset, "\(status.offset)")
            fields[.contentLength] = "\(number())"
            if Bool.random(using: &generator) { fields[.uploadLength] = "\(told)" }
            let result = Result { () throws(TusError) in try status.plan(AppendRequest(fields), maximumSize: maximum) }
            guard case .success(let plan) = result else { continue }
            let end = plan.offset + plan.limit
            #expect(plan.limit >= (plan.expected ?? 0))
            if let bound = known ?? plan.newLength { #expect(end == bound) }
            // The maximum may have been lowered since the bytes came.
            if let maximum, known == nil { #expect(end <= max(maximum, plan.offset)) }
            #expect(known == nil || plan.newLength == nil)
        }
    }
}
