import Foundation
import Logging
import Synchronization
import Testing

@testable import Monitoring

/// One line an event, whatever stands in it.
@Suite struct LogLineTests {
    private static let nasty = [
        "", " ", "a b", "a=b", "\"quoted\"", "back\\slash", "line\nfeed", "cr\rlf\r\n", "tab\t", "nul\0",
        "esc\u{1B}[31m",
        "del\u{7F}", "c1\u{9B}31m", "ls\u{2028}ps\u{2029}", "rtl\u{202E}gnp.exe", "bom\u{FEFF}", "café", "😀",
        "e\u{301}",
        "\u{E000}", "{\"level\":\"error\"}",
    ]

    @Test(arguments: nasty)
    func jsonGivesBackWhatWasSaid(text: String) throws {
        let line = LogLine.json("t", .info, "l", text, ["key": "\(text)", "\(text)": "v"])
        #expect(line.last == UInt8(ascii: "\n") && line.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        let object = try #require(JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        #expect(object["message"] as? String == text && object["key"] as? String == text)
        #expect(object[text] as? String == "v")
        #expect(object["level"] as? String == "info" && object["time"] as? String == "t")
    }

    @Test(arguments: nasty)
    func aLineOfTextStaysOneLineThatNoTerminalObeys(text: String) throws {
        let line = String(decoding: LogLine.text("t", .info, "l", text, ["key": "\(text)"]), as: UTF8.self)
        #expect(line.hasPrefix("t info l: ") && line.hasSuffix("\n"))
        for scalar in line.unicodeScalars.dropLast() {
            #expect(scalar.value >= 0x20 && scalar.value != 0x7F)
            #expect(
                ![.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory))
        }
    }

    @Test func plainWordsStandWithoutQuotesAndOthersWithThem() {
        let line = LogLine.text("t", .info, "l", "m", ["a": "x/1:2", "b": "x y", "c": "", "d": "é\"", "e": "1=2"])
        #expect(String(decoding: line, as: UTF8.self) == #"t info l: m a=x/1:2 b="x y" c="" d="é\"" e="1=2"\#n"#)
    }

    @Test func numbersAreNumbersAndOurOwnNamesCannotBeTakenByOthers() throws {
        let line = LogLine.json(
            "t", .info, "l", "m",
            ["n": .stringConvertible(5), "d": .stringConvertible(0.25), "s": "5", "level": "error", "time": "never"])
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"time":"t","level":"info","label":"l","message":"m","d":0.25,"level_":"error","n":5,"s":"5","#
                + "\"time_\":\"never\"}\n")
    }

    @Test func whateverIsLoggedOnBehalfOfARequestNamesItButDoesNotHideWhatTheLineSays() async {
        let lines = Mutex<[UInt8]>([])
        let logger = LogFormat.text.logger("l", level: .info) { line in lines.withLock { $0 += line } }
        await LogScope.$metadata.withValue(["request_id": "r1", "node": "a"]) {
            await Task { logger.info("m", metadata: ["node": "b"]) }.value
        }
        logger.info("n")
        let text = lines.withLock { String(decoding: $0, as: UTF8.self) }
        #expect(text.contains("l: m node=b request_id=r1\n") && text.hasSuffix("l: n\n"))
    }

    @Test(arguments: LogFormat.allCases)
    func credentialsAreLeftOutOfMessagesAndValues(format: LogFormat) {
        let lines = Mutex<[UInt8]>([])
        let logger = format.logger("l", level: .info) { line in lines.withLock { $0 += line } }
        logger.info(
            "cannot reach postgresql://ann:geheim@db/x", metadata: ["error": "password=geheim host=db", "n": "1"])
        logger.info("got Authorization: Basic Z2VoZWlt", metadata: ["field": "Bearer geheim"])
        logger.debug("geheim")
        let text = String(decoding: lines.withLock { $0 }, as: UTF8.self)
        #expect(!text.contains("geheim") && !text.contains("Z2VoZWlt"))
        #expect(text.contains("@db/x") && text.contains("host=db"))
        #expect(text.split(separator: "\n").count == 2)
    }
}

@Suite struct RedactionTests {
    @Test(arguments: [
        ("postgresql://ann:a/b@c@db:5432/x?sslmode=require", "postgresql://***@db:5432/x?sslmode=require"),
        ("see http://x.example/a@b and mail@example.org", "see http://***@b and mail@example.org"),
        ("password='a b' user=ann", "password='***' user=ann"), ("PASSWORD = geheim,", "PASSWORD = ***,"),
        ("sslpassword=x", "sslpassword=***"), ("{\"password\": \"a b\"}", "{\"password\": \"***\"}"),
        ("Authorization: bearer abc.def", "Authorization: bearer ***"), ("?token=abc&x=1", "?token=***&x=1"),
    ])
    func secretsAreHidden(text: String, redacted: String) {
        #expect(Redaction.redacted(text) == redacted)
    }

    @Test(arguments: [
        "", "job done", "vm:21953:8809972f7e483150", "http://example.org/a", "2 tokens left", "password", "basic",
        "a password was wrong", "x@y",
    ])
    func theRestStays(text: String) {
        #expect(Redaction.redacted(text) == text)
    }
}
