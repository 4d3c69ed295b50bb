/// Resumable Uploads for HTTP, draft-ietf-httpbis-resumable-upload at interop version 8: every sentence with MUST,
/// SHOULD or RECOMMENDED, in the order of the editors' copy between revisions 11 and 12.
let httpDraft = Specification(
    name: "draft-ietf-httpbis-resumable-upload, interop version 8",
    requirements: uploadResourceRules + creationRules + retrievalRules + appendRules + closingRules)

/// §4, Upload Resource: its state and limits.
private let uploadResourceRules: [Requirement] = [
    Requirement(
        "4", .should,
        """
        the server SHOULD keep the upload resource available for a reasonable amount of time after \
        the upload is complete
        """,
        "theFinalResponseIsGivenAgainAndMakesNoSecondItem", "aWholeUploadInOneRequestBecomesAnItem"),
    Requirement("4", .should, "An upload resource SHOULD be unique.", "randomIDsDoNotRepeat"),
    Requirement(
        "4", .should, "Reuse of a URI for a different upload resource SHOULD be avoided", "randomIDsDoNotRepeat",
        "aDeletedUploadIsGoneOnEveryNode"),
    Requirement(
        "4.1.1", .mustNot, "the offset MUST NOT decrease",
        "anUploadGoesOnAtAnotherNodeWhenItsNodeIsKilledInMidBody",
        "anUploadSurvivesTheKillOfItsNodeAndGoesOnAtAnother"),
    Requirement(
        "4.1.1", .must,
        """
        If the server loses any part of the state, it MUST deactivate the upload resource and \
        reject further interaction
        """,
        "theFinalizersDelayAndFailureAreTold", "anUploadWhoseBytesAreLostTakesNoMore",
        scope: .conditional(
            "a file that is not to be seen may be behind a mount that lags or is away: appends are refused with 503 "
                + "while it is, and a complete upload without its bytes fails for good")),
    Requirement(
        "4.1.1", .must, "Upload-Offset: Other values MUST cause the entire header field to be ignored.",
        "whatIsNoNonNegativeIntegerCountsAsAbsent", "aMissingOrMalformedUploadOffsetIsNamed"),
    Requirement(
        "4.1.2", .must, "Upload-Complete: Other values MUST cause the entire header field to be ignored.",
        "whatIsNoBooleanCountsAsAbsent", "aMissingOrMalformedUploadCompleteIsNamed"),
    Requirement(
        "4.1.3", .should, "a client SHOULD communicate the length to the server as soon as it becomes known",
        "aLengthThatIsToldLaterIsKeptAndMustStay", scope: .client),
    Requirement(
        "4.1.3", .must, "Upload-Length: Other values MUST cause the entire header field to be ignored.",
        "aMalformedUploadLengthIsIgnored", "aMalformedUploadLengthIsIgnoredAsTheTextDemands"),
    Requirement(
        "4.1.3", .must,
        "If indicators (1) and (2) are both present in the same request, their indicated lengths MUST match.",
        "bothIndicatorsOfTheLengthMustAgree", "aRefusedCreationAnnouncesNothing"),
    Requirement(
        "4.1.3", .must, "If multiple requests include indicators, their indicated values MUST match.",
        "aLengthThatIsToldLaterIsKeptAndMustStay", "aChunkedLastPartThatEndsTooSoonIsInconsistent"),
    Requirement(
        "4.1.4", .must, "Upload-Limit: Other values MUST cause the entire header field to be ignored.",
        "limitsAreADictionaryThatIsNeverEmpty", scope: .client),
    Requirement(
        "4.1.4", .mustNot,
        """
        max-append-size: A client that is aware of this limit MUST NOT send larger upload append or \
        upload creation requests.
        """,
        "limitsAreToldAndHeld", scope: .client),
    Requirement(
        "4.1.4", .mustNot,
        """
        min-append-size: A client that is aware of this limit MUST NOT send smaller upload append \
        or upload creation requests.
        """,
        "limitsAreADictionaryThatIsNeverEmpty", scope: .conditional("this limit is never announced")),
    Requirement(
        "4.1.4", .shouldNot,
        "max-age: a client SHOULD NOT attempt to access the upload resource as these requests will likely fail",
        "anExpiredUploadIsGoneAndItsFilesAreSwept", scope: .client),
    Requirement(
        "4.1.4", .shouldNot,
        """
        these limits SHOULD NOT change in a way that causes failures for clients adhering to the \
        initially discovered limits
        """,
        "limitsAreToldAndHeld"),
    Requirement(
        "4.1.4", .shouldNot,
        """
        whereas the values for `max-size`, `max-append-size`, and `max-age` can increase without \
        harm, they SHOULD NOT decrease
        """,
        "limitsAreToldAndHeld", "bytesProlongAnUploadsLifeAndHeadDoesNot"),
    Requirement(
        "4.1.4", .shouldNot, "Similarly, the value for `min-append-size` SHOULD NOT increase.",
        "limitsAreADictionaryThatIsNeverEmpty", scope: .conditional("this limit is never announced")),
    Requirement(
        "4.1.4", .should,
        """
        If the client discovers that it cannot continue the upload […] it SHOULD stop the current \
        request immediately and cancel
        """,
        "cancellationEndsAnOlderRequest", scope: .client),
    Requirement(
        "4.1.4", .must, "a member with an unknown key MUST be ignored", "limitsAreADictionaryThatIsNeverEmpty",
        scope: .client),
    Requirement(
        "4.1.4", .must,
        """
        a member with a known key but a value of unexpected type MUST cause the entire \
        `Upload-Limit` header field to be ignored
        """,
        "limitsAreADictionaryThatIsNeverEmpty", scope: .client),
    Requirement(
        "4.1.4", .must,
        """
        When responding to an `OPTIONS` request […] the server MUST include the `Accept-Patch` […] \
        header field in the response.
        """,
        "limitsAreToldAndHeld", "optionsAnnouncesExactlyWhatWorks"),
    Requirement(
        "4.1.4", .should,
        "it SHOULD include the `Accept-Patch` header field in response to an `OPTIONS` request for the target `*`",
        "bodiesOfAnotherTypeAreRefused",
        scope: .conditional("not all resources here support the creation of uploads: items and views do not")),
    Requirement(
        "4.1.4", .must,
        "The value of the `Accept-Patch` header field MUST include the full `application/partial-upload` media type",
        "limitsAreToldAndHeld"),
    Requirement(
        "4.1.4", .should,
        "The `Upload-Limit` header field SHOULD be included in the response to an `OPTIONS` request if limits apply.",
        "limitsAreToldAndHeld"),
    Requirement(
        "4.1.4", .shouldNot,
        """
        the limits announced in an `OPTIONS` response SHOULD NOT be less restrictive than the \
        limits applied to an upload
        """,
        "limitsAreToldAndHeld"),
    Requirement(
        "4.1.4", .must,
        """
        A server responding with a 413 Content Too Large status code […] MUST include the \
        Upload-Limit header in this response
        """,
        "limitsAreToldAndHeld", "aResponseAboutTheLimitsTellsThem"),
    Requirement(
        "4.1.4", .should, "it SHOULD retry the request with a smaller size", "limitsAreToldAndHeld", scope: .client),
    Requirement(
        "4.1.4", .mustNot,
        "The client MUST NOT retry the upload request without knowledge of server support of resumable uploads.",
        "limitsAreToldAndHeld", scope: .client),
]

