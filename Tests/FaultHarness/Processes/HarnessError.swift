/// Something that the harness itself needs could not be had.
package struct HarnessError: Error, CustomStringConvertible {
    package var message: String
    package var description: String { message }
}
