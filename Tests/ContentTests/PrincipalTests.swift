import Testing

@testable import Content

@Suite struct PrincipalTests {
    private func allowed(_ role: Role?, owner: String?, name: String = "anna") -> Set<Permission> {
        let principal = Principal(name: name, role: role)
        return Set(Permission.allCases.filter { principal.may($0, owner: owner) })
    }

    @Test func eachRoleMayWhatTheContractSays() {
        #expect(allowed(.manager, owner: "bert") == Set(Permission.allCases))
        #expect(allowed(.editor, owner: "bert") == [.view, .add, .modify, .delete])
        #expect(allowed(.contributor, owner: "bert") == [.view, .add])
        #expect(allowed(.contributor, owner: "anna") == [.view, .add, .modify, .delete])
        #expect(allowed(.contributor, owner: nil) == [.view, .add])
        #expect(allowed(.reader, owner: "anna") == [.view])
        #expect(allowed(nil, owner: "anna") == [])
    }

    @Test func nobodyOwnsNothing() {
        #expect(allowed(.contributor, owner: "", name: "") == [.view, .add])
    }

    @Test func aStrongerRoleMayAllThatAWeakerMay() {
        for owner in [nil, "anna", "bert"] {
            let sets = Role.allCases.sorted().map { allowed($0, owner: owner) }
            for (weaker, stronger) in zip(sets, sets.dropFirst()) { #expect(weaker.isSubset(of: stronger)) }
        }
        #expect([Role.reader, .manager, .editor].max() == .manager)
    }
}

@Suite struct RandomSecretTests {
    @Test func passwordsAre24UnambiguousCharactersAndDiffer() {
        let made = (0..<500).map { _ in RandomSecret.password() }
        #expect(Set(made).count == 500)
        #expect(made.allSatisfy { $0.count == 24 && $0.utf8.count == 24 && !$0.contains(where: "0Oo1lIi".contains) })
        #expect(Set(made.joined()).count == RandomSecret.alphabet.count)
    }
}
