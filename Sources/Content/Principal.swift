/// What somebody may be at an item and below it (API.md, section 2); a later case includes every earlier one.
package enum Role: String, Sendable, Codable, CaseIterable, Comparable {
    /// Nothing of content; sees the finalizer's jobs.
    case monitor = "Monitor"
    /// View.
    case reader = "Reader"
    /// View and Add; Modify and Delete what is one's own.
    case contributor = "Contributor"
    /// View, Add, Modify and Delete.
    case editor = "Editor"
    /// Everything, sharing and jobs included.
    case manager = "Manager"

    /// Weaker before stronger, so that of the roles given along a path `max()` is the one that holds.
    package static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .monitor: 0
        case .reader: 1
        case .contributor: 2
        case .editor: 3
        case .manager: 4
        }
    }
}

/// What a request needs at an item.
package enum Permission: String, Sendable, CaseIterable {
    case view, add, modify, delete, manage
}

/// Who asks, and the strongest role that they hold at the item asked for.
package struct Principal: Sendable, Equatable {
    /// The account's name; empty for a request without credentials, which therefore owns nothing.
    package var name: String
    /// nil: none, so nothing is allowed.
    package var role: Role?

    package init(name: String, role: Role?) {
        self.name = name
        self.role = role
    }

    /// Whether the role, held on the root, allows to look at the finalizer's jobs.
    package var mayMonitor: Bool { role == .manager || role == .monitor }

    /// Whether it allows to retry, cancel and pause them.
    package var maySteer: Bool { role == .manager }

    /// Whether the role allows it on an item of that owner; owning alone allows nothing.
    package func may(_ permission: Permission, owner: String?) -> Bool {
        switch role {
        case nil, .monitor: false
        case .manager: true
        case .editor: permission != .manage
        case .contributor:
            switch permission {
            case .view, .add: true
            case .modify, .delete: !name.isEmpty && owner == name
            case .manage: false
            }
        case .reader: permission == .view
        }
    }
}
