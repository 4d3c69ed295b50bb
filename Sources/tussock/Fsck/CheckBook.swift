import Foundation
import Inspection

/// The file that keeps how far a check has come; without a path it keeps nothing.
struct CheckBook {
    let path: String?

    /// Where to begin: what the file says, or the beginning if there is none. Throws a `Mistake` if it is no such file,
    /// of another volume, or of a check of another kind.
    func open(identity: String, readsBytes: Bool) throws -> CheckState {
        let fresh = CheckState(identity: identity, readsBytes: readsBytes)
        guard let path, let data = FileManager.default.contents(atPath: path) else { return fresh }
        guard let state = try? JSONDecoder().decode(CheckState.self, from: data) else {
            throw mistake("was not written by tussock fsck; give the name of another file")
        }
        guard state.identity == identity else {
            throw mistake("is of a check of volume \(state.identity), not of this one, \(identity)")
        }
        guard state.readsBytes == readsBytes else {
            let begun = readsBytes ? "with" : "without"
            throw mistake("is of a check \(begun) --skip-checksums: go on in the same way, or remove the file")
        }
        return state
    }

    /// The file is the old one or the new one, whole, whenever the process ends.
    func keep(_ state: CheckState) throws {
        guard let path else { return }
        do {
            try JSONEncoder().encode(state).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw mistake("cannot be written: \(error)")
        }
    }

    /// The check is done; the next one begins at the beginning.
    func close() throws {
        guard let path, FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw mistake("cannot be removed: \(error)")
        }
    }

    private func mistake(_ what: String) -> Settings.Mistake {
        Settings.Mistake(description: "--resume: the file \(path ?? "") \(what)")
    }
}