/// §4.2, Upload Creation.
private let creationRules: [Requirement] = [
    Requirement(
        "4.2.1", .should, "If the client knows the representation data's length, it SHOULD indicate the length",
        "aWholeUploadInOneRequestBecomesAnItem", scope: .client),
    Requirement(
        "4.2.1", .should,
        """
        The client SHOULD respect any limits ([…]) announced in the `Upload-Limit` header field in \
        interim or final responses.
        """,
        "limitsAreToldAndHeld", scope: .client),
    Requirement(
        "4.2.1", .should, "the client SHOULD stop the current request immediately and cancel the upload",
        "cancellationEndsAnOlderRequest", scope: .client),
    Requirement(
        "4.2.1", .recommended, "For this purpose, the `inline` disposition type is RECOMMENDED.",
        "nameAndTypeComeFromTheCreationsFields", scope: .client),
    Requirement(
        "4.2.1", .shouldNot,
        "`4xx (Client Error)` status code, the client SHOULD NOT attempt to retry or resume the upload [creation]",
        "aMalformedCreationNamesTheField", scope: .client),
    Requirement(
        "4.2.2", .should,
        """
        the server SHOULD announce the upload resource by sending an interim response with the `104 \
        (Upload Resumption \
        Supported)` status code
        """, "theUploadIsAnnouncedBeforeAByteIsRead"),
    Requirement(
        "4.2.2", .must,
        "When sent, it MUST include `Location` header field […] and MUST include the `Upload-Limit` header field",
        "aWholeUploadInOneRequestBecomesAnItem", "answersSayWhatTheTextDemands"),
    Requirement(
        "4.2.2", .must,
        """
        the server MUST include the `Location` response header field pointing to the upload \
        resource and MUST include the \
        `Upload-Limit` header field
        """, "partsOfAnUnknownLengthGoToTwoNodes", "answersSayWhatTheTextDemands"),
    Requirement(
        "4.2.2", .recommended, "Servers are RECOMMENDED to use the `201 (Created)` status code.",
        "partsOfAnUnknownLengthGoToTwoNodes"),
    Requirement(
        "4.2.2", .must,
        """
        The server MUST record the length […] if the `Upload-Length` or `Upload-Complete: ?1` \
        header fields are included
        """,
        "aWholeUploadInOneRequestBecomesAnItem", "anUploadAtItsLengthIsCompleteOnlyWhenItsClientSaysSo"),
    Requirement(
        "4.2.2", .must,
        "all interim and final response messages for the same request MUST contain an identical `Location` value",
        "aCreationNamesOneLocationInAllItsResponses"),
    Requirement(
        "4.2.2", .should, "clients SHOULD verify this", "aCreationNamesOneLocationInAllItsResponses", scope: .client),
    Requirement(
        "4.2.2", .should, "If verification fails, clients SHOULD abort the current request and cancel the upload",
        "cancellationEndsAnOlderRequest", scope: .client),
    Requirement(
        "4.2.2", .should, "the server SHOULD append as much of the request content as possible to the upload resource",
        "theUploadIsAnnouncedBeforeAByteIsRead"),
    Requirement(
        "4.2.2", .mustNot, "In addition, the upload resource MUST NOT be considered complete then. [creation]",
        "theUploadIsAnnouncedBeforeAByteIsRead", "anUploadAtItsLengthIsCompleteOnlyWhenItIsSaidToBe"),
]

