/// tus resumable upload protocol 1.0.0 (2016-03-25), https://tus.io/protocols/resumable-upload
let tus100 = Specification(
    name: "tus 1.0.0",
    requirements: core + creation + expiration + checksum + termination + concatenation)

private let core = [
    Requirement(
        "Core", .must, "All Clients and Servers MUST implement the core protocol.",
        "twoPatchesMakeAFile", "optionsAnnouncesExactlyWhatWorks"),
    Requirement(
        "Core, Upload-Offset", .must, "The value MUST be a non-negative integer [Upload-Offset].",
        "aMalformedUploadOffsetIs400", "numbersJustPast63BitsAreRefused"),
    Requirement(
        "Core, Upload-Length", .must, "The value MUST be a non-negative integer [Upload-Length].",
        "aMalformedUploadLengthIs400", "aMissingOrRepeatedUploadLengthIs400"),
    Requirement(
        "Core, Tus-Version", .must,
        "The Tus-Version response header MUST be a comma-separated list of protocol versions supported by the Server.",
        "optionsAnnouncesExactlyWhatWorks"),
    Requirement(
        "Core, Tus-Version", .must,
        "The list MUST be sorted by Server's preference where the first one is the most preferred one.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms"),
    Requirement(
        "Core, Tus-Resumable", .must,
        "The Tus-Resumable header MUST be included in every request and response except for OPTIONS"
            + " requests.",
        "everyResponseCarriesTusResumable", "everyErrorNamesTheVersionAndForbidsCaching"),
    Requirement(
        "Core, Tus-Resumable", .must, "The value MUST be the version of the protocol used by the Client or the Server.",
        "onlyVersion100IsProcessed", "everyResponseCarriesTusResumable"),
    Requirement(
        "Core, Tus-Resumable", .must,
        "If the version specified by the Client is not supported by the Server, it MUST respond with the"
            + " 412 Precondition Failed status and MUST include the Tus-Version header into the response.",
        "anyOtherVersionIs412AndNamesTheOneThatIsSupported"),
    Requirement(
        "Core, Tus-Resumable", .mustNot, "In addition, the Server MUST NOT process the request.",
        "otherVersionsAreRefusedAndTheOwnIsNamed"),
    Requirement(
        "Core, Tus-Extension", .must,
        "The Tus-Extension response header MUST be a comma-separated list of the extensions supported by the Server.",
        "optionsAnnouncesExactlyWhatWorks"),
    Requirement(
        "Core, Tus-Extension", .must, "If no extensions are supported, the Tus-Extension header MUST be omitted.",
        "optionsAnnouncesExactlyWhatWorks"),
    Requirement(
        "Core, Tus-Max-Size", .must,
        "The Tus-Max-Size response header MUST be a non-negative integer indicating the maximum allowed"
            + " size of an entire upload in bytes.",
        "optionsAnnouncesExactlyWhatWorks", "aLimitThatAStructuredIntegerCannotHoldIsLeftToTusMaxSize"),
    Requirement(
        "Core, Tus-Max-Size", .should, "The Server SHOULD set this header if there is a known hard limit.",
        "aLengthOverTheMaximumIs413AndTheMaximumItselfIsFine", "withoutALimitOptionsSaysSo"),
    Requirement(
        "Core, X-HTTP-Method-Override", .must,
        "The X-HTTP-Method-Override request header MUST be a string which MUST be interpreted as the"
            + " request's method by the Server, if the header is presented. [Here: on POST, so that no GET can"
            + " be made to delete.]",
        "anOverriddenPostDoesWhatItsHeaderSays", "onlyPostIsOverridden"),
    Requirement(
        "Core, X-HTTP-Method-Override", .must, "The actual method of the request MUST be ignored.",
        "anOverriddenPostDoesWhatItsHeaderSays", "postMeansTheMethodOfItsOverride"),
    Requirement(
        "Core, HEAD", .must,
        "The Server MUST always include the Upload-Offset header in the response for a HEAD request,"
            + " even if the offset is 0, or the upload is already considered completed.",
        "headAlwaysTellsTheOffsetAndIsNeverCached", "headOfAFinishedUploadNamesTheItem"),
    Requirement(
        "Core, HEAD", .must,
        "If the size of the upload is known, the Server MUST include the Upload-Length header in the"
            + " response.",
        "headAlwaysTellsTheOffsetAndIsNeverCached", "headTellsThatItIsDeferredUntilAPatchTellsTheLength"),
    Requirement(
        "Core, HEAD", .should,
        "If the resource is not found, the Server SHOULD return either the 404 Not Found, 410 Gone or"
            + " 403 Forbidden status without the Upload-Offset header.",
        "unknownPlacesAndUploadsAreNotFound", "aDeletedUploadIsGoneOnEveryNode"),
    Requirement(
        "Core, HEAD", .must,
        "The Server MUST prevent the client and/or proxies from caching the response by adding the"
            + " Cache-Control: no-store header to the response.",
        "headAlwaysTellsTheOffsetAndIsNeverCached"),
    Requirement(
        "Core, PATCH", .should,
        "The Server SHOULD accept PATCH requests against any upload URL and apply the bytes contained in"
            + " the message at the given offset specified by the Upload-Offset header.",
        "twoPatchesMakeAFile"),
    Requirement(
        "Core, PATCH", .should,
        "All PATCH requests MUST use Content-Type: application/offset+octet-stream, otherwise the server"
            + " SHOULD return a 415 Unsupported Media Type status.",
        "aBodyOfAnotherTypeIs415"),
    Requirement(
        "Core, PATCH", .must, "The Upload-Offset header's value MUST be equal to the current offset of the resource.",
        "anOffsetThatIsNotTheCurrentOneIs409WithTheCurrentOne", scope: .client),
    Requirement(
        "Core, PATCH", .must,
        "If the offsets do not match, the Server MUST respond with the 409 Conflict status without"
            + " modifying the upload resource.",
        "anOffsetThatIsNotTheCurrentOneIs409WithTheCurrentOne"),
    Requirement(
        "Core, PATCH", .must,
        "The Server MUST acknowledge successful PATCH requests with the 204 No Content status. It MUST"
            + " include the Upload-Offset header containing the new offset.",
        "anAppendTellsTheNewOffsetAndTheExpiry", "twoPatchesMakeAFile"),
    Requirement(
        "Core, PATCH", .must,
        "The new offset MUST be the sum of the offset before the PATCH request and the number of bytes"
            + " received and processed or stored during the current PATCH request.",
        "twoPatchesMakeAFile", "anUploadThatIsCutAtRandomArrivesWhole"),
    Requirement(
        "Core, PATCH", .should,
        "If the Server receives a PATCH request against a non-existent resource it SHOULD return a 404"
            + " Not Found status.",
        "unknownPlacesAndUploadsAreNotFound"),
    Requirement(
        "Core, PATCH", .should,
        "Both Client and Server, SHOULD attempt to detect and handle network errors predictably. A"
            + " timeout SHOULD be handled by closing the underlying connection.",
        "whatArrivedOfABodyThatStandsStillIsCommitted", "aConnectionWithoutARequestAndAHeaderThatNeverEndsAreClosed"),
    Requirement(
        "Core, PATCH", .should,
        "The Server SHOULD always attempt to store as much of the received data as possible.",
        "whatArrivedBeforeTheCutCounts", "aChunkedBodyWithoutEndKeepsItsBytesWhenItIsHungUp"),
    Requirement(
        "Core, OPTIONS", .must,
        "A successful response indicated by the 204 No Content or 200 OK status MUST contain the"
            + " Tus-Version header.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms"),
    Requirement(
        "Core, OPTIONS", .must,
        "The Client SHOULD NOT include the Tus-Resumable header in the request and the Server MUST"
            + " ignore the header.",
        "optionsIgnoresTheVersionOfTheRequest"),
]

