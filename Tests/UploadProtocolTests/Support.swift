import HTTPTypes
import UploadProtocol

/// A reproducible source for property tests (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The error that `body` throws, or `nil`.
func refusal<T>(_ body: () throws(TusError) -> T) -> TusError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

/// Fields with each line kept apart, as they come from the wire.
func lines(_ lines: [(HTTPField.Name, String)]) -> HTTPFields {
    var fields = HTTPFields()
    for (name, value) in lines { fields.append(HTTPField(name: name, value: value)) }
    return fields
}

/// The fields of a good PATCH, with one changed: `nil` takes it out.
func patch(_ name: HTTPField.Name? = nil, _ value: String? = nil) -> HTTPFields {
    var fields: HTTPFields = [
        .contentType: "application/offset+octet-stream", .uploadOffset: "70", .contentLength: "30",
    ]
    if let name { fields[name] = value }
    return fields
}

/// What an integer header must not be.
let malformedIntegers = [
    "", " ", "-1", "+1", "-0", "1.0", "1e3", "0x10", "1 2", "1, 1", "1,1", "one", "٣", "1;", "\u{FF11}",
    "9223372036854775808", "18446744073709551616", "99999999999999999999999999",
]
