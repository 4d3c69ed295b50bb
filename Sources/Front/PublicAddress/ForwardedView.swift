import Foundation
package import HTTPTypes

/// How the client saw this service, told by the proxies in between.
///
/// Proxies append: the last value is by the peer, the one before by the proxy that sent to it, and so on, until the
/// values that the client itself may have made up. So we go from the end as long as the sender is trusted: a value
/// counts if it was written by the peer or by a trusted proxy behind a chain of trusted ones, and of those the one
/// nearest to the client wins. That is the first proxy of ours that the request reached.
///
/// - `Forwarded` (RFC 7239) wins over `X-Forwarded-Proto`, `-Host` and `-Port` if it says anything about them.
/// - `X-Forwarded-Prefix` counts beside both, since RFC 7239 has nothing for it.
/// - Lists of `X-Forwarded-*` are read at the place that `X-Forwarded-For` gives the first proxy of ours, or the
///   nearest place that they have.
/// - What is malformed counts as absent, with all that stands further out in the same field.
package struct ForwardedView: Sendable, Equatable {
    package var scheme: PublicBase.Scheme?
    package var authority: Authority?
    /// For an authority that has none.
    package var port: Int?
    package var prefix: String?

    /// What the fields say; nothing unless `peer` is trusted.
    package init(_ fields: HTTPFields, peer: IPAddress?, trusted: TrustedProxies) {
        guard trusted.contains(peer) else { return }
        let ours = Self.elements(fields[values: .forwarded], trusted)
        scheme = ours.lazy.compactMap { $0.scheme.flatMap { PublicBase.Scheme($0) } }.first
        authority = ours.lazy.compactMap { $0.host.flatMap { Authority($0) } }.first
        let legacy = LegacyFields(fields, trusted)
        prefix = legacy.value(.xForwardedPrefix).flatMap { PublicBase.prefix($0) }
        guard scheme == nil, authority == nil else { return }
        scheme = legacy.value(.xForwardedProto).flatMap { PublicBase.Scheme($0) }
        authority = legacy.value(.xForwardedHost).flatMap { Authority($0) }
        port = legacy.value(.xForwardedPort).flatMap { Authority.port($0) }
    }

    /// The elements that count, the outermost first. A malformed line hides those before it.
    private static func elements(_ lines: [String], _ trusted: TrustedProxies) -> [Forwarded] {
        var ours: [Forwarded] = []
        for line in lines.reversed() {
            guard let elements = Forwarded.parse(line) else { break }
            for element in elements.reversed() {
                ours.insert(element, at: 0)
                guard trusted.contains(element.client.flatMap { IPAddress(node: $0) }) else { return ours }
            }
        }
        return ours
    }
}

/// The fields from before RFC 7239, each a list of its own.
private struct LegacyFields {
    let fields: HTTPFields
    /// How many trusted proxies stand between the first of ours and the peer.
    let distance: Int

    init(_ fields: HTTPFields, _ trusted: TrustedProxies) {
        self.fields = fields
        let senders = Self.list(fields, .xForwardedFor).reversed()
        distance = senders.prefix { trusted.contains(IPAddress(node: $0)) }.count
    }

    func value(_ name: HTTPField.Name) -> String? {
        let list = Self.list(fields, name)
        return list.isEmpty ? nil : list[max(0, list.count - 1 - distance)]
    }

    private static func list(_ fields: HTTPFields, _ name: HTTPField.Name) -> [String] {
        fields[values: name].flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map {
            $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
        }
    }
}

extension HTTPField.Name {
    package static let forwarded = registered("Forwarded")
    package static let xForwardedFor = registered("X-Forwarded-For")
    package static let xForwardedProto = registered("X-Forwarded-Proto")
    package static let xForwardedHost = registered("X-Forwarded-Host")
    package static let xForwardedPort = registered("X-Forwarded-Port")
    package static let xForwardedPrefix = registered("X-Forwarded-Prefix")

    private static func registered(_ literal: StaticString) -> HTTPField.Name {
        guard let name = HTTPField.Name(literal.description) else {
            preconditionFailure("\(literal) is not a token (RFC 9110 §5.1)")
        }
        return name
    }
}