/// §4.3, Offset Retrieval.
private let retrievalRules: [Requirement] = [
    Requirement(
        "4.3.1", .must,
        """
        If the client is not able to provide the representation data at the given offset, the \
        upload MUST be considered a \
        failure.
        """, "aWrongOffsetIsToldTheRightOne", scope: .client),
    Requirement(
        "4.3.1", .mustNot, "The client then MUST NOT continue the upload and SHOULD cancel the upload",
        "deleteCancelsAnUpload", scope: .client),
    Requirement(
        "4.3.1", .mustNot,
        "The client MUST NOT perform offset retrieval while creation ([…]) or appending ([…]) is in progress",
        "offsetRetrievalEndsAnOlderRequestAndItsOffsetIsAccepted", scope: .client),
    Requirement(
        "4.3.1", .shouldNot,
        "`4xx (Client Error)` status code, the client SHOULD NOT attempt to retry or resume the upload [retrieval]",
        "deleteCancelsAnUpload", scope: .client),
    Requirement(
        "4.3.2", .must, "MUST include the offset in the `Upload-Offset` header field",
        "partsOfAnUnknownLengthGoToTwoNodes", "anOffsetRetrievalTellsTheState"),
    Requirement(
        "4.3.2", .must, "MUST include the completeness state in the `Upload-Complete` header field",
        "partsOfAnUnknownLengthGoToTwoNodes", "anOffsetRetrievalTellsTheState"),
    Requirement(
        "4.3.2", .must,
        "MUST include the length in the `Upload-Length` header field, unless the client has not supplied one",
        "anOffsetRetrievalTellsTheState", "aLengthThatIsToldLaterIsKeptAndMustStay"),
    Requirement(
        "4.3.2", .must, "MUST indicate the limits in the `Upload-Limit` header field",
        "partsOfAnUnknownLengthGoToTwoNodes", "limitsAreToldAndHeld"),
    Requirement(
        "4.3.2", .should, "SHOULD include the `Cache-Control` header field with the value `no-store`",
        "partsOfAnUnknownLengthGoToTwoNodes", "anOffsetRetrievalTellsTheState"),
    Requirement(
        "4.3.2", .shouldNot,
        "The resource SHOULD NOT generate a response with the `301 (Moved Permanently)` and `302 (Found)` status codes",
        "partsOfAnUnknownLengthGoToTwoNodes"),
]

