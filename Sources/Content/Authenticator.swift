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
        var verified: [Data: (principal: Principal, until: ContinuousClock.Instant)] = [:]
        var underWay: [Data: Task<Principal?, any Error>] = [:]
    }

    private let state = Mutex(State())
    private let accounts: Accounts
    private let queue = DispatchQueue(label: "tussock.scrypt")
    /// Credentials are remembered by a keyed hash only; the key is this process's own.
    private let key = SymmetricKey(size: .bits256)

    package init(accounts: Accounts) {
        self.accounts = accounts
    }

    /// The principal; nil when the name or the password is wrong.
    package func principal(of credentials: BasicCredentials) async throws -> Principal? {
        let fingerprint = fingerprint(of: credentials)
        let found = state.withLock { state -> (Principal?, Task<Principal?, any Error>?) in
            if let known = state.verified[fingerprint], known.until > .now { return (known.principal, nil) }
            if let task = state.underWay[fingerprint] { return (nil, task) }
            let task = Task { try await self.verify(credentials, fingerprint) }
            state.underWay[fingerprint] = task
            return (nil, task)
        }
        if let principal = found.0 { return principal }
        return try await found.1?.value
    }

    private func fingerprint(of credentials: BasicCredentials) -> Data {
        let text = Data("\(credentials.user.utf8.count):\(credentials.user)\(credentials.password)".utf8)
        return Data(HMAC<SHA256>.authenticationCode(for: text, using: key))
    }

    private func verify(_ credentials: BasicCredentials, _ fingerprint: Data) async throws -> Principal? {
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
