import ArgumentParser
import Content
import Doctor
import Foundation
import Synchronization

/// Checks a deployment from outside.
struct Examine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check a deployment from outside, as a client would, and say what is wrong and what mends it.",
        discussion: """
            Looks for request buffering and size limits in the proxy, wrong addresses, methods, fields and interim \
            answers that do not get through, bodies that are cut when they pause, clocks that differ, nodes that do \
            not see the same volume or get no requests (which nodes there are, an account of the role Manager or \
            Monitor is told), and a finalizer that does not work. It makes a folder of its own at the URL and removes \
            it in the end, after Ctrl-C as well; it takes some twenty seconds.

            The password is in TUSSOCK_PASSWORD, in ~/.netrc (or where NETRC says), in the URL, or is asked for.

            Exit codes: 0 nothing is wrong, 1 something is, 64 for a wrong option, 130 or 143 when it was interrupted.
            """)

    @Argument(help: "The site or a folder of it, such as https://files.example.org/media.")
    var url: String

    @Option(help: "The account; it must be allowed to add content there.")
    var user: String?

    @Option(help: "Check as well whether pages of this web origin may upload, such as https://www.example.org.")
    var origin: String?

    @Option(help: "A PEM file of the certificates to trust, instead of those that the system trusts.")
    var cacert: String?

    @Option(help: "Seconds that a body pauses, which nothing on the way may take for its end, 0 to 3600.")
    var pause = 15

    @Option(help: "Seconds to wait for what should come at once, 1 to 600.")
    var patience = 5

    @Option(help: "Only this check; may be given several times.")
    var check: [String] = []

    @Flag(help: "A JSON object a line for each check, and one with the summary at the end.")
    var json = false

    func validate() throws {
        guard (0...3600).contains(pause) else { throw ValidationError("--pause must be from 0 to 3600 seconds") }
        guard (1...600).contains(patience) else { throw ValidationError("--patience must be from 1 to 600 seconds") }
        guard Set(check).isSubset(of: Examination.names) else {
            throw ValidationError("--check must be one of: \(Examination.names.joined(separator: ", "))")
        }
        if let cacert, !FileManager.default.isReadableFile(atPath: cacert) {
            throw ValidationError("--cacert must be a file that can be read; \(cacert) is none")
        }
        do { _ = try Site.parse(url) } catch let wrong as Site.Wrong { throw ValidationError(wrong.description) }
    }

    func run() async throws {
        let (parsed, named, password) = try Site.parse(url)
        var site = parsed
        site.authorities = cacert
        let login = try Login.find(for: site.host, user: user ?? named, password: password)
        var settings = Examination.Settings()
        settings.pause = .seconds(pause)
        settings.patience = .seconds(patience)
        settings.origin = origin
        settings.checks = check.isEmpty ? nil : Set(check)
        let examination = Examination(
            site, user: login?.user, password: login?.password, settings: settings, tell: show)
        let all = try await Interruptible.run("interrupted; removing the folder (once more: leave it there)") {
            try await examination.run()
        }
        let wrong = all.count { $0.verdict == .wrong }
        let notes = all.count { $0.verdict == .note }
        if json {
            let summary: JSONValue = ["summary": ["wrong": .number(Int64(wrong)), "notes": .number(Int64(notes))]]
            say(summary.line)
        } else {
            say(wrong == 0 ? "nothing is wrong" : "\(wrong) thing\(wrong == 1 ? " is" : "s are") wrong")
        }
        if wrong > 0 { throw ExitCode(1) }
    }

    private func show(_ diagnosis: Diagnosis) {
        if json {
            let object: JSONValue = [
                "check": .string(diagnosis.check), "verdict": .string(diagnosis.verdict.rawValue),
                "message": .string(diagnosis.message), "why": .optional(diagnosis.why),
                "remedy": .optional(diagnosis.remedy),
            ]
            return say(object.line)
        }
        let word = diagnosis.verdict.rawValue.padding(toLength: 6, withPad: " ", startingAt: 0)
        var lines = ["\(word)\(diagnosis.check): \(Table.plain(diagnosis.message))"]
        if let why = diagnosis.why { lines.append("      \(Table.plain(why))") }
        if let remedy = diagnosis.remedy { lines.append("      → \(Table.plain(remedy))") }
        say(lines.joined(separator: "\n"))
    }
}
