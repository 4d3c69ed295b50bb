import ArgumentParser
import Foundation

/// An account and its password, as a client of a deployment has them.
struct Login: Equatable {
    var user: String
    var password: String

    /// By the user that was named, or else by netrc; nil if nobody was named and netrc knows nobody.
    ///
    /// The password is the one given, TUSSOCK_PASSWORD, that in netrc, or what a person types.
    static func find(
        for host: String, user: String?, password: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Login? {
        let file = environment["NETRC"] ?? NSHomeDirectory() + "/.netrc"
        let text = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let known = netrc(text, host: host, user: user)
        guard let user = user ?? known?.user else { return nil }
        if let password = password ?? environment["TUSSOCK_PASSWORD"] ?? known?.password {
            return Login(user: user, password: password)
        }
        guard let typed = Terminal.secret("Password of \(user): "), !typed.isEmpty else {
            throw ValidationError("a password is needed; set TUSSOCK_PASSWORD, or type it")
        }
        return Login(user: user, password: typed)
    }

    /// The entry of a host in a netrc file, or its default one; with `user`, only one of that user.
    static func netrc(_ text: String, host: String, user: String?) -> Login? {
        var entries: [(host: String?, login: String?, password: String?)] = []
        var words = text.split { $0.isWhitespace }.map(String.init).makeIterator()
        while let word = words.next() {
            switch word {
            case "machine": entries.append((words.next(), nil, nil))
            case "default": entries.append((nil, nil, nil))
            case "login" where !entries.isEmpty: entries[entries.count - 1].login = words.next()
            case "password" where !entries.isEmpty: entries[entries.count - 1].password = words.next()
            default: continue
            }
        }
        let entry = entries.first { entry in
            (entry.host == nil || entry.host == host) && (user == nil || entry.login == nil || entry.login == user)
        }
        guard let entry, let password = entry.password, let login = entry.login ?? user else { return nil }
        return Login(user: login, password: password)
    }
}
