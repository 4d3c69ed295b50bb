import Crypto
import Dispatch
import Foundation
import Synchronization

/// Who sends a request, told by `Authorization: Basic` (RFC 7617).
///
/// scrypt is meant to be slow, about 50 ms and 16 MiB. It runs on one thread of its own, once for requests that come
/// together, and what has been verified is remembered for `memory`; so a password that was changed is accepted for at
/// most that long. Wrong passwords are never remembered.
package final class Authenticator: Sendable {
    /// How long verified credentials are remembered.
    package static let memory: Duration = .seconds(30)
    private static let mostRemembered = 10_000

    private struct State {
        var verified: [SHA256.Digest: (principal: Principal, until: ContinuousClock.Instant)] = [:]
        var underWay: [SHA256.Digest: Task<Principal?, any Error>] = [:]

        func known(_ fingerprint: SHA256.Digest) -> Principal? {
            guard let known = verified[fingerprint], known.until > .now else { return nil }
            return known.principal
        }
    }

    private let state = Mutex(State())
    private let accounts: Accounts
    private let queue = DispatchQueue(label: "tussock.scrypt")
    /// Headers are remembered by a keyed hash only, which never leaves this process; the key is its own.
    private let key = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }

    package init(accounts: Accounts) {
        self.accounts = accounts
    }

    /// The principal; nil when the name or the password is wrong, or when the scheme is another than Basic.
    /// - Parameter header: the field's value as it came. Throws `BasicCredentials.Malformed`.
    package func principal(authorization header: String) async throws -> Principal? {
        let fingerprint = fingerprint(header)
        if let known = state.withLock({ $0.known(fingerprint) }) { return known }
        guard let credentials = try BasicCredentials(authorization: header) else { return nil }
        return try await verification(of: credentials, fingerprint).value
    }

    /// The same without a wait; nil too if these credentials have not been verified lately.
    package func remembered(authorization header: String) -> Principal? {
        let fingerprint = fingerprint(header)
        return state.withLock { $0.known(fingerprint) }
    }

    private func fingerprint(_ header: String) -> SHA256.Digest {
        SHA256.hash(data: key + Array(header.utf8))
    }

    private func verification(
        of credentials: BasicCredentials, _ fingerprint: SHA256.Digest
    ) -> Task<Principal?, any Error> {
        state.withLock { state in
            if let known = state.known(fingerprint) { return Task { known } }
            if let task = state.underWay[fingerprint] { return task }
            let task = Task { try await self.verify(credentials, fingerprint) }
            state.underWay[fingerprint] = task
            return task
        }
    }

    private func verify(_ credentials: BasicCredentials, _ fingerprint: SHA256.Digest) async throws -> Principal? {
        defer { state.withLock { $0.underWay[fingerprint] = nil } }
        let account = try await accounts.find(credentials.user)
        // An unknown name costs as much as a known one.
        let hash = account?.password ?? Self.nobody
        guard await matches(hash, credentials.password), let account, account.password != nil else { return nil }
        let principal = Principal(name: account.name, role: account.role)
        state.withLock { state in
            if state.verified.count >= Self.mostRemembered {
                state.verified = state.verified.filter { $0.value.until > .now }
                if state.verified.count >= Self.mostRemembered { state.verified = [:] }
            }
            state.verified[fingerprint] = (principal, .now.advanced(by: Self.memory))
        }
        return principal
    }

    private func matches(_ hash: PasswordHash?, _ password: String) async -> Bool {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: hash?.verify(password) ?? false) }
        }
    }

    private static let nobody = try? PasswordHash.make(RandomSecret.password())
}
