import Testing

@testable import Front

@Suite struct TrustedProxiesTests {
    private func trusts(_ list: String, _ peer: String) throws -> Bool {
        try TrustedProxies(parsing: list).contains(IPAddress(peer))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.7", "192.0.2.7", true),
        ("192.0.2.7", "192.0.2.8", false), ("192.0.2.0/25", "192.0.2.127", true),
        ("192.0.2.0/25", "192.0.2.128", false), ("0.0.0.0/0", "203.0.113.9", true), ("10.1.2.3/8", "10.9.9.9", true),
        ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false), ("::1", "::1", true), ("::1", "::2", false),
        ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
        ("1.2.3.4, ::1 10.0.0.0/8", "::1", true), ("", "10.0.0.1", false), (" , ", "10.0.0.1", false),
    ])
    func anAddressIsInItsNetworks(list: String, peer: String, isIn: Bool) throws {
        #expect(try trusts(list, peer) == isIn)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "::ffff:10.0.0.1", true), ("::ffff:10.0.0.0/104", "10.9.9.9", true),
        ("::ffff:10.0.0.1", "10.0.0.1", true), ("::/0", "10.0.0.1", false), ("::/0", "::ffff:10.0.0.1", false),
        ("::/0", "2001:db8::1", true), ("0.0.0.0/0", "2001:db8::1", false),
    ])
    func mappedAddressesAreIPv4AndTheFamiliesDoNotMix(list: String, peer: String, isIn: Bool) throws {
        #expect(try trusts(list, peer) == isIn)
    }

    @Test(arguments: [
        "10.0.0/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08x", "::1/129", "proxy.example.org",
        "256.0.0.1", "[::1]", "fe80::1%eth0", "*", "10.0.0.0/8/8", "/8", "10.0.0.1\u{0}x", "010.0.0.1",
    ])
    func whatIsNoNetworkIsNamed(part: String) {
        #expect(throws: WrongSetting.self) { try TrustedProxies(parsing: "::1,\(part)") }
        let error = #expect(throws: WrongSetting.self) { try TrustedProxies(parsing: "::1, \(part) ,::2") }
        #expect(error?.part == part)
    }

    @Test func aPeerWithoutAnAddressIsNotTrusted() throws {
        #expect(try !TrustedProxies(parsing: "0.0.0.0/0,::/0").contains(nil))
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("192.0.2.1:4711", "192.0.2.1"), ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"), ("2001:db8::1", "2001:db8::1"), ("unknown", nil), ("_hidden", nil),
        ("_hidden:80", nil), ("[192.0.2.1]", nil), ("[::1", nil), ("", nil), ("[::1]80", nil),
    ])
    func nodesOfProxiesAreRead(text: String, address: String?) {
        #expect(IPAddress(node: text) == address.flatMap { IPAddress($0) })
    }
}