/// §4.4, Upload Append.
private let appendRules: [Requirement] = [
    Requirement(
        "4.4.1", .must,
        "The client MUST indicate the offset of the request content […] by including the `Upload-Offset` header field.",
        "aMalformedAppendNamesTheFieldAndChangesNothing", scope: .client),
    Requirement(
        "4.4.1", .should, "the offset SHOULD be taken from an immediate previous response",
        "partsOfAnUnknownLengthGoToTwoNodes", scope: .client),
    Requirement(
        "4.4.1", .must, "The request MUST include the `Upload-Complete` header field.",
        "aMalformedAppendNamesTheFieldAndChangesNothing", scope: .client),
    Requirement(
        "4.4.1", .shouldNot,
        "For a `4xx (Client Error)` status code, the client SHOULD NOT attempt to retry or resume the upload",
        "aMalformedAppendNamesTheFieldAndChangesNothing", scope: .client),
    Requirement(
        "4.4.2", .should,
        "the server SHOULD append as much of the patch document as possible to the upload resource",
        "aCutLastPartCompletesNothingEvenWithAllBytes", "offsetRetrievalEndsAnOlderRequestAndItsOffsetIsAccepted"),
    Requirement(
        "4.4.2", .mustNot, "In addition, the upload resource MUST NOT be considered complete then. [append]",
        "aCutLastPartCompletesNothingEvenWithAllBytes"),
    Requirement(
        "4.4.2", .must, "the server MUST reject the request with a `409 (Conflict)` status code",
        "aWrongOffsetIsToldTheRightOne"),
    Requirement(
        "4.4.2", .must, "The response MUST include the correct offset in the `Upload-Offset` header field.",
        "aWrongOffsetIsToldTheRightOne"),
    Requirement(
        "4.4.2", .must,
        """
        If the upload is already complete ([…]), the server MUST NOT modify the upload resource and \
        MUST reject the request.
        """,
        "aCompleteUploadTakesNoMore", "onlyTheRepetitionOfTheLastAppendIsWelcomeOnACompleteUpload"),
    Requirement(
        "4.4.2", .must,
        """
        If the client attempted to append a non-zero length document, the server MUST treat this as \
        an inconsistent length \
        failure.
        """, "aCompleteUploadTakesNoMore"),
    Requirement(
        "4.4.2", .should,
        "the server SHOULD generate the response that matches what the resource […] would have generated",
        "partsOfAnUnknownLengthGoToTwoNodes", "anEmptyUploadIsAnItemWhenItIsSaidToBeComplete"),
    Requirement(
        "4.4.2", .must,
        "However, the response MUST include the `Upload-Complete` header field with a true value",
        "partsOfAnUnknownLengthGoToTwoNodes", "onlyAFailureOfTheWholeUploadSpeaksForTheTarget"),
    Requirement(
        "4.4.2", .must,
        "The server MUST record the length […] if the `Upload-Length` or `Upload-Complete` header fields are included",
        "aLengthThatIsToldLaterIsKeptAndMustStay", "aLengthThatIsReachedWhenItIsToldIsKept"),
    Requirement(
        "4.4.2", .must,
        """
        If the length is known, the server MUST prevent the offset from exceeding the upload length \
        by rejecting the request \
        once the offset exceeds the length, marking the upload resource invalid and rejecting \
        any further interaction
        """,
        "anOverlongUploadIsInvalidFromThenOn", "noPlanEverGoesPastAnyBound"),
    Requirement(
        "4.4.2", .should,
        """
        the server SHOULD send interim responses with a `104 (Upload Resumption Supported)` status code and the \
        `Upload-Offset` header field
        """, "progressIsToldAtCheckpointsWithoutALocation"),
    Requirement(
        "4.4.2", .mustNot, "These interim responses MUST NOT include the `Location` header field.",
        "progressIsToldAtCheckpointsWithoutALocation"),
]

