/// Every world that can be reached from one in at most `limit` steps, breadth first, each visited once.
struct Exploration {
    private(set) var worlds = 1
    /// Steps taken, those to worlds that were known already among them.
    private(set) var steps = 0
    /// The most steps that lead to a world, on the shortest way.
    private(set) var depth = 0
    /// Every world that can be reached at all was reached.
    private(set) var isComplete = false
    /// The invariant that is broken, and the shortest way there.
    private(set) var violation: (invariant: Invariant, trace: [String])?

    /// How each world was reached: from which, by what.
    private var origins: [(from: Int, step: ModelWorld.Step?)] = [(0, nil)]
    private var known: Set<Int>
    private let visit: (ModelWorld) -> Void

    private typealias Frontier = [(number: Int, world: ModelWorld)]

    /// Calls `visit` once for each world that it comes to.
    init(_ start: ModelWorld, depth limit: Int = .max, visit: @escaping (ModelWorld) -> Void = { _ in }) {
        self.visit = visit
        known = [start.key]
        var frontier: Frontier = [(0, start)]
        while depth < limit, !frontier.isEmpty {
            frontier = next(frontier)
            if !frontier.isEmpty { depth += 1 }
        }
        isComplete = frontier.isEmpty && violation == nil
    }

    private mutating func next(_ frontier: Frontier) -> Frontier {
        var found: Frontier = []
        for (number, world) in frontier {
            for step in world.steps {
                steps += 1
                let next = world.after(step)
                if let invariant = next.violation {
                    violation = (invariant, trace(to: number) + ["\(step)"])
                    return []
                }
                guard known.insert(next.key).inserted else { continue }
                worlds += 1
                visit(next)
                origins.append((number, step))
                found.append((origins.count - 1, next))
            }
        }
        return found
    }

    private func trace(to world: Int) -> [String] {
        var (number, trace) = (world, [String]())
        while let step = origins[number].step {
            trace.append("\(step)")
            number = origins[number].from
        }
        return trace.reversed()
    }
}

extension Exploration: CustomStringConvertible {
    var description: String {
        let size = "\(worlds) worlds, \(steps) steps, depth \(depth)\(isComplete ? ", all there are" : "")"
        return violation.map { "\(size); \($0.invariant.rawValue):\n" + $0.trace.joined(separator: "\n") } ?? size
    }
}