private let creation = [
    Requirement(
        "Protocol Extensions", .should,
        "Feature detection SHOULD be achieved by the Client sending an OPTIONS request and the Server"
            + " responding with the Tus-Extension header.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms"),
    Requirement(
        "Creation", .should, "The Client and the Server SHOULD implement the upload creation extension.",
        "twoPatchesMakeAFile"),
    Requirement(
        "Creation", .must, "If the Server supports this extension, it MUST add creation to the Tus-Extension header.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms"),
    Requirement(
        "Creation", .must,
        "If the Server supports deferring length, it MUST add creation-defer-length to the Tus-Extension"
            + " header.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms"),
    Requirement(
        "Creation, Upload-Defer-Length", .must, "Its value MUST be 1.",
        "anyOtherValueThanOneIs400"),
    Requirement(
        "Creation, Upload-Defer-Length", .must,
        "If the length of an upload is not deferred, this header MUST be omitted.",
        "headAlwaysTellsTheOffsetAndIsNeverCached", "headTellsThatItIsDeferredUntilAPatchTellsTheLength"),
    Requirement(
        "Creation, Upload-Defer-Length", .should,
        "If the Upload-Defer-Length header contains any other value than 1 the server SHOULD return a"
            + " 400 Bad Request status.",
        "anyOtherValueThanOneIs400"),
    Requirement(
        "Creation, Upload-Metadata", .must,
        "The Upload-Metadata request and response header MUST consist of one or more comma-separated"
            + " key-value pairs. The key and value MUST be separated by a space.",
        "pairsThatBreakTheRulesAre400AndNameTheHeader", "theExampleOfTheSpecificationIsUnderstood"),
    Requirement(
        "Creation, Upload-Metadata", .mustNot,
        "The key MUST NOT contain spaces and commas and MUST NOT be empty.",
        "pairsThatBreakTheRulesAre400AndNameTheHeader"),
    Requirement(
        "Creation, Upload-Metadata", .must,
        "The key SHOULD be ASCII encoded and the value MUST be Base64 encoded.",
        "whatIsNotPaddedStandardBase64Is400AndNamesTheKey", "base64OfEveryLengthAndByteIsDecoded"),
    Requirement(
        "Creation, Upload-Metadata", .must, "All keys MUST be unique.",
        "pairsThatBreakTheRulesAre400AndNameTheHeader"),
    Requirement(
        "Creation, Upload-Metadata", .should,
        "Since metadata can contain arbitrary binary values, Servers SHOULD carefully validate metadata"
            + " values or sanitize them before using them as header values to avoid header smuggling.",
        "noHeaderCrashesTheParserAndWhatIsAcceptedIsSafeToEcho", "aContentTypeThatCannotBeEchoedIs400",
        "textThatIsNotUTF8Is400AndNamesTheKey"),
    Requirement(
        "Creation, POST", .must,
        "The request MUST include one of the following headers: Upload-Length, Upload-Defer-Length: 1.",
        "bothOrNeitherLengthHeaderIs400"),
    Requirement(
        "Creation, POST", .mustNot, "Once set the length MUST NOT be changed.",
        "theLengthMayBeRepeatedButNotChanged", "theLengthIsKeptBeforeTheFirstByteAndNeverChanges"),
    Requirement(
        "Creation, POST", .must,
        "As long as the length of the upload is not known, the Server MUST set Upload-Defer-Length: 1 in"
            + " all responses to HEAD requests.",
        "headTellsThatItIsDeferredUntilAPatchTellsTheLength"),
    Requirement(
        "Creation, POST", .must,
        "If the length of the upload exceeds the maximum, which MAY be specified using the Tus-Max-Size"
            + " header, the Server MUST respond with the 413 Request Entity Too Large status.",
        "aLengthOverTheMaximumIs413AndTheMaximumItselfIsFine"),
    Requirement(
        "Creation, POST", .must,
        "The Server MUST acknowledge a successful upload creation with the 201 Created status. The"
            + " Server MUST set the Location header to the URL of the created resource.",
        "aCreationNamesTheUploadAndItsExpiry", "twoPatchesMakeAFile"),
    Requirement(
        "Creation, POST", .must,
        "If an upload contains additional metadata, responses to HEAD requests MUST include the"
            + " Upload-Metadata header and its value as specified by the Client during the creation.",
        "headGivesTheMetadataBackVerbatim"),
    Requirement(
        "Creation With Upload", .must,
        "If the Server supports this extension, it MUST advertise this by including creation-with-upload"
            + " in the Tus-Extension header.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms"),
    Requirement(
        "Creation With Upload", .mustNot,
        "If the Server does not offer the Creation extension, it MUST NOT offer the Creation With Upload"
            + " extension either.",
        "optionsAnnouncesExactlyWhatWorks"),
    Requirement(
        "Creation With Upload", .must,
        "The Client MUST include the Content-Type: application/offset+octet-stream header.",
        "bodiesOfAnotherTypeAreRefused"),
    Requirement(
        "Creation With Upload", .must,
        "The Server SHOULD accept as many bytes as possible and MUST include the Upload-Offset header in"
            + " the response and MUST set its value to the offset of the upload after applying the accepted"
            + " bytes.",
        "aCreationWithSomeBytesGoesOnAtAnotherNode", "aCreationWithUploadTellsTheOffsetEvenIfItIsZero"),
]

