/// What a client sent, made fit for an error message: in double quotes, at most 80 scalars between them.
///
/// A message travels into JSON, logs and terminals, so a scalar that does not print (controls, line separators,
/// directional overrides, unassigned ones) becomes U+FFFD, a double quote becomes a single one, and what is cut off
/// leaves an ellipsis.
package func quoted(_ text: some StringProtocol) -> String {
    let limit = 80
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(limit) {
        clean.append(printable(scalar))
    }
    if text.unicodeScalars.dropFirst(limit).first != nil {
        clean.removeLast()
        clean.append("…")
    }
    return "\"\(String(clean))\""
}

private func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
    default: scalar == "\"" ? "'" : scalar
    }
}
