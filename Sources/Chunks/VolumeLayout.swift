/// Where things lie below the root; the only place where a path is made, and only from a validated id.
///
///     .tussock-volume                     identity: format version and id
///     .tussock-identity/id                the same, decided exclusively (see `ChunkVolume.initialize`)
///     uploads/<2 hex>/<id>.<fence>        chunks
///     blobs/<2 hex>/<id>                  finished files
///     blobs/<2 hex>/<id>.<attempt>.part   files being assembled
struct VolumeLayout: Sendable {
    enum Area: String, Sendable, CaseIterable {
        case uploads
        case blobs
    }

    /// 256 of `uploads`, then 256 of `blobs`.
    static let folderCount = 512

    let root: String

    var identity: String { "\(root)/.tussock-volume" }
    var decision: String { "\(root)/.tussock-identity" }

    func area(_ area: Area) -> String { "\(root)/\(area.rawValue)" }

    func folder(_ area: Area, of id: String) throws(ChunkError) -> String {
        guard Self.isID(id) else {
            throw .invalid("\"\(id.prefix(64))\" is not an id of 32 lower-case hex digits: no path is made from it")
        }
        return "\(self.area(area))/\(id.prefix(2))"
    }

    /// Folder `index` (0..<512) of the sweeper's round.
    func folder(index: Int) throws(ChunkError) -> String {
        guard (0..<Self.folderCount).contains(index) else {
            throw .invalid("there is no folder \(index), only 0 to \(Self.folderCount - 1)")
        }
        let area = Self.area(ofFolder: index)
        return "\(self.area(area))/\(Self.prefix(ofFolder: index))"
    }

    func chunk(_ id: String, fence: Int64) throws(ChunkError) -> String {
        try "\(folder(.uploads, of: id))/\(id).\(Self.checked(fence))"
    }

    func blob(_ id: String) throws(ChunkError) -> String {
        try "\(folder(.blobs, of: id))/\(id)"
    }

    func part(_ id: String, attempt: Int64) throws(ChunkError) -> String {
        try "\(folder(.blobs, of: id))/\(id).\(Self.checked(attempt)).part"
    }

    static func area(ofFolder index: Int) -> Area { index < folderCount / 2 ? .uploads : .blobs }

    /// The two hex digits with which all ids in folder `index` begin.
    static func prefix(ofFolder index: Int) -> String {
        let digits = String(index % (folderCount / 2), radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }

    static func isID<Text: StringProtocol>(_ text: Text) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy(isHexDigit)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }

    private static func checked(_ number: Int64) throws(ChunkError) -> Int64 {
        guard number >= 0 else {
            throw .invalid("\(number) is neither a fence nor an attempt: no path is made from it")
        }
        return number
    }
}