private let expiration = [
    Requirement(
        "Expiration", .must,
        "In order to indicate this behavior to the Client, the Server MUST add expiration to the"
            + " Tus-Extension header.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms"),
    Requirement(
        "Expiration, Upload-Expires", .must,
        "This header MUST be included in every PATCH response if the upload is going to expire.",
        "anAppendTellsTheNewOffsetAndTheExpiry"),
    Requirement(
        "Expiration, Upload-Expires", .must,
        "If the expiration is known at the creation, the Upload-Expires header MUST be included in the"
            + " response to the initial POST request.",
        "aCreationNamesTheUploadAndItsExpiry"),
    Requirement(
        "Expiration, Upload-Expires", .should,
        "If a Client does attempt to resume an upload which has since been removed by the Server, the"
            + " Server SHOULD respond with the 404 Not Found or 410 Gone status. The latter one SHOULD be used"
            + " if the Server is keeping track of expired uploads.",
        "anExpiredUploadIsGoneAndItsFilesAreSwept"),
    Requirement(
        "Expiration, Upload-Expires", .must,
        "The value of the Upload-Expires header MUST be in RFC 9110 datetime format.",
        "knownDatesAreWrittenAndReadBack"),
]

private let checksum = [
    Requirement(
        "Checksum", .must, "If the Server supports this extension, it MUST add checksum to the Tus-Extension header.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms"),
    Requirement(
        "Checksum", .must,
        "Once the entire request has been received, the Server MUST verify the uploaded chunk against"
            + " the provided checksum using the specified algorithm.",
        "everyAnnouncedAlgorithmIsTakenAndHeldAgainstTheBody"),
    Requirement(
        "Checksum", .must,
        "In the first two cases [400, 460] the uploaded chunk MUST be discarded, and the upload and its"
            + " offset MUST NOT be updated.",
        "aMismatchCountsForNothingAndTheRightBytesGoOn", "aMalformedChecksumIsRefusedBeforeTheBody"),
    Requirement(
        "Checksum", .must,
        "The Server MUST support at least the SHA1 checksum algorithm identified by sha1.",
        "everyAnnouncedAlgorithmIsTakenAndHeldAgainstTheBody"),
    Requirement(
        "Checksum", .must,
        "The names of the checksum algorithms MUST only consist of ASCII characters with the"
            + " modification that uppercase characters are excluded.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms"),
    Requirement(
        "Checksum", .must,
        "The Tus-Checksum-Algorithm header MUST be included in the response to an OPTIONS request.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms"),
    Requirement(
        "Checksum", .must,
        "If the Server can handle trailers, this behavior MUST be announced by adding checksum-trailer"
            + " to the Tus-Extension header.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms", "aDigestBehindTheBodyIsHeldAgainstIt"),
    Requirement(
        "Checksum", .must,
        "Following RFC 7230 they MUST be announced using the Trailer header and are only allowed in chunked transfers.",
        "aDigestBehindTheBodyIsHeldAgainstIt", "anAnnouncedTrailerThatIsMissingOrMalformedIs400AndNothingCounts",
        scope: .client),
    Requirement(
        "Checksum, Tus-Checksum-Algorithm", .must,
        "The Tus-Checksum-Algorithm response header MUST be a comma-separated list of the checksum"
            + " algorithms supported by the server.",
        "optionsAnnouncesExactlyWhatWorks"),
    Requirement(
        "Checksum, Upload-Checksum", .must,
        "It MUST consist of the name of the used checksum algorithm and the Base64 encoded checksum"
            + " separated by a space.",
        "aMalformedChecksumIs400AndNamesTheHeader"),
]

