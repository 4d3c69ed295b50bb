/// A request that says something that cannot be; answered with 400 and `{"type":"BadRequest","message":…}`.
///
/// The message is one sentence for the person who sent the request; it names the parameter and never holds a secret.
package struct BadRequest: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    package init(_ message: String) { self.message = message }
    package var description: String { message }
}
