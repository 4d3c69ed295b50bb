import Foundation

/// posix_spawn with three files, no ignored signals, and a process group of its own.
struct SpawnFiles {
    private var actions = posix_spawn_file_actions_t()
    private var attributes = posix_spawnattr_t()

    init(input: Int32, output: String, error: String) throws {
        let append = O_WRONLY | O_CREAT | O_APPEND
        var none = sigset_t()
        var every = sigset_t()
        sigemptyset(&none)
        sigfillset(&every)
        let flags = Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        let outcomes = [
            posix_spawn_file_actions_init(&actions), posix_spawnattr_init(&attributes),
            posix_spawn_file_actions_adddup2(&actions, input, 0),
            posix_spawn_file_actions_addopen(&actions, 1, output, append, 0o644),
            posix_spawn_file_actions_addopen(&actions, 2, error, append, 0o644),
            posix_spawnattr_setpgroup(&attributes, 0), posix_spawnattr_setsigmask(&attributes, &none),
            posix_spawnattr_setsigdefault(&attributes, &every), posix_spawnattr_setflags(&attributes, flags),
        ]
        if let failure = outcomes.first(where: { $0 != 0 }) {
            throw TestServerError(message: "posix_spawn cannot be prepared: errno \(failure)")
        }
    }

    /// The new process's id. `self` is used up.
    consuming func spawn(_ executable: String, _ arguments: [String], _ environment: [String]) throws -> pid_t {
        var pid: pid_t = 0
        let failure = Self.withCStrings(arguments) { arguments in
            Self.withCStrings(environment) { environment in
                posix_spawn(&pid, executable, &actions, &attributes, arguments, environment)
            }
        }
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
        guard failure == 0 else { throw TestServerError(message: "\(executable) cannot be started: errno \(failure)") }
        return pid
    }

    private static func withCStrings<R>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        let pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("the array ends with nil") }
            return body(base)
        }
    }
}
