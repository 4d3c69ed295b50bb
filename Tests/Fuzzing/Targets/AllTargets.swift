extension FuzzTarget {
    /// Every parser of what comes from outside.
    package static let all = tus + draft + addresses + content + jobs + stored

    /// As an argument: nil if there is none of that name.
    package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}
