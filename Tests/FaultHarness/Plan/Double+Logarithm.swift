import Foundation

extension Double {
    static func logarithm(_ value: Int) -> Double { log2(Double(value)) }
    static func power(_ exponent: Double) -> Double { exp2(exponent) }
}