private let termination = [
    Requirement(
        "Termination", .must,
        "If the Server supports this extension, it MUST be announced by adding termination to the"
            + " Tus-Extension header.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms"),
    Requirement(
        "Termination, DELETE", .should,
        "When receiving a DELETE request for an existing upload the Server SHOULD free associated"
            + " resources.",
        "theFilesOfATerminatedUploadGo"),
    Requirement(
        "Termination, DELETE", .must,
        "The Server MUST respond with the 204 No Content status confirming that the upload was"
            + " terminated.",
        "aDeletedUploadIsGoneOnEveryNode"),
    Requirement(
        "Termination, DELETE", .should,
        "For all future requests to this URL, the Server SHOULD respond with the 404 Not Found or 410"
            + " Gone status.",
        "aDeletedUploadIsGoneOnEveryNode"),
]

private let concatenation = [
    Requirement(
        "Concatenation", .must,
        "If the Server supports this extension, it MUST add concatenation to the Tus-Extension header.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms"),
    Requirement(
        "Concatenation", .shouldNot,
        "The Server SHOULD NOT process these partial uploads until they are concatenated to form a final upload.",
        "eightPartsSentInParallelThroughTwoNodesAreOneItem"),
    Requirement(
        "Concatenation", .must, "The length of the final upload MUST be the sum of the length of all partial uploads.",
        "eightPartsSentInParallelThroughTwoNodesAreOneItem", "aFinalOfUnfinishedPartsWaitsForTheLastOne"),
    Requirement(
        "Concatenation", .must,
        "The value MUST be final followed by a semicolon and a space-separated list of the partial upload"
            + " URLs that need to be concatenated.",
        "aFinalUploadNamesItsPartsInOrder", "aMalformedFinalNamesTheHeader"),
    Requirement(
        "Concatenation", .must, "The partial uploads MUST be concatenated as per the order specified in the list.",
        "eightPartsSentInParallelThroughTwoNodesAreOneItem", "aFinalMayComeBeforeItsParts"),
    Requirement(
        "Concatenation", .must,
        "This feature [finals of parts in progress] MUST be explicitly announced by the Server by adding"
            + " concatenation-unfinished to the Tus-Extension header.",
        "optionsAnnouncesTheExtensionsAndTheAlgorithms", "aFinalOfUnfinishedPartsWaitsForTheLastOne"),
    Requirement(
        "Concatenation", .mustNot, "The Client MUST NOT include the Upload-Length header in the final upload creation.",
        "aMalformedFinalNamesTheHeader"),
    Requirement(
        "Concatenation", .shallNot,
        "When creating a new final upload the partial uploads' metadata SHALL NOT be transferred to the"
            + " new final upload.",
        "eightPartsSentInParallelThroughTwoNodesAreOneItem"),
    Requirement(
        "Concatenation", .must,
        "The Server MUST respond with the 403 Forbidden status to PATCH requests against a final upload"
            + " URL and MUST NOT modify the final or its partial uploads.",
        "aFinalTakesNoBytes"),
    Requirement(
        "Concatenation, HEAD", .shouldNot,
        "The response to a HEAD request for a final upload SHOULD NOT contain the Upload-Offset header"
            + " unless the concatenation has been successfully finished.",
        "headOfAFinalHasNoOffsetBeforeItIsJoined"),
    Requirement(
        "Concatenation, HEAD", .must,
        "After successful concatenation, the Upload-Offset and Upload-Length MUST be set and their"
            + " values MUST be equal.",
        "eightPartsSentInParallelThroughTwoNodesAreOneItem"),
    Requirement(
        "Concatenation, HEAD", .must,
        "The response to a HEAD request for a partial upload MUST contain the Upload-Offset header.",
        "aPartialUploadTellsItsOffsetAndThatItIsAPart"),
    Requirement(
        "Concatenation, HEAD", .must,
        "The Upload-Length header MUST be included if the length of the final resource can be calculated"
            + " at the time of the request.",
        "headOfAFinalHasNoOffsetBeforeItIsJoined"),
    Requirement(
        "Concatenation, HEAD", .must,
        "Responses to HEAD request against partial or final upload MUST include the Upload-Concat header"
            + " and its value as received in the upload creation request.",
        "headOfAFinalHasNoOffsetBeforeItIsJoined", "aPartialUploadTellsItsOffsetAndThatItIsAPart"),
]