/// §4.5 to the end.
private let closingRules: [Requirement] = [
    Requirement(
        "4.5.2", .should, "Upon receiving a `DELETE` request, the server SHOULD deactivate the upload resource.",
        "deleteCancelsAnUpload"),
    Requirement(
        "4.5.2", .should,
        "The server SHOULD terminate any in-flight requests to the upload resource before sending the response",
        "cancellationEndsAnOlderRequest"),
    Requirement(
        "4.5.2", .shouldNot,
        "The server SHOULD NOT generate a response with the `301 (Moved Permanently)` and `302 (Found)` status codes",
        "deleteCancelsAnUpload"),
    Requirement(
        "4.6", .mustNot,
        "The client MUST NOT perform multiple representation data transfers for the same upload resource in parallel.",
        "aNewerAppendTakesOver", scope: .client),
    Requirement(
        "4.6", .must,
        "the server MUST take measures to prevent race conditions, data loss and corruption from concurrent requests",
        "aNewerAppendTakesOver", "requestsFromAllSidesAtOnceLeaveOneWholeFile"),
    Requirement(
        "4.6", .mustNot,
        "the server MUST NOT send outdated information in responses when retrieving the offset",
        "offsetRetrievalEndsAnOlderRequestAndItsOffsetIsAccepted"),
    Requirement(
        "4.6", .must,
        "the offset sent by the server MUST be accepted in a subsequent request to append representation data",
        "offsetRetrievalEndsAnOlderRequestAndItsOffsetIsAccepted"),
    Requirement(
        "4.6", .recommended, "The RECOMMENDED approach is as follows",
        "offsetRetrievalEndsAnOlderRequestAndItsOffsetIsAccepted", "aNewerAppendTakesOver",
        "cancellationEndsAnOlderRequest"),
    Requirement(
        "4.6", .should,
        """
        the server SHOULD prevent race conditions, data loss, and corruption by terminating the \
        previous request before \
        processing the new request
        """, "aNewerAppendTakesOver"),
    Requirement(
        "5", .mustNot,
        """
        the server MUST NOT omit the `100 (Continue)` response because it has sent an interim \
        response with the `104 (Upload \
        Resumption Supported)` status code
        """, "continueIsSentBesideTheAnnouncement"),
    Requirement(
        "7.1", .should, "A response using this problem type SHOULD populate both members",
        "aWrongOffsetIsToldTheRightOne",
        "theRegisteredTypesHaveTheirStatus"),
    Requirement(
        "10.1", .should,
        """
        If the digests don't match, the server SHOULD consider the upload failed, not process the \
        representation further, and \
        signal the failure
        """, "aWholeThatDiffersFailsVisibly"),
    Requirement(
        "10.1", .should, "The response SHOULD include at least one of the requested digests, but might not include it.",
        "aWantedDigestIsTold"),
    Requirement(
        "10.1", .should,
        """
        The server SHOULD compute the representation digests using the preferred algorithms once \
        the upload is complete
        """,
        "aWantedDigestIsTold", "aWantedDigestOfSeveralPartsIsToldAndToldAgain",
        "ofTheWantedDigestsTheMostPreferredIsMade"),
    Requirement(
        "10.2", .should,
        """
        If the digests don't match the server SHOULD consider the transfer failed, not append the \
        content to the upload \
        resource, and signal the failure to the client.
        """, "contentThatDiffersIsNotAppended"),
    Requirement(
        "12.1.1", .should,
        "The `Upload-Length` header field SHOULD be added if the representation data's length is known",
        "aWholeUploadInOneRequestBecomesAnItem", scope: .client),
    Requirement(
        "13", .should, "the server SHOULD ensure that only authorized clients can access the upload resource",
        "credentialsPermissionsAndPlacesAreChecked", "anotherUsersUploadIsForbiddenOnEveryVerb"),
    Requirement(
        "13", .recommended,
        "it is RECOMMENDED to generate upload resource URIs in such a way that makes it hard to be guessed",
        "randomIDsDoNotRepeat"),
    Requirement(
        "13", .must,
        "they MUST ensure that no internal information is leaked in the URI that is not intended to be exposed",
        "randomIDsDoNotRepeat", scope: .conditional("the URI tells the folder, which the client named, and random bits")
    ),
    Requirement(
        "13", .must,
        "metadata MUST be validated and/or sanitized if the server takes its values into consideration",
        "whatNamesNoFileIsRefusedByName", "theNameIsFoundAndLosesItsFolders", "aMalformedContentTypeIsNamed"),
    Requirement(
        "13", .should,
        """
        Servers or intermediaries wishing to perform content scanning SHOULD consider how resumable \
        uploads can circumvent \
        scanning
        """, "anUploadAtItsLengthIsCompleteOnlyWhenItsClientSaysSo",
        scope: .conditional("nothing is scanned here; an item appears only when its upload is complete")),
    Requirement(
        "13", .should,
        """
        the server SHOULD validate that the user is still allowed to perform the requested action \
        before finalizing the \
        upload
        """, "thePermissionIsAskedForAgainWhenTheUploadIsCompleted"),
    Requirement(
        "13", .should, "Servers SHOULD provide mitigations for Slowloris attacks", "quotasAreHeldBeforeABodyIsRead",
        "whatArrivedOfABodyThatStandsStillIsCommitted", "anUploadExpiresWhenTheSettingSays"),
    Requirement(
        "B", .must,
        "Client implementations […] MUST send a header field `Upload-Draft-Interop-Version` with the interop version",
        "aClientOfAnotherInteropVersionGetsNoneAndIsServedAllTheSame", scope: .client),
    Requirement(
        "B", .mustNot,
        """
        Server implementations […] MUST NOT send a `104 (Upload Resumption Supported)` \
        informational response when the \
        interop version […] in the request is missing or mismatching.
        """,
        "aClientOfAnotherInteropVersionGetsNoneAndIsServedAllTheSame", "only104sOfOurInteropVersionAreSent"),
    Requirement(
        "B", .must,
        """
        Server implementations […] MUST also send a header field `Upload-Draft-Interop-Version` \
        with the interop version
        """,
        "aWholeUploadInOneRequestBecomesAnItem", "progressIsToldAtCheckpointsWithoutALocation"),
    Requirement(
        "B", .must,
        """
        Client implementations […] MUST ignore a `104 (Upload Resumption Supported)` informational \
        response with missing or \
        mismatching interop version
        """, "aClientOfAnotherInteropVersionGetsNoneAndIsServedAllTheSame",
        scope: .client),
]
