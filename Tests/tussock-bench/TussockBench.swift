import ArgumentParser
import Benchmarks
import Foundation

/// How fast whole processes of this build are, beside nginx, dd and pgbench on the same machine.
@main
struct TussockBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tussock-bench", abstract: "Measure whole processes of this build beside their references.",
        discussion: """
            Starts front nodes, a finalizer and a private PostgreSQL that syncs, and drives them over loopback from \
            this process; then nginx (ngx_http_dav_module), dd and pgbench on the same disk in the same run. Only \
            the ratios count, since the clients share the machine. Of each figure the median of some repetitions is \
            shown. Processor seconds are those of the servers alone, a GiB or a thousand uploads.

            Build it with optimisation: swift build -c release --product tussock, then --product tussock-bench. nginx \
            comes with `apt-get install nginx-extras`; without it its rows are left out.

            To see where the time goes, while `tussock-bench small --seconds 30` or `large --repeat 9` runs, and not \
            before it has begun:
              perf record -g -p $(pgrep -n -f 'tussock serve') -- sleep 5; perf report --no-children
              strace -c -f -p $(pgrep -n -f 'tussock serve')
            How often it allocates, and by which callers:
              perf probe -x /lib/x86_64-linux-gnu/libc.so.6 malloc
              perf stat -e probe_libc:malloc -p $(pgrep -n -f 'tussock serve') -- sleep 1
              perf record -g -e probe_libc:malloc -p $(pgrep -n -f 'tussock serve') -- sleep 1
            Instruction counts of the parsers, which do not depend on the machine's mood:
              swift build -c release --product tussock-fuzz
              strip --strip-debug -o /tmp/fuzz .build/release/tussock-fuzz
              valgrind --tool=callgrind /tmp/fuzz --only upload-metadata --duration 5s
            valgrind 3.19 cannot read Swift's debug information, hence strip; and it crashes in a program whose main is
            async (libdispatch's sigsuspend), so `tussock` itself cannot be run under it.
            """)

    @Argument(
        help: ArgumentHelp(
            "What to measure: \(Work.allCases.map(\.rawValue).joined(separator: ", ")), or all but growth: all.",
            valueName: "work"))
    var works: [String] = ["all"]
    @Option(help: "Front nodes.") var fronts = 1
    @Option(help: "Only this durability of the nodes, fsync or page-cache. (default: both)") var durability: String?
    @Option(help: "Repetitions, of which the median counts.") var `repeat` = 3
    @Option(help: "How long each repetition of small requests runs, seconds.") var seconds = 4.0
    @Option(help: "Length of a large body, MiB.") var large = 1024
    @Option(help: "Idle and slow connections; may be repeated. (default: 1000 and 10000)") var connections: [Int] = []
    @Option(help: "A file for all figures as JSON.") var json: String?
    @Option(help: "The program under test. (default: the one beside this)") var binary: String?
    @Flag(help: "Measure no reference.") var alone = false

    func validate() throws {
        _ = try chosen()
        guard fronts > 0, `repeat` > 0, seconds > 0, large > 0, connections.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("--fronts, --repeat, --seconds, --large and --connections must be above 0")
        }
        if let durability, !["fsync", "page-cache"].contains(durability) {
            throw ValidationError("--durability \(durability): it must be fsync or page-cache")
        }
    }

    private func chosen() throws -> [Work] {
        try works.flatMap { name in
            if name == "all" { return Work.allCases.filter { $0 != .growth } }
            guard let work = Work(rawValue: name) else {
                let known = (Work.allCases.map(\.rawValue) + ["all"]).joined(separator: ", ")
                throw ValidationError("There is no work \(name); it must be one of \(known)")
            }
            return [work]
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        var options = BenchOptions()
        (options.fronts, options.repetitions, options.seconds) = (fronts, `repeat`, seconds)
        (options.largeMiB, options.program, options.withReference) = (large, binary, !alone)
        if let durability { options.durabilities = [durability] }
        if !connections.isEmpty { options.sizes = connections }
        let begun = Date()
        var figures: [Figure] = []
        for work in try chosen() {
            FileHandle.standardError.write(Data("\(work.rawValue) …\n".utf8))
            figures += try await work.run(options)
        }
        let report = Report(begun: begun, figures: figures)
        print(report.text, terminator: "")
        if let json { try report.json().write(to: URL(fileURLWithPath: json)) }
    }
}
